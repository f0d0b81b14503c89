import { createCourt } from '../../node/chain/assay/court.ts';
import type { Digest } from '../../node/core/codec/hex.ts';
import { challengerMove, type Truth } from '../../node/core/dispute/challengerMove.ts';
import { isWorkersTurn } from '../../node/core/dispute/game.ts';
import { workerMove } from '../../node/core/dispute/workerMove.ts';
import { SqliteJournal } from '../../node/journal/sqliteJournal.ts';
import type { Court, FiledClaim, GameRecord } from '../../node/ports/Court.ts';
import { falseChallenger, malformed, sleeper, spammer } from './adversaries/challengers.ts';
import { copied, staller } from './adversaries/courts.ts';
import { type Lie, wrongElement, wrongHeader, wrongRoot } from './adversaries/lyingTrace.ts';
import { directWriting } from './directWriting.ts';
import { type Answered, type DisputeBench, inputOf } from './disputeBench.ts';
import type { Seeded } from './seeded.ts';
import { testSigner } from './testSigner.ts';

/** W + both budgets + moves times the reply time (verification.md 3.6), for the profile of the tests. */
const BOUND_SECONDS = 30n + 120n + 120n + 20n * 10n;
const BOND_WEI = 10n ** 17n;

interface Player {
  readonly name: string;
  tick(): Promise<void>;
}

export interface MatchReport {
  readonly games: number;
  readonly isFalse: boolean;
  readonly outcome: string;
  readonly seconds: bigint;
  readonly malformed: number;
}

/** What all matches of one chain share. */
export class Arena {
  readonly bench: DisputeBench;
  readonly worker: Court;
  readonly honest: Court;
  readonly rivals: readonly Court[];

  private constructor(bench: DisputeBench, worker: Court, honest: Court, rivals: readonly Court[]) {
    this.bench = bench;
    this.worker = worker;
    this.honest = honest;
    this.rivals = rivals;
  }

  static async open(bench: DisputeBench, rivals: number): Promise<Arena> {
    const { market } = bench;
    const { people } = market;
    const courts: Court[] = [];
    for (let at = 0; at < rivals; at++) {
      const { address } = testSigner(`rival ${at}`);
      await market.transfer(people.author, address, 4_000n * BOND_WEI);
      courts.push(createCourt(await directWriting(market, address)));
    }
    const worker = createCourt(await directWriting(market, people.hot.address));
    return new Arena(bench, worker, createCourt(await directWriting(market, people.other.address)), courts);
  }

  /** One claim and all games about it, to the end. Throws where an honest player loses. */
  async match(random: Seeded, adversaries: number): Promise<MatchReport> {
    const { bench, worker, honest } = this;
    const isFalse = random.int(0, 1) === 1;
    const lie: Lie = isFalse ? randomLie(random, bench.program.program.steps.length) : (own) => own;
    const answered = await bench.answer(
      SqliteJournal.open(':memory:'),
      inputOf(bench.program.program, random.int(1, 40), random.uint32()),
      lie,
    );
    const { claimId, jobId } = answered;
    const since = await honest.head();
    const startedAt = await honest.chainTime();
    await honest.file({ kind: 'job', jobId });
    const claimed = { own: lie(answered.honest.own) };
    const hostile = this.#rivals(random, answered, since, isFalse ? adversaries - 1 : adversaries);
    const players: Player[] = [
      ...(isFalse ? [honestChallenger(honest, answered, since)] : []),
      ...hostile,
      defendingWorker(
        isFalse && random.int(0, 2) === 0 ? staller(worker) : worker,
        answered,
        claimed,
        bench,
        isFalse,
        since,
      ),
    ];
    const claim = await this.#play(players, claimId, since, startedAt);
    const wanted = isFalse ? 'fallen' : 'stands';
    if (claim.outcome !== wanted) throw new Error(`claim ${claimId} is ${claim.outcome}, it should be ${wanted}`);
    if (isFalse) await requireWon(honest, claimId, since);
    const refused = hostile.reduce((sum, each) => sum + each.refused, 0);
    const seconds = (await honest.chainTime()) - startedAt;
    const games = (await honest.notices(since, await honest.head())).filter(({ kind }) => kind === 'game').length;
    return { games, isFalse, outcome: claim.outcome, seconds, malformed: refused };
  }

  #rivals(random: Seeded, answered: Answered, since: bigint, count: number) {
    return this.rivals.slice(0, count).map((court) => {
      const twist = random.pick([spammer, malformed, sleeper]);
      const own = random.int(0, 3) === 0 ? copied(court, this.honest) : court;
      const player = falseChallenger({
        court: random.int(0, 3) === 0 ? staller(own) : own,
        answered,
        random,
        since,
        twist,
      });
      return {
        name: 'rival',
        tick: () => player.tick(),
        get refused() {
          return player.refused;
        },
      };
    });
  }

  async #play(players: readonly Player[], claimId: Digest, since: bigint, startedAt: bigint): Promise<FiledClaim> {
    const { honest, bench } = this;
    let before = '';
    for (;;) {
      for (const player of players) await player.tick();
      const claim = (await honest.claim(claimId))!;
      if (claim.outcome !== 'pending') return claim;
      if (claim.endable) {
        await honest.finalize(claimId);
        continue;
      }
      const now = await honest.chainTime();
      if (now > startedAt + BOUND_SECONDS) throw new Error(`claim ${claimId} is not over after ${now - startedAt} s`);
      const games = await this.#gamesOf(claimId, since);
      const board = games.map(({ phase, node, deadline }) => `${phase} ${node} ${deadline}`).join();
      // Nobody moved: time passes until somebody must. Refused moves make blocks, and no progress.
      if (board === before) {
        await bench.market.pass(secondsToNext(claim, games, now));
        await this.#callTime(claimId, since);
      }
      before = board;
    }
  }

  async #gamesOf(claimId: Digest, since: bigint): Promise<GameRecord[]> {
    const { honest } = this;
    const notices = await honest.notices(since, await honest.head());
    const ids = notices.flatMap((notice) =>
      notice.kind === 'game' && notice.claimId === claimId ? [notice.gameId] : [],
    );
    return (await Promise.all(ids.map((id) => honest.game(id)))).filter((game) => game !== undefined);
  }

  /** Anybody ends what is late; a claim does not hang on its players. */
  async #callTime(claimId: Digest, since: bigint): Promise<void> {
    const { honest } = this;
    const now = await honest.chainTime();
    for (const { gameId, phase, deadline } of await this.#gamesOf(claimId, since))
      if (phase !== 'ended' && now >= deadline) await honest.timeout(gameId);
  }
}

/** To just before the next deadline, where stallers wake up; from there to the deadline. */
function secondsToNext({ windowEndsAt }: FiledClaim, games: readonly GameRecord[], now: bigint): number {
  const open = games.filter(({ phase }) => phase !== 'ended');
  const next = [windowEndsAt, ...open.map(({ deadline }) => deadline)].filter((at) => at > now);
  const left = Math.min(...next.map((at) => Number(at - now)), 60);
  return left > 2 ? left - 2 : left;
}

function randomLie(random: Seeded, steps: number): Lie {
  const step = random.int(1, steps);
  const kind = random.int(0, 5);
  if (kind === 0 && step < steps) return wrongRoot(step);
  if (kind === 1 && step < steps) return wrongHeader(step);
  return wrongElement(step, random.uint32());
}

async function requireWon(honest: Court, claimId: Digest, since: bigint): Promise<void> {
  const game = await honest.history(honest.gameIdOf(claimId, honest.account), since);
  if (game?.result === 'challenger-won' || game?.result === 'withdrawn') return;
  throw new Error(`the honest challenger of ${claimId} ended as ${game?.result}`);
}

/** The honest strategy, as the service plays it, without journal and queue. */
function honestChallenger(court: Court, { claimId, honest, signed }: Answered, since: bigint): Player {
  const gameId = court.gameIdOf(claimId, court.account);
  return {
    name: 'honest challenger',
    tick: async () => {
      let game = await court.history(gameId, since);
      if (game === undefined) await court.challenge(claimId);
      for (game ??= await court.history(gameId, since); game !== undefined && game.phase !== 'ended'; ) {
        if ((await court.chainTime()) >= game.deadline && isWorkersTurn(game.phase)) return court.timeout(gameId);
        const move = challengerMove(game, honest);
        if (move === undefined) return;
        await court.accuse(gameId, signed.receipt, move);
        game = await court.history(gameId, since);
      }
    },
  };
}

/** The worker's strategy, honest or with a lying trace; what a liar cannot do he leaves. */
function defendingWorker(
  court: Court,
  answered: Answered,
  claimed: Truth,
  bench: DisputeBench,
  isLiar: boolean,
  since: bigint,
): Player {
  const { claimId, jobId, signed } = answered;
  return {
    name: 'worker',
    tick: async () => {
      for (const notice of await court.notices(since, await court.head())) {
        if (notice.kind !== 'game' || notice.claimId !== claimId) continue;
        for (let game = await court.game(notice.gameId); game !== undefined && game.phase !== 'ended'; ) {
          if (!isWorkersTurn(game.phase) || (await court.chainTime()) >= game.deadline) break;
          const claim = (await court.claim(claimId))!;
          if (claim.verdict !== 'pending') break;
          if (!claim.revealed) await court.reveal(jobId, signed.receipt, bench.termsOf(jobId));
          const move = workerMove(game, claimed.own);
          if (move === undefined) break;
          try {
            if (move.kind === 'answer') await court.answer(claimId, signed.receipt, move.answer);
            else await court.defend(game, move);
          } catch (error) {
            if (!isLiar) throw error;
            break;
          }
          game = await court.game(notice.gameId);
        }
      }
    },
  };
}
