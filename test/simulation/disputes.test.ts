import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../../node/core/codec/hex.ts';
import { type ChallengerMove, challengerMove, isFalse, type Truth } from '../../node/core/dispute/challengerMove.ts';
import { partialSums } from '../../node/core/dispute/evidence.ts';
import { type Game, type GameEvent, isWorkersTurn, openGame, openingSize, play } from '../../node/core/dispute/game.ts';
import { commitProgram } from '../../node/core/dispute/programCommitment.ts';
import { fetchOf, stepOf, type TraceCommitment } from '../../node/core/dispute/traceCommitment.ts';
import { type WorkerMove, workerMove } from '../../node/core/dispute/workerMove.ts';
import { STEP_KINDS } from '../../node/core/exact/stepKinds.ts';
import { encodeHeader } from '../../node/core/merkle/tensorCommitment.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { truthOf } from '../../node/service/dispute/truth.ts';
import { type Lie, wrongElement, wrongHeader, wrongRoot } from '../helpers/adversaries/lyingTrace.ts';
import { changed, inputOf } from '../helpers/disputeBench.ts';
import { randomGraph, randomProgram } from '../helpers/randomProgram.ts';
import { Seeded } from '../helpers/seeded.ts';

/**
 * Whole disputes between the players that a node runs, over the game's state machine and the referee's TypeScript twin, with
 * chess clocks. The same players meet the real contracts in test/e2e/disputeGames.test.ts, the twin meets the Solidity
 * referee in test/differential. This one is fast enough for ten thousand
 * disputes in every run; money is the contracts' part (test/invariants/Disputes.t.sol).
 */
const GAMES = Number(process.env['ASSAY_SIMULATED'] ?? 12_000);
const SEED = Number(process.env['ASSAY_SEED'] ?? 20_261);
const CLOCK = 120n;
const REPLY = 10n;
/** Window, both clocks, and the least reply time of every move (verification.md 3.6). */
const BOUND = 200n + 2n * CLOCK + 40n * REPLY;

/** How a player moves: never, at once, or in the last second of his clock. */
type Pace = 'never' | 'at once' | 'last second';

interface Side {
  readonly pace: Pace;
  left: bigint;
}

/** The claimed value of an element against what its step gives, in the worker's own trace. */
function isWrong(theirs: TraceCommitment, step: number, element: number): boolean {
  const record = stepOf(theirs, step);
  const { tensor } = theirs.values[step]!;
  if (element < 0 || element >= tensor.data.length) return false;
  return STEP_KINDS[record.op].element(record, element, fetchOf(theirs, step)) !== Number(tensor.data[element]);
}

/** The verdict on a proof; `true` when the worker has lost. */
function verdict(game: Game, move: ChallengerMove, theirs: TraceCommitment, honest: TraceCommitment): boolean {
  if (move.kind === 'prove') return isWrong(theirs, move.step, move.element);
  if (move.kind === 'proveHeader') {
    const [shown, due] = [theirs, honest].map(({ values }) => encodeHeader(values[move.step]!.committed.header));
    return Buffer.compare(shown!.subarray(0, -32), due!.subarray(0, -32)) !== 0;
  }
  if (move.kind !== 'proveChunk' && move.kind !== 'provePartials') return false;
  const sums = partialSums(theirs, game.step, Number(game.element)) ?? [];
  const { partials } = move;
  if (partials.length !== sums.length || partials[0] !== 0n) return true;
  if (move.kind === 'provePartials')
    return partials.at(-1) === sums.at(-1) && isWrong(theirs, game.step, Number(game.element));
  const { chunk } = move;
  return partials[chunk + 1]! - partials[chunk]! !== sums[chunk + 1]! - sums[chunk]!;
}

/** What the contract makes of a move that ends nothing; undefined for one that it refuses. */
function eventOf(game: Game, move: WorkerMove | ChallengerMove, deadline: bigint): GameEvent | undefined {
  switch (move.kind) {
    case 'answer':
      return { kind: 'trace', root: move.answer.traceRoot, count: move.answer.count };
    case 'open':
      return { kind: 'opened', children: move.children, deadline };
    case 'openTensor':
      return { kind: 'tensor', header: move.header, children: move.children, deadline };
    case 'openLeaf':
      return { kind: 'leaf', data: move.data, deadline };
    case 'postPartials':
      return { kind: 'partials', partials: move.partials, deadline };
    case 'pickElement':
      return { kind: 'element', step: move.step, element: BigInt(move.element), deadline };
    case 'pick': {
      const { levels } = openingSize(game, game.phase === 'pick-trace');
      const index = game.index * 2 ** levels + move.at;
      return { kind: 'picked', child: move.child, level: game.level - levels, index, deadline };
    }
    default:
      return undefined;
  }
}

interface Match {
  readonly theirs: TraceCommitment;
  readonly honest: TraceCommitment;
  readonly worker: Pace;
  readonly challenger: Pace;
  readonly truth: Truth;
  /** Whether the worker can show T_step at all. */
  readonly canOpen: (game: Game) => boolean;
}

interface End {
  readonly won: boolean;
  readonly seconds: bigint;
  readonly moves: number;
}

/** One game from the challenge to its end; every refused proof leaves the challenger to his clock. */
function playOut({ theirs, honest, worker, challenger, truth, canOpen }: Match): End {
  const sides: readonly [Side, Side] = [
    { pace: worker, left: CLOCK },
    { pace: challenger, left: CLOCK },
  ];
  let now = 0n;
  let started = now;
  let game = openGame(CLOCK);
  for (let moves = 0; moves < 60; moves++) {
    const isWorkers = isWorkersTurn(game.phase);
    const side = sides[isWorkers ? 0 : 1];
    const lost: End = { won: isWorkers, seconds: game.deadline, moves };
    if (side.pace === 'never' || (isWorkers && !canOpen(game))) return lost;
    if (side.pace === 'last second') now = game.deadline - 1n;
    const early = isWorkers ? challengerMove(game, truth) : undefined;
    const proof = early?.kind === 'proveHeader' && sides[1].pace !== 'never' ? early : undefined;
    const move = proof ?? (isWorkers ? workerMove(game, theirs) : challengerMove(game, truth));
    if (move === undefined) return lost;
    const spent = now - started;
    const event = eventOf(game, move, 0n);
    if (event === undefined) {
      if (verdict(game, move as ChallengerMove, theirs, honest)) return { won: true, seconds: now, moves };
      return { won: false, seconds: game.deadline, moves };
    }
    if (event.kind === 'trace') {
      game = play(game, event);
      continue;
    }
    side.left = side.left > spent ? side.left - spent : 0n;
    const moved = play(game, event);
    const next = sides[isWorkersTurn(moved.phase) ? 0 : 1];
    started = now;
    game = { ...moved, deadline: now + (next.left > REPLY ? next.left : REPLY) };
  }
  throw new Error('the game does not end');
}

const LIES = ['element', 'root', 'header', 'withheld', 'output'] as const;

describe(`${GAMES} simulated disputes (seed ${SEED})`, () => {
  const random = new Seeded(SEED);
  const pool = Array.from({ length: 24 }, (_, at) => {
    const program =
      at % 2 === 0 ? randomGraph(random, { steps: 3 + at }) : randomProgram(random, { steps: 2 + 3 * at });
    return commitProgram(program, sha256);
  });

  /** A worker with one lying part. */
  function liar(honest: TraceCommitment): { readonly theirs: TraceCommitment; readonly hidden: number } {
    const last = honest.values.length - 1;
    const kind = random.pick(LIES);
    const step = kind === 'output' ? last : random.int(1, last);
    const element = random.int(0, honest.values[step]!.tensor.data.length - 1);
    const lies: Readonly<Record<(typeof LIES)[number], Lie>> = {
      element: wrongElement(step, element),
      output: wrongElement(step, element),
      root: wrongRoot(step),
      header: wrongHeader(step),
      withheld: wrongElement(step, element),
    };
    return { theirs: lies[kind](honest), hidden: kind === 'root' ? step : 0 };
  }

  it('the honest side wins every one, in time', (t) => {
    let [games, claims, moves, longest] = [0, 0, 0, 0n];
    while (games < GAMES) {
      const program = random.pick(pool);
      const honest = truthOf(program, inputOf(program.program, random.int(1, 3), random.int(1, 1e6))).own;
      const adversaries = [1, 2, 5, 20][claims % 4]!;
      const lies = random.int(0, 1) === 1;
      claims++;
      if (lies) {
        // One liar, whose accomplices challenge him too; the honest challenger is one among them.
        const { theirs, hidden } = liar(honest);
        // A column has the shape that a false header would give it.
        if (!isFalse({ own: honest }, theirs.values.at(-1)!.committed.digest)) continue;
        const worker = random.pick(['at once', 'last second', 'never'] as const);
        const canOpen = (game: Game): boolean =>
          hidden === 0 || game.phase !== 'open-tensor' || game.step !== hidden || game.node === undefined;
        const common = { theirs, honest, worker, canOpen, truth: { own: honest } };
        const end = playOut({ ...common, challenger: random.pick(['at once', 'last second'] as const) });
        assert.ok(end.won, `claim ${claims}: the honest challenger lost after ${end.moves} moves`);
        longest = end.seconds > longest ? end.seconds : longest;
        games++;
        moves += end.moves;
        for (let i = 1; i < adversaries; i++) {
          const accomplice = playOut({ ...common, challenger: random.pick(['never', 'last second'] as const) });
          assert.ok(accomplice.seconds <= BOUND);
          games++;
        }
      } else {
        for (let i = 0; i < adversaries; i++) {
          // An honest worker, challenged by somebody whose own run says something else, or nothing at all.
          const { theirs: false_ } = liar(honest);
          const end = playOut({
            theirs: honest,
            honest,
            worker: random.pick(['at once', 'last second'] as const),
            challenger: random.pick(['at once', 'last second', 'never'] as const),
            truth: { own: false_ },
            canOpen: () => true,
          });
          assert.ok(!end.won, `claim ${claims}: an honest worker lost after ${end.moves} moves`);
          longest = end.seconds > longest ? end.seconds : longest;
          games++;
          moves += end.moves;
        }
      }
    }
    assert.ok(longest <= BOUND, `a game took ${longest} s, the bound is ${BOUND} s`);
    t.diagnostic(`${games} games about ${claims} claims, ${moves} moves, the longest took ${longest} s of ${BOUND} s`);
  });

  it('the twin of the referee takes no honest element for wrong, and every changed one for wrong', () => {
    for (const program of pool) {
      const { own } = truthOf(program, inputOf(program.program, 2, random.int(1, 1e6)));
      for (let step = 1; step < own.values.length; step++) {
        const { tensor } = own.values[step]!;
        const element = random.int(0, tensor.data.length - 1);
        assert.ok(!isWrong(own, step, element));
        const values = own.values.map((value, at) =>
          at === step ? { ...value, tensor: changed(value.tensor, element) } : value,
        );
        assert.ok(isWrong({ ...own, values }, step, element), `step ${step} of ${program.root satisfies Digest}`);
      }
    }
  });
});
