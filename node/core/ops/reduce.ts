import { int } from '../onnx/build.ts';
import { DTYPES, type DType, elementCount, zeros } from '../tensor/tensor.ts';
import { int64List, keepWhere, reduceSum, reshape, scale } from './gradient.ts';
import { type InferCall, type Op, stopGradient, type TensorType, type VjpCall } from './op.ts';
import {
  type BigArray,
  FLOATS,
  INTEGERS,
  intAttribute,
  integersAt,
  intsAttribute,
  isBigTensor,
  namedAt,
  normalAxes,
  normalAxis,
  numbers,
  tensorAt,
  typeAt,
} from './rule.ts';
import { rowMajor, viewOffsets } from './strides.ts';

type Call = Pick<InferCall, 'node' | 'opset'> & { readonly inputs: readonly (TensorType | undefined)[] };
interface Reduction {
  readonly op: string;
  /** Opset in which `axes` moved from attribute to input. */
  readonly axesInput: number;
  readonly types: readonly DType[];
  readonly start: number;
  readonly step: (sum: number, x: number) => number;
  readonly bigStep?: (sum: bigint, x: bigint) => bigint;
  readonly divide?: boolean;
  readonly gradient: (call: VjpCall, g: string, axes: readonly number[]) => string;
}

/** The axes that a node reduces; none given means all, or with noop_with_empty_axes none. */
function reducedAxes(call: InferCall, rank: number, axesInput: number): number[] {
  const given = call.opset < axesInput ? intsAttribute(call, 'axes') : integersAt(call, 1);
  if (given !== undefined && given.length > 0) return normalAxes(call, given, rank);
  const keepAll = call.opset >= axesInput && (intAttribute(call, 'noop_with_empty_axes') ?? 0) !== 0;
  return keepAll ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

const keepsDims = (call: Call): boolean => (intAttribute(call, 'keepdims') ?? 1) !== 0;
const onesAt = (dims: readonly number[], axes: readonly number[]) =>
  dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
const shrunk = (call: Call, dims: readonly number[], axes: readonly number[]): number[] =>
  keepsDims(call) ? onesAt(dims, axes) : dims.filter((_, axis) => !axes.includes(axis));

/** For every element of the input, the element of the output that it belongs to. */
function targets(dims: readonly number[], axes: readonly number[]): Uint32Array {
  const strides = rowMajor(onesAt(dims, axes));
  return viewOffsets(
    dims,
    strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
  );
}

function reduceNumbers(rule: Reduction, from: ArrayLike<number>, at: Uint32Array, count: number): Float64Array {
  const sums = new Float64Array(count).fill(rule.start);
  for (let i = 0; i < from.length; i++) sums[at[i]!] = rule.step(sums[at[i]!]!, from[i]!);
  if (rule.divide) for (let i = 0; i < count; i++) sums[i]! /= from.length / count;
  return sums;
}

function reduction(rule: Reduction, since: number): Op {
  const axesOf = (call: Call, rank: number) => reducedAxes(call as InferCall, rank, rule.axesInput);
  const asInput = since >= rule.axesInput;
  return {
    op: rule.op,
    domain: '',
    since,
    inputs: asInput ? [1, 2] : [1, 1],
    outputs: [1, 1],
    attributes: asInput ? { keepdims: 'int', noop_with_empty_axes: 'int' } : { keepdims: 'int', axes: 'ints' },
    infer: (call) => {
      const { dtype, dims } = typeAt(call, 0, rule.types);
      return [{ dtype, dims: shrunk(call, dims, axesOf(call, dims.length)) }];
    },
    forward: (call) => {
      const x = tensorAt(call, 0);
      const types = call.inputs.map((value) => value && { dtype: value.dtype, dims: value.dims, value });
      const at = targets(x.dims, axesOf({ ...call, inputs: types }, x.dims.length));
      const out = zeros(x.dtype, call.outputs[0]!.dims);
      if (isBigTensor(x)) {
        const sums = out.data as BigArray;
        for (let i = 0; i < x.data.length; i++) sums[at[i]!] = rule.bigStep!(sums[at[i]!]!, x.data[i]!);
      } else {
        numbers(call, out).set(reduceNumbers(rule, numbers(call, x), at, out.data.length));
      }
      return [out];
    },
    vjp: (call) => {
      const x = namedAt(call, 0);
      const axes = axesOf(call, x.dims.length);
      const g = keepsDims(call) ? call.gradients[0]! : reshape(call.emit, call.gradients[0]!, onesAt(x.dims, axes));
      return [rule.gradient(call, g, axes), ...call.inputs.slice(1).map(() => undefined)];
    },
  };
}

const expand = (call: VjpCall, g: string): string =>
  call.emit.node('Expand', [g, call.emit.constant(int64List(namedAt(call, 0).dims))]);

const SUM: Reduction = {
  op: 'ReduceSum',
  axesInput: 13,
  types: ['float32', 'float64', 'int32', 'int64'],
  start: 0,
  step: (sum, x) => sum + x,
  bigStep: (sum, x) => sum + x,
  gradient: (call, g) => expand(call, g),
};
const MEAN: Reduction = {
  ...SUM,
  op: 'ReduceMean',
  axesInput: 18,
  types: FLOATS,
  divide: true,
  gradient: (call, g, axes) => {
    const x = namedAt(call, 0);
    const count = elementCount(axes.map((axis) => x.dims[axis]!));
    return expand(call, scale(call.emit, g, x.dtype, 1 / count));
  },
};
const MAXIMUM: Reduction = {
  op: 'ReduceMax',
  axesInput: 18,
  types: [...FLOATS, 'int32'],
  start: Number.NEGATIVE_INFINITY,
  step: Math.max,
  // Ties share the gradient evenly.
  gradient: (call, g, axes) => {
    const { emit } = call;
    const [x, y] = [namedAt(call, 0), call.outputs[0]!];
    const top = keepsDims(call) ? y.name : reshape(emit, y.name, onesAt(x.dims, axes));
    const mask = emit.node('Equal', [x.name, top]);
    const ties = reduceSum(emit, emit.node('Cast', [mask], { to: int(DTYPES[x.dtype].onnx) }), axes, 1);
    return keepWhere(emit, mask, emit.node('Div', [g, ties]), x);
  },
};

const argMax = (since: number): Op => ({
  op: 'ArgMax',
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { axis: 'int', keepdims: 'int', ...(since < 12 ? {} : { select_last_index: 'int' }) },
  infer: (call) => {
    const { dims } = typeAt(call, 0, [...FLOATS, ...INTEGERS]);
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, dims.length);
    return [{ dtype: 'int64', dims: shrunk(call, dims, [axis]) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, x.dims.length);
    const last = (intAttribute(call, 'select_last_index') ?? 0) !== 0;
    const out = zeros('int64', call.outputs[0]!.dims);
    const at = targets(x.dims, [axis]);
    const stride = rowMajor(x.dims)[axis]!;
    const best: (number | bigint | undefined)[] = new Array(out.data.length);
    for (let i = 0; i < x.data.length; i++) {
      const [cell, value] = [at[i]!, x.data[i]!];
      const top = best[cell];
      if (top !== undefined && !(value > top) && !(last && value === top)) continue;
      best[cell] = value;
      out.data[cell] = BigInt(Math.floor(i / stride) % x.dims[axis]!);
    }
    return [out];
  },
  vjp: stopGradient,
});

export const REDUCE: readonly Op[] = [
  reduction(SUM, 11),
  reduction(SUM, 13),
  reduction(MEAN, 11),
  reduction(MEAN, 18),
  reduction(MAXIMUM, 11),
  reduction(MAXIMUM, 18),
  argMax(11),
  argMax(12),
];
