import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { publicClientOf, startAnvil, testClientOf } from '../helpers/anvil.ts';
import { until } from '../helpers/anvilRpc.ts';
import { jsonOf, runCli, startCli } from '../helpers/cli.ts';

const HOLDER = '0x00000000000000000000000000000000000e1ec7';

describe('assay network deploy, killed', () => {
  it('goes on where it was, with what waits in the pool', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-network-killed-'));
    const anvil = await startAnvil(['--chain-id', '31337', '--block-time', '1']);
    try {
      const flags = ['--home', folder, '--rpc', anvil.url, '--account', 'deployer'];
      const key = await runCli(['keys', 'new', 'deployer', '--new-password', '--json', ...flags]);
      const { address } = jsonOf<{ address: `0x${string}` }>(key);
      await testClientOf(anvil.url).setBalance({ address, value: 10n ** 20n });
      const holders = join(folder, 'holders.json');
      await writeFile(holders, JSON.stringify([{ recipient: HOLDER, amount: '90000000' }]));
      const deploy = [
        'network',
        'deploy',
        '--profile',
        'dev',
        '--allocations',
        holders,
        '--yes',
        '--confirmations',
        '1',
      ];
      const first = startCli([...deploy, ...flags]);
      await first.saw(/ 3\/16 /);
      // The fourth is on its way by now.
      await until(
        async () => (await publicClientOf(anvil.url).getTransactionCount({ address, blockTag: 'pending' })) > 3,
        'the fourth creation is sent',
      );
      first.process.kill('SIGKILL');
      await first.ended;
      const second = await runCli([...deploy, '--json', ...flags]);
      assert.equal(second.code, 0, second.stdout + second.stderr);
      assert.equal(await publicClientOf(anvil.url).getTransactionCount({ address }), 16, 'nothing was sent twice');
      const verified = await runCli(['network', 'verify', '--json', ...flags]);
      assert.equal(verified.code, 0, verified.stdout);
    } finally {
      await anvil.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
