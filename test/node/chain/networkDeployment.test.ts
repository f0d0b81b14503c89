import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData, type Hex } from 'viem';
import { DeploymentBegunMalformed, DeploymentBegunOtherwise, readBegun } from '../../../node/chain/begunDeployment.ts';
import { DeploymentQuorumUnreachable } from '../../../node/chain/deploy.ts';
import type { Deployment } from '../../../node/chain/deployment.ts';
import { DeploymentOriginUnknown, reviewDeployment } from '../../../node/chain/deploymentReview.ts';
import { parametersAbi, timelockControllerAbi } from '../../../node/chain/generated/contracts.ts';
import {
  completeNetwork,
  deployNetwork,
  NetworkDeploymentRefused,
  type NetworkRequest,
  planNetwork,
} from '../../../node/chain/networkDeployment.ts';
import { createSigner } from '../../../node/chain/signer.ts';
import { writeAtomically } from '../../../node/chain/writeAtomically.ts';
import { fromHex } from '../../../node/core/codec/hex.ts';
import { ANVIL_KEYS, type Anvil, publicClientOf, startAnvil, testClientOf } from '../../helpers/anvil.ts';

const TOKEN = 10n ** 18n;
const HOLDERS = [
  { recipient: '0x00000000000000000000000000000000000e1ec7', amountWei: 50_000_000n * TOKEN },
  { recipient: '0x00000000000000000000000000000000000e1ec8', amountWei: 50_000_000n * TOKEN },
] as const;

describe('a network of its own, by configuration', () => {
  let anvil: Anvil;
  let folder: string;
  let deployment: Deployment;
  const request = (changes: Partial<NetworkRequest> = {}): NetworkRequest => ({
    rpcUrls: [anvil.url],
    deployer: createSigner(fromHex(ANVIL_KEYS[0]!, 32)),
    profile: 'standard',
    allocations: HOLDERS,
    progressFile: join(folder, 'begun.json'),
    ...changes,
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-network-'));
    anvil = await startAnvil(['--chain-id', '845320']);
  });
  after(async () => {
    await anvil.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('plans without sending: gas, addresses, distribution, balance', async () => {
    const plan = await planNetwork(request());
    assert.equal(plan.chainId, 845320);
    assert.equal(plan.contracts.length, 16);
    assert.ok(plan.gas > 30_000_000n && plan.gas < 60_000_000n, `${plan.gas} gas`);
    assert.equal(plan.circulatingWei, 100_000_000n * TOKEN);
    assert.equal(plan.treasuryWei, 900_000_000n * TOKEN);
    assert.deepEqual(plan.warnings, []);
    assert.equal(await publicClientOf(anvil.url).getBlockNumber(), 0n);
    assert.equal(await readBegun(request().progressFile), undefined);
  });

  it('warns of one holder who decides everything and of voters who are too few', async () => {
    const { warnings } = await planNetwork(
      request({ allocations: [{ ...HOLDERS[0], amountWei: 41_000_000n * TOKEN }] }),
    );
    assert.equal(warnings.length, 2);
  });

  it('error: NetworkDeploymentRefused for play clocks on a real chain, empty pockets and careless allocations', async () => {
    const refuses = async (changes: Partial<NetworkRequest>, why: RegExp): Promise<void> =>
      assert.rejects(planNetwork(request(changes)), (error: unknown) => {
        assert.ok(error instanceof NetworkDeploymentRefused, String(error));
        assert.match(error.why, why);
        return true;
      });
    await refuses({ profile: 'dev' }, /8 seconds of voting/);
    await refuses({ allocations: [HOLDERS[0], HOLDERS[0]] }, /two allocations/);
    await refuses({ allocations: [{ ...HOLDERS[0], amountWei: 0n }] }, /is zero/);
    await refuses(
      { allocations: [{ recipient: '0x0000000000000000000000000000000000000000', amountWei: 1n }] },
      /zero address/,
    );
    const plan = await planNetwork(request());
    await assert.rejects(
      deployNetwork(request(), { plan: { ...plan, balanceWei: 1n }, confirmations: 0 }),
      NetworkDeploymentRefused,
    );
    await assert.rejects(
      planNetwork(request({ allocations: [{ ...HOLDERS[0], amountWei: 39_999_999n * TOKEN }] })),
      DeploymentQuorumUnreachable,
    );
    assert.equal(await publicClientOf(anvil.url).getBlockNumber(), 0n, 'nothing was sent');
  });

  it('an interrupted deployment goes on where it was, at the same addresses', async () => {
    const plan = await planNetwork(request());
    await assert.rejects(
      deployNetwork(request(), {
        plan,
        confirmations: 0,
        onProgress: (done) => {
          if (done === 5) throw new Error('the power fails');
        },
      }),
      /the power fails/,
    );
    const again = await planNetwork(request());
    assert.equal(again.continues, true);
    assert.deepEqual(
      again.contracts.map(({ present }) => present),
      plan.contracts.map((_, i) => i < 5),
    );
    assert.ok(again.gas < plan.gas);
    for (const changes of [{ profile: 'fast' }, { allocations: [HOLDERS[0]] }] as const)
      await assert.rejects(planNetwork(request(changes)), DeploymentBegunOtherwise);
    deployment = await deployNetwork(request(), { plan: again, confirmations: 0, commit: 'a'.repeat(40) });
    assert.deepEqual(
      Object.values(deployment.addresses),
      plan.contracts.map(({ address }) => address),
    );
    assert.deepEqual(deployment.origin, {
      profile: 'standard',
      deployer: request().deployer.address,
      firstNonce: 0,
      commit: 'a'.repeat(40),
    });
    await completeNetwork(request());
    assert.equal(await readBegun(request().progressFile), undefined);
  });

  it('error: DeploymentBegunMalformed', async () => {
    const path = join(folder, 'broken.json');
    await writeAtomically(path, '{');
    await assert.rejects(readBegun(path), DeploymentBegunMalformed);
    await assert.rejects(planNetwork(request({ progressFile: path })), DeploymentBegunMalformed);
  });

  describe('review', () => {
    const client = () => publicClientOf(anvil.url);
    const found = async (changed: Deployment = deployment): Promise<string[]> =>
      (await reviewDeployment(client(), changed)).findings.map(({ check, contract }) => `${check} ${contract}`);

    it('finds nothing in an honest deployment', async () => {
      const review = await reviewDeployment(client(), deployment);
      assert.deepEqual(review.findings, []);
      assert.equal(review.contracts, 16);
      assert.equal(review.parameters, 20);
      assert.ok(review.codeBytes > 150_000);
    });

    it('error: DeploymentOriginUnknown', async () => {
      const { origin, ...without } = deployment;
      await assert.rejects(reviewDeployment(client(), without), DeploymentOriginUnknown);
      await assert.rejects(
        reviewDeployment(client(), { ...deployment, origin: { ...origin!, profile: 'custom' } }),
        DeploymentOriginUnknown,
      );
    });

    it('finds one changed byte of code, an immutable included', async () => {
      const test = testClientOf(anvil.url);
      const snapshot = await test.snapshot();
      const address = deployment.addresses.court;
      const code = (await client().getCode({ address }))!;
      // The address of the arena is an immutable of the court.
      const arena = deployment.addresses.arena.slice(2).toLowerCase();
      assert.ok(code.includes(arena));
      await test.setCode({ address, bytecode: code.replaceAll(arena, 'e1'.repeat(20)) as Hex });
      assert.deepEqual(await found(), ['code court']);
      await test.setCode({ address, bytecode: '0x' });
      assert.deepEqual(await found(), ['code court']);
      await test.revert({ id: snapshot });
    });

    it('finds a swapped address, another profile and another deployer', async () => {
      const { addresses, origin } = deployment;
      const swapped = { ...deployment, addresses: { ...addresses, lens: addresses.referee, referee: addresses.lens } };
      assert.deepEqual(await found(swapped), ['address lens', 'address referee', 'code lens', 'code referee']);
      const fast = await found({ ...deployment, origin: { ...origin!, profile: 'fast' } });
      assert.ok(fast.includes('creation parameters') && fast.includes('code beacon'), fast.join());
      const other = await found({ ...deployment, origin: { ...origin!, firstNonce: 1 } });
      assert.ok(other.includes('address timelock') && other.includes('creation timelock'), other.join());
    });

    it('finds a right that somebody got and a parameter that was changed', async () => {
      const test = testClientOf(anvil.url);
      const snapshot = await test.snapshot();
      const from = deployment.addresses.timelock;
      await test.impersonateAccount({ address: from });
      await test.setBalance({ address: from, value: TOKEN });
      const role = await client().readContract({
        address: from,
        abi: timelockControllerAbi,
        functionName: 'PROPOSER_ROLE',
      });
      const grant = encodeFunctionData({
        abi: timelockControllerAbi,
        functionName: 'grantRole',
        args: [role, HOLDERS[0].recipient],
      });
      await test.sendUnsignedTransaction({ from, to: from, data: grant });
      const set = encodeFunctionData({ abi: parametersAbi, functionName: 'set', args: [0, 2_000n * TOKEN] });
      await test.sendUnsignedTransaction({ from, to: deployment.addresses.parameters, data: set });
      assert.deepEqual(await found(), ['role timelock', 'parameter parameters.minStake']);
      await test.revert({ id: snapshot });
    });
  });
});
