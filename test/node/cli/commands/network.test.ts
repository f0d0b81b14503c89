import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AllocationsMalformed, readAllocations } from '../../../../node/cli/commands/network.ts';
import { type Anvil, startAnvil, testClientOf } from '../../../helpers/anvil.ts';
import { failureOf, jsonOf, runCli } from '../../../helpers/cli.ts';

const HOLDER = '0x00000000000000000000000000000000000e1ec7';

describe('assay network', () => {
  let folder: string;
  let anvil: Anvil;
  let flags: string[];
  const cli = (...args: string[]) => runCli(['network', ...args, '--json', ...flags]);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-network-cli-'));
    anvil = await startAnvil(['--chain-id', '31337']);
    flags = ['--home', folder, '--rpc', anvil.url, '--account', 'deployer'];
    const made = jsonOf<{ address: `0x${string}` }>(
      await runCli(['keys', 'new', 'deployer', '--new-password', '--json', ...flags]),
    );
    await testClientOf(anvil.url).setBalance({ address: made.address, value: 10n ** 20n });
    await writeFile(join(folder, 'holders.json'), JSON.stringify([{ recipient: HOLDER, amount: '90000000.5' }]));
  });
  after(async () => {
    await anvil.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const deployArgs = () => ['deploy', '--profile', 'dev', '--allocations', join(folder, 'holders.json')];

  it('reads allocations exactly', async () => {
    assert.deepEqual(await readAllocations(join(folder, 'holders.json')), [
      { recipient: HOLDER, amountWei: 90_000_000_500_000_000_000_000_000n },
    ]);
  });

  it('error: AllocationsMalformed', async () => {
    const path = join(folder, 'bad.json');
    for (const text of [
      '{',
      '{}',
      '[null]',
      '[{"recipient":"0x12","amount":"1"}]',
      `[{"recipient":"${HOLDER}","amount":1}]`,
      `[{"recipient":"${HOLDER}","amount":"-1"}]`,
      `[{"recipient":"${HOLDER}","amount":"1","vesting":1}]`,
    ]) {
      await writeFile(path, text);
      await assert.rejects(readAllocations(path), AllocationsMalformed, text);
    }
  });

  it('sends nothing with --dry-run, and nothing without --yes', async () => {
    const dry = jsonOf<{ dryRun: boolean; plan: { gas: string } }>(await cli(...deployArgs(), '--dry-run'));
    assert.equal(dry.dryRun, true);
    assert.match(dry.plan.gas, /^\d+$/);
    const unconfirmed = await cli(...deployArgs());
    assert.equal(unconfirmed.code, 3);
    assert.equal(failureOf(unconfirmed).code, 'NETWORK_DEPLOYMENT_UNCONFIRMED');
  });

  it('deploys, verifies, exports, and never overwrites a deployment', async () => {
    const deployed = await cli(...deployArgs(), '--yes', '--confirmations', '0');
    assert.equal(deployed.code, 0, deployed.stderr);
    assert.equal(failureOf(await cli(...deployArgs(), '--yes')).code, 'NETWORK_DEPLOYMENT_UNCONFIRMED');

    const verified = await cli('verify');
    assert.equal(verified.code, 0, verified.stdout);
    assert.equal(jsonOf(verified)['equal'], true);

    const out = join(folder, 'site');
    const url = 'https://index.example/subgraphs/name/assay';
    const args = ['export', '--no-subgraph', '--out', out, '--subgraph-url', url, '--name', 'Rehearsal'];
    assert.equal((await cli(...args)).code, 0);
    const config = JSON.parse(await readFile(join(out, 'assay.json'), 'utf8')) as Record<string, unknown>;
    const file = JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(config, {
      chainId: 31337,
      chainName: 'Rehearsal',
      rpcUrls: [anvil.url],
      subgraphUrl: url,
      gateways: [],
      contracts: file['addresses'],
      deploymentBlock: file['block'],
      local: true,
    });
  });

  it('error: NetworkExportFailed when the subgraph cannot be rendered', async () => {
    const out = join(folder, 'taken');
    await mkdir(out);
    // Its folder is to be there, and is a file.
    await writeFile(join(out, 'subgraph'), '');
    const failed = await cli('export', '--out', out, '--subgraph-url', 'https://index.example/subgraphs/name/assay');
    assert.equal(failed.code, 3, failed.stderr);
    assert.equal(failureOf(failed).code, 'NETWORK_EXPORT_FAILED');
  });

  it('exit code 5 when the chain holds something else', async () => {
    const file = JSON.parse(await readFile(join(folder, 'deployment.json'), 'utf8')) as {
      addresses: { court: `0x${string}` };
    };
    await testClientOf(anvil.url).setCode({ address: file.addresses.court, bytecode: '0x60' });
    const differs = await cli('verify');
    assert.equal(differs.code, 5);
    const { findings } = jsonOf<{ findings: { check: string; contract: string }[] }>(differs);
    assert.ok(findings.some(({ check, contract }) => check === 'code' && contract === 'court'));
  });
});
