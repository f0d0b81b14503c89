import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { type Axis, isComplete, isRowMajor, sizeOfAxes } from '../view.ts';
import { matMulOf } from './attention.ts';
import { placesOf, rowMajorView, swapLast } from './normalise.ts';

export const LINEAR_RULES: Readonly<Record<string, (reading: Reading) => Value>> = {
  Gemm: readGemm,
  MatMul: readMatMul,
};

/**
 * A dense layer over the last dimension. The order of the other dimensions is carried through, and that of the last one
 * goes into the weights, as long as the last dimension's elements lie together.
 * @param weight [N, K]
 */
function denseOf(r: Reading, value: Value, weight: Float64Array, bias: Float64Array): Value {
  const lie = r.settle(value);
  const last = lie.view.dims.at(-1)!;
  const together = isRowMajor(
    last.toSorted((a, b) => b.stride - a.stride),
    sizeOfAxes(last),
  );
  const keeps = together && isComplete(lie.view, r.sampleSize(lie));
  const source = keeps
    ? lie
    : {
        node: r.packed(
          lie,
          lie.view.dims.map((_, dim) => dim),
        ),
        view: rowMajorView(lie),
        stages: [],
      };
  const axes = source.view.dims.at(-1)!;
  const k = sizeOfAxes(axes);
  const n = bias.length;
  const places = placesOf(axes);
  const moved = new Float64Array(weight.length);
  for (let c = 0; c < n; c++) for (let i = 0; i < k; i++) moved[c * k + places[i]!] = weight[c * k + i]!;
  const positions = r.sampleSize(source) / k;
  const op = { kind: 'dense', k, n, weight: moved, bias, ...UNBOUNDED } as const;
  const node = r.add(op, [source.node], positions === 1 ? [n] : [positions, n]);
  const spaced = (axis: Axis): Axis => (axis.isBatch ? axis : { ...axis, stride: (axis.stride / k) * n });
  const dims = source.view.dims.slice(0, -1).map((lead) => lead.map(spaced));
  return { node, view: { offset: 0, dims: [...dims, n === 1 ? [] : [{ size: n, stride: 1 }]] }, stages: [] };
}

/** A constant matrix as [columns, rows]. */
function turned(data: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j]!;
  return result;
}

function readGemm(r: Reading): Value {
  const { alpha, beta, transA, transB } = r.numbers({ alpha: 1, beta: 1, transA: 0, transB: 0 });
  if (transA !== 0) throw r.refuse('transA is set, which mixes the rows of a batch');
  const value = r.value(0);
  if (value.view.dims.length !== 2 || value.view.dims[1]!.some(({ isBatch }) => isBatch)) r.requireRows(value, 2);
  const k = r.shape(value)[1]!;
  const { dims, data } = r.floats(1);
  const [rows, columns] = transB === 0 ? [dims[0], dims[1]] : [dims[1], dims[0]];
  if (dims.length !== 2 || rows !== k || columns === undefined || columns === 0)
    throw r.refuse(`its weights have shape [${dims.join(', ')}] for samples of ${k} elements`);
  const weight = (transB === 0 ? turned(data, k, columns) : data).map((w) => w * alpha);
  const bias = new Float64Array(columns);
  if (r.has(2)) {
    const c = r.floats(2);
    const last = c.dims.at(-1) ?? 1;
    if (c.data.length !== last || (last !== 1 && last !== columns))
      throw r.refuse(`its bias of shape [${c.dims.join(', ')}] is not one per output`);
    for (let n = 0; n < columns; n++) bias[n] = c.data[n % last]! * beta;
  }
  return denseOf(r, value, weight, bias);
}

function readMatMul(r: Reading): Value {
  r.numbers({});
  if (r.isConstant(1)) return matMulConstant(r, r.value(0), 1, false);
  if (!r.isConstant(0)) return matMulOf(r, r.settledValue(0), r.settledValue(1));
  const value = r.value(1);
  if (value.view.dims.length < 3) throw r.refuse('the constant is its left operand, which mixes the rows of a batch');
  return swapLast(matMulConstant(r, swapLast(value), 0, true));
}

/** @param isTurned the constant is [N, K] already */
function matMulConstant(r: Reading, value: Value, index: number, isTurned: boolean): Value {
  const { dims, data } = r.floats(index);
  const last = value.view.dims.at(-1)!;
  if (value.view.dims.length < 2 || last.some(({ isBatch }) => isBatch)) r.requireRows(value, 2);
  const k = sizeOfAxes(last);
  const [rows = 0, columns = 0] = dims.slice(-2);
  const [own, n] = isTurned ? [columns, rows] : [rows, columns];
  if (dims.length < 2 || data.length !== rows * columns || own !== k || n === 0)
    throw r.refuse(`its weights have shape [${dims.join(', ')}] for samples of ${r.shown(value.view)}`);
  return denseOf(r, value, isTurned ? data : turned(data, k, n), new Float64Array(n));
}
