import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Address,
  encodeFunctionData,
  getContractAddress,
  isAddressEqual,
  keccak256,
  toHex,
  zeroAddress,
} from 'viem';
import { auditRoles } from '../../../node/chain/auditRoles.ts';
import { type Deployment, deploy, SUPPLY_WEI } from '../../../node/chain/deploy.ts';
import {
  arenaAbi,
  assayGovernorAbi,
  assayTokenAbi,
  auditPoolAbi,
  courtAbi,
  jobCourtAbi,
  jobMarketAbi,
  parametersAbi,
  receiptCourtAbi,
  timelockControllerAbi,
  timelockControllerBytecode,
  votingPowerAbi,
  workerRegistryAbi,
} from '../../../node/chain/generated/contracts.ts';
import { PROFILES } from '../../../node/chain/profiles.ts';
import {
  ANVIL_KEYS,
  type Anvil,
  ELECTORATE,
  publicClientOf,
  startAnvil,
  testClientOf,
  walletClientOf,
} from '../../helpers/anvil.ts';

const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

describe('deploy', () => {
  let anvil: Anvil;
  let deployment: Deployment;
  const client = () => publicClientOf(anvil.url);
  const holder = () => walletClientOf(anvil.url, ANVIL_KEYS[1]!);
  const deployer = () => walletClientOf(anvil.url);
  const amountWei = 1_000_000n * 10n ** 18n;

  before(async () => {
    anvil = await startAnvil();
    const allocations = [ELECTORATE, { recipient: holder().account.address, amountWei }];
    deployment = await deploy({ publicClient: client(), walletClient: deployer(), profile: 'dev', allocations });
  });
  after(() => anvil.stop());

  it('puts code at every address', async () => {
    for (const [name, address] of Object.entries(deployment.addresses)) {
      assert.ok(((await client().getCode({ address })) ?? '0x').length > 2, name);
    }
    assert.equal(deployment.chainId, 31337);
    assert.equal(deployment.block, 1n);
  });

  it('mints the whole supply once: to the allocations, and the rest to the treasury', async () => {
    const token = { address: deployment.addresses.token, abi: assayTokenAbi } as const;
    const balance = (account: Address) =>
      client().readContract({ ...token, functionName: 'balanceOf', args: [account] });
    assert.equal(await client().readContract({ ...token, functionName: 'totalSupply' }), SUPPLY_WEI);
    assert.equal(await client().readContract({ ...token, functionName: 'CAP' }), SUPPLY_WEI);
    assert.equal(await balance(holder().account.address), amountWei);
    assert.equal(await balance(deployment.addresses.timelock), SUPPLY_WEI - amountWei - ELECTORATE.amountWei);
    assert.equal(await balance(deployer().account.address), 0n);
  });

  it('wires the contracts to each other', async () => {
    const { addresses } = deployment;
    const read = async (address: Address, abi: readonly unknown[], functionName: string) =>
      (await client().readContract({ address, abi, functionName })) as Address;
    const links: [Address, readonly unknown[], string, Address][] = [
      [addresses.governor, assayGovernorAbi, 'token', addresses.votingPower],
      [addresses.governor, assayGovernorAbi, 'timelock', addresses.timelock],
      [addresses.votingPower, votingPowerAbi, 'token', addresses.token],
      [addresses.votingPower, votingPowerAbi, 'registry', addresses.workers],
      [addresses.workers, workerRegistryAbi, 'token', addresses.token],
      [addresses.workers, workerRegistryAbi, 'parameters', addresses.parameters],
      [addresses.workers, workerRegistryAbi, 'models', addresses.models],
      [addresses.market, jobMarketAbi, 'token', addresses.token],
      [addresses.market, jobMarketAbi, 'workers', addresses.workers],
      [addresses.market, jobMarketAbi, 'models', addresses.models],
      [addresses.court, courtAbi, 'arena', addresses.arena],
      [addresses.court, courtAbi, 'workers', addresses.workers],
      [addresses.court, courtAbi, 'token', addresses.token],
      [addresses.arena, arenaAbi, 'court', addresses.court],
      [addresses.arena, arenaAbi, 'market', addresses.market],
      [addresses.arena, arenaAbi, 'referee', addresses.referee],
      [addresses.jobCourt, jobCourtAbi, 'court', addresses.court],
      [addresses.jobCourt, jobCourtAbi, 'market', addresses.market],
      [addresses.receiptCourt, receiptCourtAbi, 'court', addresses.court],
      [addresses.receiptCourt, receiptCourtAbi, 'market', addresses.market],
      [addresses.auditPool, auditPoolAbi, 'market', addresses.market],
      [addresses.auditPool, auditPoolAbi, 'court', addresses.court],
      [addresses.auditPool, auditPoolAbi, 'beacon', addresses.beacon],
    ];
    for (const [address, abi, name, expected] of links) {
      assert.ok(isAddressEqual(await read(address, abi, name), expected), name);
    }
    const market = { address: addresses.market, abi: jobMarketAbi } as const;
    const workers = { address: addresses.workers, abi: workerRegistryAbi } as const;
    assert.ok(await client().readContract({ ...market, functionName: 'isEvaluator', args: [addresses.jobCourt] }));
    for (const locker of [addresses.market, addresses.receiptCourt])
      assert.ok(await client().readContract({ ...workers, functionName: 'isLocker', args: [locker] }));
    assert.ok(await client().readContract({ ...workers, functionName: 'isSlasher', args: [addresses.court] }));
    const court = { address: addresses.court, abi: courtAbi } as const;
    for (const subject of [addresses.jobCourt, addresses.receiptCourt])
      assert.ok(await client().readContract({ ...court, functionName: 'isSubject', args: [subject] }));
  });

  it('sets what the profile says', async () => {
    const parameters = { address: deployment.addresses.parameters, abi: parametersAbi } as const;
    const governor = { address: deployment.addresses.governor, abi: assayGovernorAbi } as const;
    const value = (key: number) => client().readContract({ ...parameters, functionName: 'get', args: [key] });
    const { dev } = PROFILES;
    assert.deepEqual(await Promise.all([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(value)), [
      dev.minStakeWei,
      BigInt(dev.thaw),
      BigInt(dev.challengeWindow),
      BigInt(dev.maxJob),
      dev.claimLockWei,
      dev.maxFeeWei,
      dev.challengeBondWei,
      BigInt(dev.clock),
      BigInt(dev.reply),
      BigInt(dev.timeToFile),
      dev.gasRefundWei,
    ]);
    assert.equal(await client().readContract({ ...governor, functionName: 'votingPeriod' }), 8n);
    const pool = { address: deployment.addresses.auditPool, abi: auditPoolAbi } as const;
    assert.deepEqual(await client().readContract({ ...pool, functionName: 'rules' }), dev.audits);
    assert.equal(await client().readContract({ ...governor, functionName: 'CLOCK_MODE' }), 'mode=timestamp');
  });

  it('leaves no right to an externally owned account (state, T7, invariant 8)', async () => {
    assert.deepEqual(await auditRoles(client(), deployment), []);
    const timelock = { address: deployment.addresses.timelock, abi: timelockControllerAbi } as const;
    const roles = [`0x${'00'.repeat(32)}`, ...['PROPOSER', 'CANCELLER'].map((r) => keccak256(toHex(`${r}_ROLE`)))];
    for (const role of roles) {
      for (const key of ANVIL_KEYS) {
        const account = walletClientOf(anvil.url, key).account.address;
        const args = [role as `0x${string}`, account] as const;
        assert.equal(await client().readContract({ ...timelock, functionName: 'hasRole', args }), false);
      }
    }
  });

  it('refuses governance calls of the deployer', async () => {
    const attempt = client().simulateContract({
      address: deployment.addresses.parameters,
      abi: parametersAbi,
      functionName: 'set',
      args: [0, 1n],
      account: deployer().account,
    });
    await assert.rejects(attempt, /GovernedCallerNotTimelock/);
  });

  it('negative control: a timelock whose deployer stays administrator is found', async () => {
    const hash = await deployer().deployContract({
      abi: timelockControllerAbi,
      bytecode: timelockControllerBytecode,
      args: [2n, [deployment.addresses.governor], [zeroAddress], deployer().account.address],
    });
    const { contractAddress } = await client().waitForTransactionReceipt({ hash });
    const leaky = { ...deployment, addresses: { ...deployment.addresses, timelock: contractAddress! } };
    const findings = await auditRoles(client(), leaky);
    const mine = findings.filter(({ holder }) => isAddressEqual(holder, deployer().account.address));
    assert.deepEqual(
      mine.map(({ contract, role }) => [contract, role]),
      [['timelock', 'DEFAULT_ADMIN_ROLE']],
    );
    assert.ok(findings.some(({ contract }) => contract === 'parameters'));
  });

  it('negative control: an account that may lock stake or judge jobs is found', async () => {
    const { addresses } = deployment;
    const test = testClientOf(anvil.url);
    const snapshot = await test.snapshot();
    await test.impersonateAccount({ address: addresses.timelock });
    await test.setBalance({ address: addresses.timelock, value: 10n ** 18n });
    const outsider = holder().account.address;
    const calls = [
      [
        addresses.workers,
        encodeFunctionData({ abi: workerRegistryAbi, functionName: 'setLocker', args: [outsider, true] }),
      ],
      [
        addresses.workers,
        encodeFunctionData({ abi: workerRegistryAbi, functionName: 'setSlasher', args: [outsider, true] }),
      ],
      [
        addresses.market,
        encodeFunctionData({ abi: jobMarketAbi, functionName: 'setEvaluator', args: [outsider, true] }),
      ],
    ] as const;
    for (const [to, data] of calls) await test.sendUnsignedTransaction({ from: addresses.timelock, to, data });
    const roles = (await auditRoles(client(), deployment)).map(({ role }) => role);
    assert.deepEqual(roles.sort(), ['evaluator', 'locker', 'slasher']);
    await test.revert({ id: snapshot });
    assert.deepEqual(await auditRoles(client(), deployment), []);
  });

  it('does not return a deployment on which somebody has got a role meanwhile', async () => {
    const walletClient = walletClientOf(anvil.url, ANVIL_KEYS[3]!);
    const nonce = await client().getTransactionCount({ address: walletClient.account.address });
    const timelock = getContractAddress({ from: walletClient.account.address, nonce: BigInt(nonce) });
    const test = testClientOf(anvil.url);
    const bribe = async (): Promise<void> => {
      await test.impersonateAccount({ address: timelock });
      await test.setBalance({ address: timelock, value: 10n ** 18n });
      const args = [keccak256(toHex('PROPOSER_ROLE')), holder().account.address] as const;
      const data = encodeFunctionData({ abi: timelockControllerAbi, functionName: 'grantRole', args });
      await test.sendUnsignedTransaction({ from: timelock, to: timelock, data });
    };
    const onProgress = async (done: number): Promise<void> => {
      if (done === 1) await bribe();
    };
    await assert.rejects(
      deploy({ publicClient: client(), walletClient, profile: 'dev', allocations: [ELECTORATE], onProgress }),
      (error) => hasCode(error, 'DEPLOYMENT_ROLES_LEFT') && String(error).includes(holder().account.address),
    );
  });

  it('refuses more tokens than there are', async () => {
    const allocations = [{ recipient: holder().account.address, amountWei: SUPPLY_WEI + 1n }];
    await assert.rejects(
      deploy({ publicClient: client(), walletClient: deployer(), profile: 'dev', allocations }),
      (error) => hasCode(error, 'DEPLOYMENT_ALLOCATION_TOO_LARGE'),
    );
  });

  it('T6_quorum: refuses a DAO that could never decide: less than a quorum outside the treasury', async () => {
    const walletClient = walletClientOf(anvil.url, ANVIL_KEYS[3]!);
    const { address } = walletClient.account;
    const nonce = BigInt(await client().getTransactionCount({ address }));
    const treasury = getContractAddress({ from: address, nonce });
    const quorum = 40_000_000n * 10n ** 18n;
    for (const allocations of [
      [],
      [{ recipient: holder().account.address, amountWei: quorum - 1n }],
      [{ recipient: treasury, amountWei: 10n * quorum }],
    ])
      await assert.rejects(
        deploy({ publicClient: client(), walletClient, profile: 'standard', allocations }),
        (error) => hasCode(error, 'DEPLOYMENT_QUORUM_UNREACHABLE'),
      );
    assert.equal(BigInt(await client().getTransactionCount({ address })), nonce, 'nothing was sent');
  });

  it('reports what the chain refused', async () => {
    const profile = { ...PROFILES.dev, thaw: 2, challengeWindow: 3 };
    await assert.rejects(
      deploy({ publicClient: client(), walletClient: deployer(), profile, allocations: [ELECTORATE] }),
      (error) => hasCode(error, 'DEPLOYMENT_FAILED') && /ParametersThawTooShort/.test(String(error)),
    );
  });

  for (const profile of ['fast', 'standard'] as const) {
    it(`deploys the ${profile} profile: stake outlasts the longest claim`, async () => {
      const walletClient = walletClientOf(anvil.url, ANVIL_KEYS[2]!);
      const deployed = await deploy({ publicClient: client(), walletClient, profile, allocations: [ELECTORATE] });
      assert.deepEqual(await auditRoles(client(), deployed), []);
      const parameters = { address: deployed.addresses.parameters, abi: parametersAbi } as const;
      const longest = await client().readContract({ ...parameters, functionName: 'longestClaimSeconds' });
      assert.ok(longest <= BigInt(PROFILES[profile].thaw), `${longest} s`);
    });
  }
});
