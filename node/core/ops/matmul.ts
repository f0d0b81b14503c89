import { int } from '../onnx/build.ts';
import { type DType, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { reshape, transposeLast, unbroadcast } from './gradient.ts';
import type { ForwardCall, InferCall, NamedType, Op, TensorType, VjpCall } from './op.ts';
import { FLOATS, namedAt, numbers, requireInput, tensorAt, typeAt } from './rule.ts';
import { broadcastDims, broadcastStrides, viewOffsets } from './strides.ts';

/** A matrix inside a larger array: where it starts and how far apart rows and columns are. */
export interface Matrix {
  readonly data: ArrayLike<number>;
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

/** out[m, n] = a[m, k] b[k, n] from `start` on, each element summed in float64 (exact for 8-bit integers). */
export function multiply(
  a: Matrix,
  b: Matrix,
  [m, k, n]: readonly [number, number, number],
  out: { [index: number]: number },
  start: number,
): void {
  const sums = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    sums.fill(0);
    for (let p = 0; p < k; p++) {
      const left = a.data[a.start + i * a.row + p * a.column]!;
      let at = b.start + p * b.row;
      for (let j = 0; j < n; j++, at += b.column) sums[j]! += left * b.data[at]!;
    }
    for (let j = 0; j < n; j++) out[start + i * n + j] = sums[j]!;
  }
}

/** How numpy.matmul reads two shapes: one-dimensional operands get a helper axis that the result loses again. */
interface Plan {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly batch: readonly number[];
  /** Shape with the helper axes. */
  readonly full: readonly number[];
  readonly dims: readonly number[];
}

function plan(call: InferCall | VjpCall | ForwardCall, a: readonly number[], b: readonly number[]): Plan {
  requireInput(call, a.length > 0 && b.length > 0, 'scalars cannot be multiplied as matrices');
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [k, depth] = [left.at(-1)!, right.at(-2)!];
  requireInput(call, k === depth, `[${a.join(', ')}] has ${k} columns, [${b.join(', ')}] has ${depth} rows`);
  const batch = broadcastDims([left.slice(0, -2), right.slice(0, -2)]);
  requireInput(call, batch !== undefined, `batches of [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
  const full = [...batch, left.at(-2)!, right.at(-1)!];
  const dims = full.filter(
    (_, axis) => !(axis === full.length - 2 && a.length === 1) && !(axis === full.length - 1 && b.length === 1),
  );
  return { left, right, batch, full, dims };
}

/** Multiplies every matrix of the batch into `out`; `a` and `b` may have had their zero points removed. */
function multiplyBatches(
  { left, right, batch }: Plan,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  out: { [index: number]: number },
): void {
  const [m, k, n] = [left.at(-2)!, left.at(-1)!, right.at(-1)!];
  const offsets = (dims: readonly number[]) => {
    const size = dims.at(-2)! * dims.at(-1)!;
    const strides = broadcastStrides(dims.slice(0, -2), batch);
    return viewOffsets(
      batch,
      strides.map((stride) => stride * size),
    );
  };
  const [lefts, rights] = [offsets(left), offsets(right)];
  for (let i = 0; i < lefts.length; i++) {
    const x = { data: a, start: lefts[i]!, row: k, column: 1 };
    const y = { data: b, start: rights[i]!, row: n, column: 1 };
    multiply(x, y, [m, k, n], out, i * m * n);
  }
}

const shapesOf = (call: InferCall, types: readonly DType[]) =>
  [typeAt(call, 0, types), typeAt(call, 1, types)] as const;

const work = (call: InferCall, outputs: readonly TensorType[]): number =>
  elementCount(outputs[0]!.dims) * (call.inputs[0]!.dims.at(-1) ?? 1);

/** dA = dY Bᵀ and dB = Aᵀ dY on the shapes with helper axes, summed over broadcast batches. */
function matMulGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const [a, b] = [namedAt(call, 0), namedAt(call, 1)];
  const shape = plan(call, a.dims, b.dims);
  const view = (type: { readonly dims: readonly number[] }, name: string, dims: readonly number[]) =>
    type.dims.length === dims.length ? name : reshape(emit, name, dims);
  const g = view(call.outputs[0]!, call.gradients[0]!, shape.full);
  const product = (x: string, y: string, transA: 0 | 1, input: NamedType, dims: readonly number[]) => {
    const flat = shape.full.length === 2;
    const turned = (name: string, rank: number) => transposeLast(emit, name, rank);
    const whole = [...shape.batch, ...dims.slice(-2)];
    if (flat) return view({ dims }, emit.node('Gemm', [x, y], { [transA ? 'transA' : 'transB']: int(1) }), input.dims);
    const rank = transA ? shape.left.length : shape.right.length;
    const full = transA ? emit.node('MatMul', [turned(x, rank), y]) : emit.node('MatMul', [x, turned(y, rank)]);
    return view({ dims }, unbroadcast(emit, full, whole, { dtype: input.dtype, dims }), input.dims);
  };
  return [
    call.wanted[0] ? product(g, view(b, b.name, shape.right), 0, a, shape.left) : undefined,
    call.wanted[1] ? product(view(a, a.name, shape.left), g, 1, b, shape.right) : undefined,
  ];
}

const matMul = (since: number): Op => ({
  op: 'MatMul',
  domain: '',
  since,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const [a, b] = shapesOf(call, FLOATS);
    requireInput(call, a.dtype === b.dtype, `element types differ: ${a.dtype} and ${b.dtype}`);
    return [{ dtype: a.dtype, dims: plan(call, a.dims, b.dims).dims }];
  },
  work,
  forward: (call) => {
    const [a, b] = [tensorAt(call, 0), tensorAt(call, 1)];
    const out = zeros(a.dtype, call.outputs[0]!.dims);
    multiplyBatches(plan(call, a.dims, b.dims), numbers(call, a), numbers(call, b), numbers(call, out));
    return [out];
  },
  vjp: matMulGradient,
});

const BYTES: readonly DType[] = ['uint8', 'int8'];

/** Type check of an optional zero point: one value, or for B one per column (onnxruntime refuses one per row of A). */
function checkZeroPoint(call: InferCall, index: number, operand: TensorType, columns: number): void {
  if (call.inputs[index] === undefined) return;
  const { dtype, dims } = typeAt(call, index, BYTES);
  requireInput(call, dtype === operand.dtype, `zero point ${index} is ${dtype}, its operand is ${operand.dtype}`);
  const single = dims.length <= 1 && elementCount(dims) === 1;
  const perColumn = dims.length === 1 && dims[0] === columns;
  requireInput(call, single || perColumn, `zero point ${index} has shape [${dims.join(', ')}]`);
}

/** Elements less their zero point; one per element of the last axis when there are several. */
export function centred(call: ForwardCall, operand: Tensor, zeroPoint: Tensor | undefined): Int16Array {
  const centredCells = Int16Array.from(numbers(call, operand));
  if (zeroPoint === undefined) return centredCells;
  const zero = numbers(call, zeroPoint);
  for (let i = 0; i < centredCells.length; i++) centredCells[i]! -= zero[i % zero.length]!;
  return centredCells;
}

/** Sums wrap to int32 as in onnxruntime (measured); exact versions never get near (verification 3.1). */
const matMulInteger: Op = {
  op: 'MatMulInteger',
  domain: '',
  since: 10,
  inputs: [2, 4],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const [a, b] = shapesOf(call, BYTES);
    checkZeroPoint(call, 2, a, 1);
    checkZeroPoint(call, 3, b, b.dims.length > 1 ? b.dims.at(-1)! : 1);
    return [{ dtype: 'int32', dims: plan(call, a.dims, b.dims).dims }];
  },
  work,
  forward: (call) => {
    const [a, b] = [tensorAt(call, 0), tensorAt(call, 1)];
    const out = zeros('int32', call.outputs[0]!.dims);
    const left = centred(call, a, call.inputs[2]);
    multiplyBatches(plan(call, a.dims, b.dims), left, centred(call, b, call.inputs[3]), out.data);
    return [out];
  },
};

export const MATMUL: readonly Op[] = [matMul(9), matMulInteger];
