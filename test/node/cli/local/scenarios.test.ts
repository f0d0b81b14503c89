import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ScenarioFailed } from '../../../../node/cli/local/scenarios.ts';
import { type CliProcess, jsonOf, runCli, startCli } from '../../../helpers/cli.ts';
import { freePorts, removeFolder, temporaryFolder } from '../../../helpers/network.ts';

interface Claims {
  readonly claims: readonly {
    readonly claimId: string;
    readonly outcome: string;
    readonly open: number;
    readonly slashedWei: string;
  }[];
}

describe('scenarios of a local network', () => {
  let home = '';
  let port = 0;
  let dev: CliProcess | undefined;
  const stop = async (): Promise<void> => {
    dev?.process.kill('SIGTERM');
    await dev?.ended;
  };
  before(async () => {
    home = await temporaryFolder('scenario');
    port = await freePorts(8);
  });
  after(async () => {
    await stop();
    await removeFolder(home);
  });
  /** Starts the network anew, in the same home, and has it brought into a state. */
  const bring = async (scenario: string): Promise<Record<string, string>> => {
    await stop();
    const where = ['--headless', '--workers', '1', '--home', home, '--port', String(port)];
    dev = startCli(['dev', '--json', ...where, '--scenario', scenario]);
    await dev.saw(/"ready":true.*\n/, 120_000);
    return (JSON.parse(dev.stdout()) as { scenario: Record<string, string> }).scenario;
  };
  const cli = async (...args: string[]) => runCli([...args, '--json', '--home', home]);
  const claimOf = async (claimId: string | undefined) =>
    jsonOf<Claims>(await cli('dispute', 'list')).claims.find((claim) => claim.claimId === claimId);

  it('vote: a proposal waits for votes', async () => {
    const found = await bring('vote');
    assert.match(found['next'] ?? '', /gov show/);
    const { proposal } = jsonOf<{ proposal: { state: string; readable: string[] } }>(
      await cli('gov', 'show', found['proposal']!),
    );
    assert.ok(['pending', 'active'].includes(proposal.state), proposal.state);
    assert.match(proposal.readable.join(), /setLive/);
  });

  it('dispute: a worker lied, a game about it is open', async () => {
    const found = await bring('dispute');
    assert.equal(found['next'], 'assay dispute list');
    const claim = await claimOf(found['claimId']);
    assert.deepEqual([claim?.outcome, claim?.open], ['pending', 1]);
    const { games } = jsonOf<{ games: unknown[] }>(await cli('dispute', 'show', found['claimId']!));
    assert.equal(games.length, 1);
  });

  it('slash: another one lied, a challenger won, the stake is gone', async () => {
    const found = await bring('slash');
    assert.equal(found['outcome'], 'fallen');
    const claim = await claimOf(found['claimId']);
    assert.equal(claim?.outcome, 'fallen');
    assert.ok(BigInt(claim.slashedWei) > 0n);
    assert.equal(new ScenarioFailed({ what: 'a', why: 'b', fix: 'c' }).retryable, true);
  });
});
