import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ScenarioFailed } from '../../../../node/cli/local/scenarios.ts';
import { type CliProcess, jsonOf, runCli, startCli } from '../../../helpers/cli.ts';
import { freePorts, removeFolder, temporaryFolder } from '../../../helpers/network.ts';

interface Claims {
  readonly claims: readonly { readonly claimId: string; readonly outcome: string; readonly slashedWei: string }[];
}

/** A network that was brought into a state. */
async function seeded(scenario: string): Promise<{ dev: CliProcess; home: string; seeded: Record<string, string> }> {
  const home = await temporaryFolder('scenario');
  const port = String(await freePorts(8));
  const dev = startCli([
    'dev',
    '--json',
    '--headless',
    '--workers',
    '1',
    '--home',
    home,
    '--port',
    port,
    '--scenario',
    scenario,
  ]);
  await dev.saw(/"ready":true.*\n/, 120_000);
  return { dev, home, seeded: (JSON.parse(dev.stdout()) as { scenario: Record<string, string> }).scenario };
}

describe('scenarios of a local network', () => {
  const started: { readonly dev: CliProcess; readonly home: string }[] = [];
  after(async () => {
    for (const { dev, home } of started) {
      dev.process.kill('SIGTERM');
      await dev.ended;
      await removeFolder(home);
    }
  });
  const bring = async (scenario: string) => {
    const network = await seeded(scenario);
    started.push(network);
    const cli = async (...args: string[]) => runCli([...args, '--json', '--home', network.home]);
    return { ...network, cli };
  };

  it('slash: a worker lied, a challenger won, the stake is gone', async () => {
    const { cli, seeded: found } = await bring('slash');
    assert.equal(found['outcome'], 'fallen');
    const { claims } = jsonOf<Claims>(await cli('dispute', 'list'));
    const claim = claims.find(({ claimId }) => claimId === found['claimId']);
    assert.equal(claim?.outcome, 'fallen');
    assert.ok(BigInt(claim.slashedWei) > 0n);
    assert.equal(new ScenarioFailed({ what: 'a', why: 'b', fix: 'c' }).retryable, true);
  });

  it('vote: a proposal waits for votes', async () => {
    const { cli, seeded: found } = await bring('vote');
    assert.match(found['next'] ?? '', /gov show/);
    const { proposal } = jsonOf<{ proposal: { state: string; readable: string[] } }>(
      await cli('gov', 'show', found['proposal']!),
    );
    assert.ok(['pending', 'active'].includes(proposal.state), proposal.state);
    assert.match(proposal.readable.join(), /setLive/);
  });
});
