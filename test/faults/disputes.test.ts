import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import { falseChallenger, spammer } from '../helpers/adversaries/challengers.ts';
import { Killed, mortal } from '../helpers/adversaries/courts.ts';
import { type Lie, lying, wrongElement } from '../helpers/adversaries/lyingTrace.ts';
import { DisputeBench, inputOf, playUntil } from '../helpers/disputeBench.ts';
import { type Market, startMarket } from '../helpers/market.ts';
import { randomProgram } from '../helpers/randomProgram.ts';
import { Seeded } from '../helpers/seeded.ts';

const CLAIMS = Number(process.env['ASSAY_CLAIMS'] ?? (process.env['ASSAY_NIGHTLY'] === '1' ? 100 : 4));
const SEED = Number(process.env['ASSAY_SEED'] ?? 7);

/** Killed before or after one call in three; every life has new objects and a new queue over the same journal. */
const oneInThree = (random: Seeded) => (): 'before' | 'after' | undefined =>
  random.pick(['before', 'after', undefined, undefined, undefined, undefined] as const);

describe(`players that are killed at every move (seed ${SEED})`, () => {
  let market: Market;
  let bench: DisputeBench;
  before(async () => {
    market = await startMarket();
    bench = await DisputeBench.open(market, randomProgram(new Seeded(SEED), { steps: 5, maxWidth: 30 }), 'faults');
  });
  after(() => market.stop());

  const survived = async (tick: () => Promise<void>): Promise<void> => {
    await tick().catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
  };

  it('an honest challenger overturns every false claim, an honest worker loses none', async (test) => {
    const random = new Seeded(SEED);
    const [worker, watcher] = [SqliteJournal.open(':memory:'), SqliteJournal.open(':memory:')];
    const dies = oneInThree(random);
    const view = bench.court(market.people.other);
    let lives = 0;
    for (let at = 0; at < CLAIMS; at++) {
      const isFalse = at % 2 === 0;
      const lie: Lie = isFalse ? wrongElement(random.int(1, 5), random.uint32()) : (own) => own;
      const answered = await bench.answer(worker, inputOf(bench.program.program, random.int(1, 60), at + 1), lie);
      const since = await view.head();
      const rival = isFalse
        ? []
        : [falseChallenger({ court: bench.court(market.people.author), answered, random, since, twist: spammer })];
      const court = { hot: bench.court(market.people.hot), other: bench.court(market.people.other) };
      const players = [
        ...rival,
        {
          tick: () => {
            lives++;
            const life = bench.defender(worker, { court: mortal(court.hot, dies), truth: lying(lie) });
            return survived(() => life.tick());
          },
        },
        {
          tick: () => {
            lives++;
            const life = bench.challenger(market.people.other, { court: mortal(court.other, dies), journal: watcher });
            return survived(() => life.tick());
          },
        },
      ];
      const wanted = isFalse ? 'fallen' : 'stands';
      const ended = async (): Promise<boolean> => {
        const outcome = (await view.claim(answered.claimId))?.outcome;
        assert.ok(outcome === undefined || outcome === 'pending' || outcome === wanted, `claim ${at} is ${outcome}`);
        return outcome === wanted;
      };
      await playUntil(bench, players, ended, { secondsPerRound: 2, rounds: 400 });
    }
    test.diagnostic(`${CLAIMS} claims, ${lives} lives`);
  });
});
