import type { AccountView } from '../../compose.ts';
import type { Digest } from '../../core/codec/hex.ts';
import { ProtocolError } from '../../core/errors.ts';
import { listen } from '../../gateway/server.ts';
import { tokens } from '../parse.ts';
import { ensureLive, MODEL, type Run } from './mainJob.ts';
import type { Scenario, Seeded } from './scenario.ts';
import { offerUpgrade } from './upgrade.ts';

/** The network did not come into the wanted state in time. */
export class ScenarioFailed extends ProtocolError {
  override readonly code = 'SCENARIO_FAILED';
  override readonly retryable = true;
}

/** Owner, hot key and client of the worker that lies: people of the local network who have tokens and nothing to do. */
const LIAR = 'voter-2';
const LIAR_HOT = 'liar-hot';
const STAKE = tokens('10000');
const WAIT_MS = 90_000;
/** More than a side has for all its moves on a local network. */
const CLOCK_SECONDS = 150;
const TICK_MS = 200;

/** Brings the network into a state: an open vote, a dispute that is being played, or a worker that was slashed. */
export async function seed(run: Run, scenario: Scenario, liarPort: number): Promise<Seeded> {
  await ensureLive(run);
  return scenario === 'vote' ? await openVote(run) : await falseClaim(run, scenario, liarPort);
}

/** A game about the claim is on the chain and not over. */
async function isPlayed({ courtView }: AccountView, claimId: Digest): Promise<boolean> {
  return ((await courtView.claim(claimId))?.open ?? 0) > 0;
}

async function openVote(run: Run): Promise<Seeded> {
  await offerUpgrade(run);
  const author = await run.network.as('author').account();
  const model = (await author.directory.models()).find(({ slug }) => slug === MODEL)!;
  const newest = (await author.directory.versions(model.modelId)).at(-1)!.versionId;
  const text = `Make ${MODEL} version ${newest} live\n\nMore hidden units; look at its card, then vote.`;
  const proposal = await author.governance.propose([author.governance.setLiveAction(model.modelId, newest)], text);
  return { scenario: 'vote', proposal, next: `assay gov show ${proposal}` };
}

/** A worker of ours signs a false answer (the canary's lie, with nobody to spare it), and a challenger looks. */
async function falseClaim(run: Run, scenario: 'dispute' | 'slash', port: number): Promise<Seeded> {
  const { network, print, signal } = run;
  const parts = network.as(LIAR);
  const liar = await parts.account();
  const hot = await parts.keys.ensure(LIAR_HOT, { light: true });
  await parts.fundEther([hot]);
  if ((await liar.stakesView.position(liar.address)) === undefined) {
    print.step(`${LIAR} stakes, to lie once`);
    await (await liar.staking(LIAR_HOT)).register(hot, `http://127.0.0.1:${port}`, STAKE);
  }
  const { planter, gateway, plan } = await parts.planter(LIAR_HOT);
  const server = await listen(gateway, { host: '127.0.0.1', port });
  try {
    const model = (await liar.directory.models()).find(({ slug }) => slug === MODEL)!;
    const jobId = await planter.plant(await plan(model.liveVersionId));
    const challenger = await network.as('voter-1').challenger({ sample: (job) => job === jobId });
    const end = performance.now() + WAIT_MS;
    let isLate = false;
    while (performance.now() < end) {
      signal.throwIfAborted();
      await planter.tick();
      await challenger.tick();
      // A home may have seen other scenarios.
      const found = challenger.disputes().find(([, row]) => row.jobId === jobId);
      const [claimId, row] = found ?? [];
      const isOpen = claimId !== undefined && (await isPlayed(liar, claimId));
      const isThere = scenario === 'dispute' ? isOpen : row?.state === 'ended';
      if (claimId !== undefined && row !== undefined && isThere) {
        print.done(`${LIAR} lied in job ${jobId}; the claim is ${row.outcome ?? row.state}`);
        const next = scenario === 'dispute' ? 'assay dispute list' : 'assay stake list';
        return { scenario, jobId, claimId, outcome: row.outcome ?? row.state, next };
      }
      if (scenario === 'slash' && !isLate && isOpen) {
        isLate = true;
        print.step(`the clock of the chain goes ${CLOCK_SECONDS} s forward: a worker who does not play loses`);
        await liar.rpc.request('evm_increaseTime', [CLOCK_SECONDS]);
        await liar.rpc.request('evm_mine', []);
      }
      await new Promise((done) => setTimeout(done, TICK_MS));
    }
  } finally {
    await server.drain(1000);
  }
  throw new ScenarioFailed({
    what: `The scenario ${scenario} did not come about`,
    why: `nothing after ${WAIT_MS / 1000} s`,
    fix: 'Start over with --reset; a machine under load may need another try.',
    meta: { scenario },
  });
}
