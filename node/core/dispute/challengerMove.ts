import { equalBytes } from '../codec/bytes.ts';
import type { Digest } from '../codec/hex.ts';
import { type CommittedTensor, encodeHeader } from '../merkle/tensorCommitment.ts';
import { DTYPES, type DType, tensorBytes } from '../tensor/tensor.ts';
import {
  chunkEvidence,
  type ElementEvidence,
  elementEvidence,
  type HeaderEvidence,
  headerEvidence,
  type InputEvidence,
  inputEvidence,
  type Member,
  type Operand,
  outputOperand,
  partialSums,
  partialsEvidence,
} from './evidence.ts';
import { type Game, openingSize } from './game.ts';
import { shownPath, siblingsOfChild, withoutPadding } from './shownPath.ts';
import type { TraceCommitment } from './traceCommitment.ts';
import { childrenOf } from './workerMove.ts';

/** What the challenger knows. */
export interface Truth {
  /** The trace of his own run; of a refused input, which has none, only the input counts. */
  readonly own: TraceCommitment;
  /** An element of the input that the program does not take; `header` when its type or shape is not the program's. */
  readonly refused?: number | 'header';
  /** The worker's whole trace, where he gave it away: then no opening is needed. */
  readonly theirs?: TraceCommitment;
}

export type ChallengerMove =
  | {
      readonly kind: 'pick';
      readonly node: Digest;
      readonly at: number;
      readonly child: Digest;
      readonly siblings: readonly Uint8Array[];
    }
  | { readonly kind: 'prove'; readonly step: number; readonly element: number; readonly evidence: ElementEvidence }
  | { readonly kind: 'proveHeader'; readonly step: number; readonly evidence: HeaderEvidence }
  | { readonly kind: 'proveInput'; readonly element: number; readonly evidence: InputEvidence }
  | { readonly kind: 'pickElement'; readonly step: number; readonly element: number }
  | {
      readonly kind: 'proveChunk';
      readonly partials: readonly bigint[];
      readonly chunk: number;
      readonly evidence: ElementEvidence;
    }
  | { readonly kind: 'provePartials'; readonly partials: readonly bigint[]; readonly evidence: ElementEvidence };

/**
 * The honest challenger: faults of the input first; then, at every opening, the leftmost child that differs from his own, so
 * that all to the left is his own and he can prove what the step reads. Undefined: there is nothing to do now, or the
 * worker's trace is right.
 */
export function challengerMove(game: Game, truth: Truth): ChallengerMove | undefined {
  if (game.phase === 'ended' || game.phase === 'none' || game.trace === undefined) return undefined;
  const { own, refused, theirs } = truth;
  if (refused !== undefined) {
    const element = refused === 'header' ? undefined : refused;
    return { kind: 'proveInput', element: element ?? 0, evidence: inputEvidence(own, element) };
  }
  if (game.phase === 'post-partials') return undefined;
  if (game.phase === 'prove-chunk') return againstPartials(game, truth);
  if (theirs !== undefined) return againstTrace(own, theirs);
  if (game.phase === 'pick-trace') return pick(game, own.tree, true);
  if (game.header === undefined) return undefined;
  if (!isHeaderOf(own.values[game.step]!.committed, game.header))
    return { kind: 'proveHeader', step: game.step, evidence: headerEvidence(own, game.step, shownTensor(game, own)) };
  if (game.phase === 'pick-tensor') return pick(game, own.values[game.step]!.committed.tree, false);
  return game.phase === 'prove' && game.leaf !== undefined ? againstLeaf(game, own) : undefined;
}

/** All but the root, which is what the game is about. */
const isHeaderOf = ({ header }: CommittedTensor, shown: Uint8Array): boolean =>
  equalBytes(encodeHeader(header).subarray(0, -32), shown.subarray(0, -32));

function pick(game: Game, tree: CommittedTensor['tree'], isTrace: boolean): ChallengerMove | undefined {
  const shown = (isTrace ? game.traceNodes : game.tensorNodes).at(-1)!;
  const at = { ...shown, leaves: tree.count };
  const mine = childrenOf(tree, at, isTrace);
  const place = shown.children.findIndex((child, index) => child !== mine[index]);
  if (place < 0 || game.node === undefined) return undefined;
  const { levels } = openingSize(at, isTrace);
  const siblings = siblingsOfChild(shown.children, shown.level - levels, levels, place);
  return { kind: 'pick', node: game.node, at: place, child: shown.children[place]!, siblings };
}

/** T_step as the worker showed it: header and path. */
function shownTensor(game: Game, { program }: TraceCommitment): Member {
  return { data: game.header!, path: shownPath(game.traceNodes, game.step - 1, program.sha256) };
}

function shownOutput(game: Game, own: TraceCommitment): Operand {
  const { index, data } = game.leaf!;
  const path = shownPath(game.tensorNodes, index, own.program.sha256);
  const { leaves } = own.values[game.step]!.committed.header;
  return {
    tensor: shownTensor(game, own),
    openings: [{ leaves: data, siblings: withoutPadding(path, index, leaves) }],
  };
}

/** The first element of the opened leaf that differs; in a leaf whose padding alone differs, any one shows it. */
function againstLeaf(game: Game, own: TraceCommitment): ChallengerMove | undefined {
  const { index, data } = game.leaf!;
  const { tensor, committed } = own.values[game.step]!;
  const { leafBytes } = committed.header;
  const mine = tensorBytes(tensor).subarray(index * leafBytes, (index + 1) * leafBytes);
  const at = data.findIndex((byte, place) => byte !== (mine[place] ?? 0));
  if (at < 0) return undefined;
  const perLeaf = leafBytes / widthOf(tensor.dtype);
  const element = index * perLeaf + (at < mine.length ? Math.floor(at / widthOf(tensor.dtype)) : 0);
  return against(own, game.step, element, shownOutput(game, own), at >= mine.length);
}

const widthOf = (dtype: DType): number => DTYPES[dtype].bytes;

function against(
  own: TraceCommitment,
  step: number,
  element: number,
  output: Operand,
  isPadding = false,
): ChallengerMove {
  // Long sums go by chunks; padding is wrong whatever the sum.
  if (!isPadding && partialSums(own, step, element) !== undefined) return { kind: 'pickElement', step, element };
  return { kind: 'prove', step, element, evidence: elementEvidence(own, step, element, output) };
}

/** The fast lane: the first step whose commitment differs. */
function againstTrace(own: TraceCommitment, theirs: TraceCommitment): ChallengerMove | undefined {
  const step = own.values.findIndex(
    ({ committed }, at) => at > 0 && committed.digest !== theirs.values[at]!.committed.digest,
  );
  if (step < 0) return undefined;
  const [mine, other] = [own.values[step]!, theirs.values[step]!];
  if (!isHeaderOf(mine.committed, encodeHeader(other.committed.header)))
    return { kind: 'proveHeader', step, evidence: headerEvidence(own, step, outputOperand(theirs, step).tensor) };
  const element = mine.tensor.data.findIndex((value: number | bigint, at: number) => value !== other.tensor.data[at]);
  return against(own, step, element, outputOperand(theirs, step, element));
}

function againstPartials(game: Game, { own, theirs }: Truth): ChallengerMove | undefined {
  const { step, partials = [] } = game;
  const element = Number(game.element);
  const output = theirs === undefined ? shownOutput(game, own) : outputOperand(theirs, step, element);
  const mine = partialSums(own, step, element);
  if (mine === undefined) return undefined;
  const isSound = partials.length === mine.length && partials[0] === 0n;
  const chunk = isSound ? mine.findIndex((sum, at) => sum !== partials[at]) - 1 : -1;
  // Sums that are all right do not give the claimed element, because that one is wrong.
  if (chunk < 0) return { kind: 'provePartials', partials, evidence: partialsEvidence(own, step, element, output) };
  return { kind: 'proveChunk', partials, chunk, evidence: chunkEvidence(own, step, element, chunk, output) };
}

/** True when the claim's output is not the program's: only then a challenge can be won. */
export const isFalse = ({ own, refused }: Truth, outputRoot: Digest): boolean =>
  refused !== undefined || own.values.at(-1)!.committed.digest !== outputRoot;
