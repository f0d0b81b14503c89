import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { type Axis, sampleAxes, sizeOfAxes } from '../view.ts';
import { broadcastShape, expanded } from './binary.ts';

/**
 * The product of two values element by element, as gates and squeeze-and-excitation have it: matrices of one element, with
 * a head for each element of the smaller value.
 */
export function productOf(r: Reading, left: Value, right: Value): Value {
  const shape = broadcastShape(r, left, right);
  const isWhole = (value: Value): boolean => String(r.shape(value)) === String(shape);
  const [first, small] = isWhole(left) ? [left, right] : [right, left];
  const whole = expanded(r, first, shape);
  return isWhole(small) ? elementwise(r, whole, small) : scaled(r, whole, small);
}

function elementwise(r: Reading, a: Value, b: Value): Value {
  const base = r.complete(a);
  return r.over(base, multiply(r, [base.node, r.packedLike(b, base)], r.sampleSize(base), 1, false));
}

/** Dimensions in which b has one element become the rows of each head. */
function scaled(r: Reading, a: Value, b: Value): Value {
  const spread = r.shape(b).map((size, dim) => size === 1 && r.shape(a)[dim] !== 1);
  const all = a.view.dims.map((_, dim) => dim);
  const [heads, rows] = [all.filter((dim) => !spread[dim]), all.filter((dim) => spread[dim])];
  const axesOf = (dims: readonly number[]): Axis[] =>
    dims.flatMap((dim) => sampleAxes({ offset: 0, dims: [a.view.dims[dim]!] }));
  const mixed = [...axesOf(rows), ...axesOf(heads)];
  const isInterleaved =
    axesOf(heads).length > 0 && mixed.every((axis, at) => at === 0 || axis.stride < mixed[at - 1]!.stride);
  const sources = [r.packed(a, isInterleaved ? [...rows, ...heads] : [...heads, ...rows]), r.packed(b, heads)] as const;
  const node = multiply(r, sources, sizeOfAxes(axesOf(heads)), sizeOfAxes(axesOf(rows)), isInterleaved);
  let stride = sizeOfAxes(mixed);
  const dims = new Array<readonly Axis[]>(all.length);
  for (const dim of [...heads, ...rows])
    dims[dim] = a.view.dims[dim]!.map((axis): Axis => {
      if (axis.isBatch) return axis;
      stride /= axis.size;
      return { size: axis.size, stride };
    });
  return { node, view: { offset: 0, dims }, stages: [] };
}

function multiply(
  r: Reading,
  sources: readonly [number, number],
  heads: number,
  m: number,
  isInterleaved: boolean,
): number {
  const op = {
    kind: 'matmul',
    heads,
    m,
    n: 1,
    k: 1,
    interleaved: [isInterleaved, false],
    scale: 1,
    ...UNBOUNDED,
  } as const;
  return r.add(op, sources, heads === 1 ? [m, 1] : [heads, m, 1]);
}
