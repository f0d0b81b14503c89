import { type Fold, replace, usersOf, type Work } from './foldWork.ts';
import { boundsOf, type Dense, type FloatNode, sizeOf } from './ir.ts';
import { scaledInput } from './scaled.ts';

/** A clip behind a pool or a move goes in front of it, where a step may take it in. */
function clipBeforeMove(work: Work, id: number): boolean {
  const { op, sources, name } = work.nodes[id]!;
  if (op.kind !== 'clip' || sources.length === 0) return false;
  const source = sources[0]!;
  const move = work.nodes[source]!;
  if ((move.op.kind !== 'maxPool' && move.op.kind !== 'gather') || usersOf(work, source) !== 1) return false;
  const before = work.nodes[move.sources[0]!]!;
  if (boundsOf(before.op) === undefined || usersOf(work, move.sources[0]!) !== 1) return false;
  // They change places: the clip takes the earlier id.
  work.nodes[source] = { name, op, sources: move.sources, dims: before.dims };
  work.nodes[id] = { ...move, sources: [source] };
  return true;
}

/** One scale for all elements goes behind a move when every reader of the move can take it in. */
function affineBehindMove(work: Work, id: number): boolean {
  const move = work.nodes[id]!;
  if (move.op.kind !== 'gather' || move.sources.length === 0) return false;
  const before = work.nodes[move.sources[0]!]!;
  if (before.op.kind !== 'affine' || before.op.scale.length !== 1) return false;
  const { op } = before;
  const readers = work.nodes.filter(({ sources }) => sources.includes(id));
  const takes = (reader: FloatNode): boolean =>
    reader.sources.every((source, which) => source !== id || scaledInput(reader, which, op) !== undefined);
  if (work.output === id || !readers.every(takes)) return false;
  const moved = work.nodes.push({ ...move, sources: before.sources }) - 1;
  work.nodes[id] = { ...before, sources: [moved], dims: move.dims };
  return true;
}

/**
 * A move that takes some columns of a dense layer alone (queries, keys or values of one projection) becomes a layer with
 * those columns; what is left of the move is a reordering, or nothing.
 */
function sliceIntoDense(work: Work, id: number): boolean {
  const move = work.nodes[id]!;
  if (move.op.kind !== 'gather' || move.sources.length === 0) return false;
  const source = work.nodes[move.sources[0]!]!;
  if (source.op.kind !== 'dense') return false;
  const { n } = source.op;
  const { base, strides } = move.op;
  const isColumn = strides.map((stride) => stride < n);
  const span = move.dims.reduce((sum, dim, at) => sum + (isColumn[at] ? (dim - 1) * strides[at]! : 0), 0);
  const first = base % n;
  const count = span + 1;
  if (count === n || first + span >= n || strides.some((stride, at) => !isColumn[at] && stride % n !== 0)) return false;
  const positions = sizeOf(source) / n;
  const part = columnsOf(source.op, first, count);
  const dims = positions === 1 ? [count] : [positions, count];
  const layer = work.nodes.push({ ...source, op: part, dims }) - 1;
  const moved = strides.map((stride, at) => (isColumn[at] ? stride : (stride / n) * count));
  const op = { kind: 'gather', base: ((base - first) / n) * count, strides: moved } as const;
  work.nodes[id] = { ...move, op, sources: [layer] };
  if (usersOf(work, move.sources[0]!) === 0) work.nodes[move.sources[0]!] = { ...source, sources: [] };
  return true;
}

function columnsOf(op: Dense, first: number, n: number): Dense {
  const { k } = op;
  return {
    ...op,
    n,
    weight: op.weight.slice(first * k, (first + n) * k),
    bias: op.bias.slice(first, first + n),
  };
}

/** A move that leaves every element where it is. */
function identityMove(work: Work, id: number): boolean {
  const { op, sources, dims } = work.nodes[id]!;
  if (op.kind !== 'gather' || sources.length === 0 || op.base !== 0) return false;
  const source = work.nodes[sources[0]!]!;
  let stride = 1;
  for (let at = dims.length - 1; at >= 0; at--) {
    if (dims[at]! > 1 && op.strides[at] !== stride) return false;
    stride *= dims[at]!;
  }
  if (stride !== sizeOf(source)) return false;
  replace(work, id, sources[0]!);
  return true;
}

/** Folds around index maps. */
export const MOVE_FOLDS: readonly Fold[] = [clipBeforeMove, affineBehindMove, sliceIntoDense, identityMove];
