import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { type Axis, singleBatchAt, sizeOfAxes } from '../view.ts';
import { rowMajorView, swapLast } from './normalise.ts';

/** a [.., M, K] times b [.., K, N], both computed. */
export function matMulOf(r: Reading, left: Value, right: Value): Value {
  const [a, b] = [left, right].map((value) => ({ ...value, view: singleBatchAt(value.view, 0) })) as [Value, Value];
  const rank = a.view.dims.length;
  const lead = (value: Value): Axis[] => value.view.dims.slice(0, -2).flat();
  const isBatchFirst = (value: Value): boolean => lead(value).findIndex(({ isBatch }) => isBatch) === 0;
  const heads = sizeOfAxes(lead(a).slice(1));
  const [m, k] = r.shape(a).slice(-2) as [number, number];
  const [depth, n] = r.shape(b).slice(-2) as [number, number];
  const same = String(r.shape(a).slice(0, -2)) === String(r.shape(b).slice(0, -2));
  if (rank < 3 || b.view.dims.length !== rank || !isBatchFirst(a) || !isBatchFirst(b) || !same || k !== depth)
    throw r.refuse(
      `it multiplies ${r.shown(a.view)} by ${r.shown(b.view)}`,
      'Give both operands the same leading dimensions, the batch first.',
    );
  const turnedB = swapLast(b);
  const first = operand(r, a);
  const second = operand(r, turnedB);
  const op = {
    kind: 'matmul',
    heads,
    m,
    n,
    k,
    interleaved: [first.isInterleaved, second.isInterleaved],
    scale: 1,
    ...UNBOUNDED,
  } as const;
  const node = r.add(op, [first.node, second.node], heads === 1 ? [m, n] : [heads, m, n]);
  const shape: Value = { ...a, view: { offset: 0, dims: [...a.view.dims.slice(0, -1), [{ size: n, stride: 1 }]] } };
  return { node, view: rowMajorView(shape), stages: [] };
}

/** A node with the operand's rows stacked by heads, or interleaved when that is the order in which they lie. */
function operand(r: Reading, value: Value): { readonly node: number; readonly isInterleaved: boolean } {
  const { dims } = value.view;
  const last = dims.length - 1;
  const lead = dims.slice(0, -2).flat().slice(1);
  const mixed = [...dims[last - 1]!, ...lead, ...dims[last]!];
  const isInterleaved =
    sizeOfAxes(lead) > 1 &&
    sizeOfAxes(dims[last - 1]!) > 1 &&
    mixed.every((axis, at) => at === 0 || axis.stride < mixed[at - 1]!.stride);
  const order = dims.map((_, dim) => dim);
  const node = r.packed(value, isInterleaved ? [last - 1, ...order.slice(0, -2), last] : order);
  return { node, isInterleaved };
}
