import { OpInputRefused } from '../../../ops/errors.ts';
import { type Window, windowOf } from '../../../ops/window.ts';
import { type Geometry, UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { type Axis, isComplete, isRowMajor, singleBatchAt, sizeOfAxes, viewOf } from '../view.ts';
import { placesOf, rowMajorView } from './normalise.ts';

export const LINEAR_RULES: Readonly<Record<string, (reading: Reading) => Value>> = {
  Gemm: readGemm,
  MatMul: readMatMul,
  Conv: readConv,
};

/** Weights that dilation may make of a kernel. */
const MAX_WEIGHTS = 67_108_864;

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

const swapLast = ({ node, view, stages }: Value): Value => ({
  node,
  view: { ...view, dims: view.dims.with(-1, view.dims.at(-2)!).with(-2, view.dims.at(-1)!) },
  stages,
});

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

/** a [.., M, K] times b [.., K, N], both computed. */
function matMulOf(r: Reading, left: Value, right: Value): Value {
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

/** The window of a node over images, dilation not included; refused by name where it is none. */
export function windowAt(r: Reading, spatial: readonly number[], kernel?: readonly [number, number]): Window {
  try {
    return windowOf({ node: r.node, opset: r.network.opset }, spatial, kernel);
  } catch (error) {
    if (error instanceof OpInputRefused) throw r.refuse(error.why);
    throw error;
  }
}

export function geometryOf(window: Window, [channels, height, width]: readonly number[]): Geometry {
  return {
    height: height!,
    width: width!,
    channels: channels!,
    kernel: window.kernel,
    strides: window.strides,
    padTop: window.before[0],
    padLeft: window.before[1],
    output: window.output,
  };
}

/** Images [C, H, W] as the node that holds them as [H, W, C]. */
export function imageAt(r: Reading, value: Value): { readonly node: number; readonly shape: readonly number[] } {
  r.requireRows(value, 4);
  return { node: r.packed(value, [2, 3, 1]), shape: r.shape(value).slice(1) };
}

/** The value [batch, C, H, W] over images [H, W, C]. */
export const overImages = (r: Reading, node: number, [height, width, channels]: readonly number[]): Value => ({
  node,
  view: viewOf(r.network.batch, [channels!, height!, width!], [2, 0, 1]),
  stages: [],
});

function readConv(r: Reading): Value {
  const { group } = r.numbers({ group: 1 }, ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides']);
  const { node, shape } = imageAt(r, r.settledValue(0));
  const { dims, data } = r.floats(1);
  const [n = 0, depth = 0, rows = 0, columns = 0] = dims;
  if (dims.length !== 4 || n === 0 || depth * group !== shape[0] || n % group !== 0)
    throw r.refuse(`its weights [${dims.join(', ')}] in ${group} groups do not fit images of ${shape[0]} channels`);
  const window = windowAt(r, shape.slice(1), [rows, columns]);
  const kernel = window.kernel.map((size, at) => window.dilations[at]! * (size - 1) + 1) as [number, number];
  if (n * kernel[0] * kernel[1] * depth > MAX_WEIGHTS)
    throw r.refuse(`its dilated kernels have ${n} x ${kernel[0]} x ${kernel[1]} x ${depth} weights`);
  const weight = new Float64Array(n * kernel[0] * kernel[1] * depth);
  const [down, right] = window.dilations;
  for (let at = 0; at < data.length; at++) {
    const [y, x] = [Math.floor(at / columns) % rows, at % columns];
    const c = Math.floor(at / (columns * rows)) % depth;
    const o = Math.floor(at / (columns * rows * depth));
    weight[((o * kernel[0] + y * down) * kernel[1] + x * right) * depth + c] = data[at]!;
  }
  const bias = r.has(2) ? r.floats(2).data : new Float64Array(n);
  if (bias.length !== n) throw r.refuse(`it has ${bias.length} biases for ${n} outputs`);
  const geometry = { ...geometryOf(window, shape), kernel };
  const out = [...window.output, n];
  return overImages(
    r,
    r.add({ kind: 'conv', geometry, groups: group, n, weight, bias, ...UNBOUNDED }, [node], out),
    out,
  );
}
