import { type Digest, toHex } from '../codec/hex.ts';
import { pathOf } from '../merkle/proof.ts';
import { encodeHeader } from '../merkle/tensorCommitment.ts';
import { depthOf, type MerkleTree, nodeAt, rootOf } from '../merkle/tree.ts';
import { tensorBytes } from '../tensor/tensor.ts';
import { partialSums } from './evidence.ts';
import { type Board, openingSize } from './game.ts';
import type { TraceCommitment } from './traceCommitment.ts';

/** What shows that a trace fits a receipt: twin of `IArena.Answer`. */
export interface TraceAnswer {
  readonly traceRoot: Digest;
  readonly count: number;
  /** Root of the tree over the program's digests. */
  readonly programTreeRoot: Digest;
  readonly outputPath: readonly Uint8Array[];
}

export type WorkerMove =
  | { readonly kind: 'answer'; readonly answer: TraceAnswer }
  | { readonly kind: 'open'; readonly node: Digest; readonly children: readonly Digest[] }
  | {
      readonly kind: 'openTensor';
      readonly tensor: Digest;
      readonly header: Uint8Array;
      readonly children: readonly Digest[];
    }
  | { readonly kind: 'openLeaf'; readonly leaf: Digest; readonly data: Uint8Array }
  | {
      readonly kind: 'postPartials';
      readonly step: number;
      readonly element: bigint;
      readonly partials: readonly bigint[];
    };

const digest = (bytes: Uint8Array): Digest => toHex(bytes) as Digest;

export const traceAnswer = ({ tree, program }: TraceCommitment): TraceAnswer => ({
  traceRoot: digest(rootOf(tree)),
  count: tree.count,
  programTreeRoot: digest(rootOf(program.tree)),
  outputPath: pathOf(tree, tree.count - 1),
});

/** The honest worker opens what he is asked for. Undefined: it is not his turn. */
export function workerMove(game: Board, own: TraceCommitment): WorkerMove | undefined {
  const { phase, node, step, element } = game;
  if (phase === 'post-partials')
    return { kind: 'postPartials', step, element, partials: partialsOf(own, step, element) };
  if (phase === 'open-trace' && node === undefined) return { kind: 'answer', answer: traceAnswer(own) };
  if (node === undefined) return undefined;
  if (phase === 'open-trace') return { kind: 'open', node, children: childrenOf(own.tree, game, true) };
  const value = own.values[step];
  if (value === undefined) return undefined;
  const { header, tree } = value.committed;
  if (phase === 'open-tensor') {
    const top = { level: depthOf(tree.count), index: 0, leaves: tree.count };
    const children = tree.count === 1 ? [] : childrenOf(tree, top, false);
    return { kind: 'openTensor', tensor: node, header: encodeHeader(header), children };
  }
  if (phase === 'open-node') return { kind: 'open', node, children: childrenOf(tree, game, false) };
  if (phase === 'open-leaf') return { kind: 'openLeaf', leaf: node, data: leafOf(own, step, game.index) };
  return undefined;
}

/** Children of a node as an opening lists them: padding left out. */
export function childrenOf(
  tree: MerkleTree,
  at: Pick<Board, 'level' | 'index' | 'leaves'>,
  isTrace: boolean,
): Digest[] {
  const { levels, count } = openingSize(at, isTrace);
  const first = at.index * 2 ** levels;
  return Array.from({ length: count }, (_, child) => digest(nodeAt(tree, at.level - levels, first + child)));
}

/** One leaf of T_step, zero padded. */
export function leafOf(own: TraceCommitment, step: number, index: number): Uint8Array {
  const { tensor, committed } = own.values[step]!;
  const { leafBytes } = committed.header;
  const data = new Uint8Array(leafBytes);
  data.set(tensorBytes(tensor).subarray(index * leafBytes, (index + 1) * leafBytes));
  return data;
}

/**
 * The sums of an element. One that is outside the tensor gets as many sums as any other, all zero: the wrong number would be
 * the worker's fault. A step without chunks is never judged by them.
 */
function partialsOf(own: TraceCommitment, step: number, element: bigint): readonly bigint[] {
  const value = own.values[step];
  if (value === undefined) return [0n];
  const isThere = element < BigInt(value.tensor.data.length);
  const sums = partialSums(own, step, isThere ? Number(element) : 0) ?? [0n];
  return isThere ? sums : sums.map(() => 0n);
}
