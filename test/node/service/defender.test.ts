import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import { DefenceImpossible } from '../../../node/service/defender.ts';
import {
  falseChallenger,
  type HostileChallenger,
  malformed,
  sleeper,
  spammer,
} from '../../helpers/adversaries/challengers.ts';
import { copied, Killed, mortal } from '../../helpers/adversaries/courts.ts';
import { DisputeBench, inputOf, playUntil } from '../../helpers/disputeBench.ts';
import { type Market, startMarket } from '../../helpers/market.ts';
import { randomProgram } from '../../helpers/randomProgram.ts';
import { Seeded } from '../../helpers/seeded.ts';

describe('the defender', () => {
  let market: Market;
  let bench: DisputeBench;
  before(async () => {
    market = await startMarket();
    // More than 64 steps: two openings of the trace.
    bench = await DisputeBench.open(market, randomProgram(new Seeded(11), { steps: 70, maxWidth: 20 }), 'deep');
  });
  after(() => market.stop());

  const stake = async (): Promise<bigint> => {
    const workers = await market.directory.workers();
    return workers[0]!.stakeWei;
  };

  it('wins every game against false challenges, whatever they send, and earns their bonds', async () => {
    const random = new Seeded(17);
    const journal = SqliteJournal.open(':memory:');
    const answered = await bench.answer(journal, inputOf(bench.program.program, 90));
    const [stakeBefore, creditBefore] = [
      await stake(),
      await bench.court(market.people.hot).creditOf(market.people.owner.address),
    ];
    const since = await bench.court(market.people.hot).head();
    const rivals = (['other', 'author', 'client'] as const).map((name, at): HostileChallenger => {
      const twist = [spammer, malformed, sleeper][at]!;
      return falseChallenger({ court: bench.court(market.people[name]), answered, random, since, twist });
    });
    const thief = bench.court(market.people.owner);
    const defender = bench.defender(journal, { court: copied(bench.court(market.people.hot), thief) });
    const view = bench.court(market.people.hot);
    await playUntil(
      bench,
      [...rivals, defender],
      async () => (await view.claim(answered.claimId))?.outcome === 'stands',
      {
        secondsPerRound: 15,
        rounds: 60,
      },
    );
    assert.ok(rivals[0]!.refused > 0 && rivals[1]!.refused > 0, 'false proofs were sent and refused');
    assert.equal(await stake(), stakeBefore);
    const { bondWei } = (await view.game(view.gameIdOf(answered.claimId, market.people.other.address)))!;
    await defender.tick();
    const earned =
      (await market.settlement.balanceOf(market.people.owner.address)) +
      (await view.creditOf(market.people.owner.address));
    assert.ok(earned >= creditBefore + (3n * bondWei * 8n) / 10n);
    assert.deepEqual(await market.settlement.jobStates([answered.jobId]), ['completed']);
    await defender.tick();
    assert.deepEqual(defender.open(), []);
  });

  it('goes on from the journal and the chain after being killed at any move', async () => {
    const random = new Seeded(23);
    const journal = SqliteJournal.open(':memory:');
    const answered = await bench.answer(journal, inputOf(bench.program.program, 90));
    const since = await bench.court(market.people.hot).head();
    const court = bench.court(market.people.other);
    const rival = falseChallenger({ court, answered, random, since, twist: spammer });
    let lives = 0;
    const dies = (): 'before' | 'after' | undefined => random.pick(['before', 'after', undefined] as const);
    const tick = async (): Promise<void> => {
      const court = mortal(bench.court(market.people.hot), dies);
      const life = bench.defender(journal, { court });
      lives++;
      await life.tick().catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    };
    const view = bench.court(market.people.hot);
    await playUntil(bench, [rival, { tick }], async () => (await view.claim(answered.claimId))?.outcome === 'stands', {
      secondsPerRound: 3,
      rounds: 120,
    });
    assert.ok(lives > 5);
  });

  it('supplies a demanded input, and earns its price', async () => {
    const journal = SqliteJournal.open(':memory:');
    const { claimId, jobId } = await bench.answer(journal, inputOf(bench.program.program, 90));
    const court = bench.court(market.people.other);
    await court.file({ kind: 'job', jobId });
    await court.demandInput(claimId, 0);
    await court.demandInput(claimId, 7_000);
    const since = await court.head();
    const defender = bench.defender(journal);
    await defender.tick();
    const supplied = await court.supplied(claimId, since);
    assert.deepEqual(
      supplied.map(({ leaf, data }) => [leaf, data.length]),
      [
        [0, 1024],
        [7_000, 0],
      ],
    );
    assert.equal((await court.demand(claimId, 0))?.deadline, 0n);
  });

  it('posts sums for an element that does not exist, however large its number', async () => {
    const journal = SqliteJournal.open(':memory:');
    const { claimId, jobId, signed } = await bench.answer(journal, inputOf(bench.program.program, 3));
    const court = bench.court(market.people.other);
    await court.file({ kind: 'job', jobId });
    await court.challenge(claimId);
    const defender = bench.defender(journal);
    await defender.tick();
    const gameId = court.gameIdOf(claimId, market.people.other.address);
    assert.equal((await court.game(gameId))?.phase, 'pick-trace');
    await court.accuse(gameId, signed.receipt, { kind: 'pickElement', step: 3, element: 2 ** 60 + 4096 });
    await defender.tick();
    assert.equal((await court.game(gameId))?.phase, 'prove-chunk');
  });

  it('says what is missing when it cannot defend itself', async () => {
    const journal = SqliteJournal.open(':memory:');
    const { jobId, claimId } = await bench.answer(journal, inputOf(bench.program.program, 3));
    const court = bench.court(market.people.other);
    await court.file({ kind: 'job', jobId });
    await court.challenge(claimId);
    await bench.defender(journal, { inputs: { find: () => undefined } }).tick();
    assert.match(bench.log.lines.at(-1)!, /its input is not in the journal/);
    assert.equal(new DefenceImpossible({ what: 'a', why: 'b', fix: 'c' }).code, 'DEFENCE_IMPOSSIBLE');
  });
});
