import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawDivergence, drawGame } from '../../../../node/cli/disputePicture.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { toHex } from '../../../../node/core/codec/hex.ts';
import { type ChallengerMove, challengerMove, isFalse } from '../../../../node/core/dispute/challengerMove.ts';
import { divergenceOf } from '../../../../node/core/dispute/divergence.ts';
import { type Game, type GameEvent, isWorkersTurn, openGame, play } from '../../../../node/core/dispute/game.ts';
import { inputFromLeaves, inputLeaf } from '../../../../node/core/dispute/inputLeaves.ts';
import { isOpening } from '../../../../node/core/dispute/opening.ts';
import { commitProgram } from '../../../../node/core/dispute/programCommitment.ts';
import type { TraceCommitment } from '../../../../node/core/dispute/traceCommitment.ts';
import { type WorkerMove, workerMove } from '../../../../node/core/dispute/workerMove.ts';
import { isMember } from '../../../../node/core/merkle/proof.ts';
import { decodeHeader, headerDigest } from '../../../../node/core/merkle/tensorCommitment.ts';
import { rootOf } from '../../../../node/core/merkle/tree.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { truthOf } from '../../../../node/service/dispute/truth.ts';
import { inputOf, lieAt } from '../../../helpers/disputeBench.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

/** What the contract makes of a move. */
function eventOf(game: Game, move: WorkerMove | ChallengerMove): GameEvent | undefined {
  const deadline = game.deadline + 10n;
  switch (move.kind) {
    case 'answer':
      return { kind: 'trace', root: move.answer.traceRoot, count: move.answer.count };
    case 'open':
      return { kind: 'opened', children: move.children, deadline };
    case 'openTensor':
      return { kind: 'tensor', header: move.header, children: move.children, deadline };
    case 'openLeaf':
      return { kind: 'leaf', data: move.data, deadline };
    case 'pick': {
      const isTrace = game.phase === 'pick-trace';
      const levels = Math.min(game.level, isTrace ? 6 : 5);
      const index = game.index * 2 ** levels + move.at;
      return { kind: 'picked', child: move.child, level: game.level - levels, index, deadline };
    }
    default:
      return undefined;
  }
}

/** Honest challenger against a trace, to the proof. */
function playOut(
  own: TraceCommitment,
  theirs: TraceCommitment,
): { readonly game: Game; readonly proof: ChallengerMove } {
  let game = openGame(100n);
  for (let moves = 0; moves < 40; moves++) {
    const mine = challengerMove(game, { own });
    const move = isWorkersTurn(game.phase) && mine?.kind !== 'proveHeader' ? workerMove(game, theirs) : mine;
    assert.ok(move !== undefined, `somebody can move in ${game.phase}`);
    const event = eventOf(game, move);
    if (event === undefined) return { game, proof: move as ChallengerMove };
    game = play(game, event);
  }
  throw new Error('the game does not end');
}

describe('the game', () => {
  const program = commitProgram(randomProgram(new Seeded(4), { steps: 90, maxWidth: 40 }), sha256);
  const input = inputOf(program.program, 1700);
  const { own } = truthOf(program, input);

  it('ends with a proof about the leftmost wrong element, whose path and leaf are the worker’s', () => {
    const random = new Seeded(9);
    for (let round = 0; round < 12; round++) {
      const step = random.int(1, 90);
      const element = random.int(0, own.values[step]!.tensor.data.length - 1);
      const theirs = lieAt(own, step, element);
      const { game, proof } = playOut(own, theirs);
      assert.ok(proof.kind === 'prove');
      assert.deepEqual([proof.step, proof.element], [step, step === 90 ? 0 : element]);
      const { tensor, openings } = proof.evidence.output;
      const header = decodeHeader(tensor.data);
      const leaf = theirs.values[step]!.committed.digest;
      assert.equal(headerDigest(header, sha256), leaf);
      const member = { root: rootOf(theirs.tree), count: 90, index: step - 1, path: tensor.path };
      assert.ok(isMember({ ...member, leaf: Buffer.from(leaf.slice(2), 'hex') }, sha256));
      assert.ok(isOpening(header, proof.element, 1, openings[0]!, sha256));
      const found = divergenceOf({ own }, { game });
      assert.deepEqual([found?.step, found?.element], [proof.step, proof.element]);
      assert.notEqual(found?.expected, found?.claimed);
    }
  });

  it('needs no opening when the worker gives his trace away', () => {
    const theirs = lieAt(own, 33, 7);
    const known = play(openGame(1n), { kind: 'trace', root: toHex(rootOf(theirs.tree)) as Digest, count: 90 });
    const move = challengerMove(known, { own, theirs });
    assert.ok(move?.kind === 'prove' && move.step === 33 && move.element === 7);
  });

  it('has nothing against a true trace', () => {
    const known = play(openGame(1n), { kind: 'trace', root: toHex(rootOf(own.tree)) as Digest, count: 90 });
    const opened = play(known, eventOf(known, workerMove(known, own)!)!);
    assert.equal(challengerMove(opened, { own }), undefined);
    assert.equal(isFalse({ own }, own.values.at(-1)!.committed.digest), false);
  });

  it('begins with the input when the program does not take it', () => {
    const narrow = commitProgram(randomProgram(new Seeded(4), { steps: 2, rangeClass: 'U7S8' }), sha256);
    const bad = inputOf(narrow.program, 3);
    bad.data[2] = 200;
    const truth = truthOf(narrow, bad);
    assert.equal(truth.refused, 2);
    const known = play(openGame(1n), { kind: 'trace', root: `0x${'11'.repeat(32)}` as Digest, count: 90 });
    const move = challengerMove(known, truth);
    assert.ok(move?.kind === 'proveInput' && move.element === 2);
    assert.equal(isFalse(truth, `0x${'33'.repeat(32)}` as Digest), true);
    assert.match(
      drawDivergence(truth, divergenceOf(truth, {})).join('\n'),
      /▶ +0 +INPUT[\s\S]*which the program does not take/,
    );
  });

  it('puts a demanded input together again', () => {
    const value = own.values[0]!;
    const { leaves } = value.committed.header;
    const all = Array.from({ length: leaves }, (_, leaf) => inputLeaf(value, leaf));
    const root = value.committed.digest;
    assert.deepEqual(inputFromLeaves(all, root, sha256), { input });
    assert.deepEqual(inputFromLeaves(all.slice(1), root, sha256), { missing: [0] });
    assert.deepEqual(inputFromLeaves([], root, sha256), { missing: [0] });
    assert.equal(inputFromLeaves(all, `0x${'22'.repeat(32)}` as Digest, sha256), undefined);
    assert.equal(inputLeaf(value, leaves).data.length, 0);
  });

  it('is drawn with the diverging step, element and clocks', () => {
    const { game } = playOut(own, lieAt(own, 33, 7));
    const picture = drawDivergence({ own }, divergenceOf({ own }, { game })).join('\n');
    assert.match(picture, /▶ +33 +QLINEAR .* DIFFERS/);
    assert.match(picture, /element 7 at \[\d+, \d+\]: the claim says -?\d+, the program gives -?\d+/);
    assert.match(drawGame(game, 0n), /the challenger is to prove, \d+ s left/);
    assert.match(
      drawGame({ ...game, phase: 'ended', result: 'challenger-won' }, 0n),
      /ended after \d+ moves: challenger-won/,
    );
  });
});
