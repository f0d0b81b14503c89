import { type DType, type Tensor, zeros } from '../tensor/tensor.ts';
import { keepWhere, scalar, scale } from './gradient.ts';
import type { NamedType, Op, VjpCall } from './op.ts';
import { FLOATS, isBigTensor, NUMBERS, namedAt, numbers, tensorAt, typeAt } from './rule.ts';

interface Unary {
  readonly op: string;
  readonly since: number;
  readonly types: readonly DType[];
  readonly f: (x: number) => number;
  readonly big?: (x: bigint) => bigint;
  /** dL/dx from g = dL/dy, x and y, all by name. */
  readonly gradient: (call: VjpCall, g: string, x: NamedType, y: NamedType) => string;
}

function map(t: Tensor, out: Tensor, f: (x: number) => number, call: Parameters<Op['forward']>[0]): Tensor {
  const from = numbers(call, t);
  const to = numbers(call, out);
  for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
  return out;
}

function unary({ op, since, types, f, big, gradient }: Unary): Op {
  return {
    op,
    domain: '',
    since,
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: {},
    infer: (call) => {
      const { dtype, dims } = typeAt(call, 0, types);
      return [{ dtype, dims }];
    },
    forward: (call) => {
      const x = tensorAt(call, 0);
      const out = zeros(x.dtype, x.dims);
      if (big === undefined || !isBigTensor(x)) return [map(x, out, f, call)];
      const data = out.data as BigInt64Array;
      for (let i = 0; i < data.length; i++) data[i] = big(x.data[i]!);
      return [out];
    },
    vjp: (call) => [gradient(call, call.gradients[0]!, namedAt(call, 0), call.outputs[0]!)],
  };
}

/** Error function to double precision by its all-positive series (Abramowitz & Stegun 7.1.6). */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size >= 6) return Math.sign(x);
  let term = size;
  let sum = size;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    sum += term;
  }
  return (Math.sign(x) * 2 * Math.exp(-size * size) * sum) / Math.sqrt(Math.PI);
}

const sigmoid = (x: number): number => {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
};

const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
const SIGNED: readonly DType[] = ['float32', 'float64', 'int8', 'int16', 'int32', 'int64'];

export const UNARY: readonly Op[] = [
  unary({
    op: 'Neg',
    since: 6,
    types: SIGNED,
    f: (x) => -x,
    big: (x) => -x,
    gradient: ({ emit }, g) => emit.node('Neg', [g]),
  }),
  unary({
    op: 'Abs',
    since: 6,
    types: NUMBERS,
    f: Math.abs,
    big: absolute,
    gradient: ({ emit }, g, x) => emit.node('Mul', [g, emit.node('Sign', [x.name])]),
  }),
  unary({
    op: 'Sign',
    since: 9,
    types: NUMBERS,
    f: Math.sign,
    big: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
    gradient: ({ emit }, g, x) => emit.node('Mul', [g, emit.constant(scalar(x.dtype, 0))]),
  }),
  ...[6, 14].map((since) =>
    unary({
      op: 'Relu',
      since,
      types: since < 14 ? FLOATS : SIGNED,
      f: (x) => Math.max(x, 0),
      big: (x) => (x < 0n ? 0n : x),
      gradient: ({ emit }, g, x) =>
        keepWhere(emit, emit.node('Greater', [x.name, emit.constant(scalar(x.dtype, 0))]), g, x),
    }),
  ),
  unary({
    op: 'Exp',
    since: 6,
    types: FLOATS,
    f: Math.exp,
    gradient: ({ emit }, g, _x, y) => emit.node('Mul', [g, y.name]),
  }),
  unary({
    op: 'Log',
    since: 6,
    types: FLOATS,
    f: Math.log,
    gradient: ({ emit }, g, x) => emit.node('Div', [g, x.name]),
  }),
  unary({
    op: 'Reciprocal',
    since: 6,
    types: FLOATS,
    f: (x) => 1 / x,
    gradient: ({ emit }, g, _x, y) => emit.node('Neg', [emit.node('Mul', [g, emit.node('Mul', [y.name, y.name])])]),
  }),
  unary({
    op: 'Softplus',
    since: 1,
    types: FLOATS,
    f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: ({ emit }, g, x) => emit.node('Mul', [g, emit.node('Sigmoid', [x.name])]),
  }),
  unary({
    op: 'Sqrt',
    since: 6,
    types: FLOATS,
    f: Math.sqrt,
    // At 0 the slope is infinite; like ORT's guarded gradients, nothing flows there.
    gradient: ({ emit }, g, x, y) => {
      const mask = emit.node('Greater', [y.name, emit.constant(scalar(y.dtype, 0))]);
      return keepWhere(emit, mask, emit.node('Div', [scale(emit, g, x.dtype, 0.5), y.name]), x);
    },
  }),
  unary({
    op: 'Tanh',
    since: 6,
    types: FLOATS,
    f: Math.tanh,
    gradient: ({ emit }, g, x, y) => {
      const slope = emit.node('Sub', [emit.constant(scalar(x.dtype, 1)), emit.node('Mul', [y.name, y.name])]);
      return emit.node('Mul', [g, slope]);
    },
  }),
  unary({
    op: 'Sigmoid',
    since: 6,
    types: FLOATS,
    f: sigmoid,
    gradient: ({ emit }, g, x, y) => {
      const rest = emit.node('Sub', [emit.constant(scalar(x.dtype, 1)), y.name]);
      return emit.node('Mul', [g, emit.node('Mul', [y.name, rest])]);
    },
  }),
  unary({
    op: 'Erf',
    since: 9,
    types: FLOATS,
    f: erf,
    gradient: ({ emit }, g, x) => {
      const bell = emit.node('Exp', [emit.node('Neg', [emit.node('Mul', [x.name, x.name])])]);
      return emit.node('Mul', [g, scale(emit, bell, x.dtype, 2 / Math.sqrt(Math.PI))]);
    },
  }),
];
