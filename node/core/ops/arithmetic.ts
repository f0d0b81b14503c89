import { type DType, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { keepWhere, scalar, unbroadcast } from './gradient.ts';
import type { ForwardCall, InferCall, NamedType, Op, TensorType, VjpCall } from './op.ts';
import {
  type BigArray,
  FLOATS,
  isBigTensor,
  isFloat,
  NUMBERS,
  type NumberArray,
  namedAt,
  requireInput,
  tensorAt,
  typeAt,
  WIDE_NUMBERS,
} from './rule.ts';
import { broadcastDims, broadcastStrides, sameDims, viewOffsets } from './strides.ts';

/** A function of two elements in the three arithmetics: IEEE 754, wrapping 8 to 32 bit integers, wrapping 64 bit. */
export interface Pairwise {
  readonly float: (a: number, b: number) => number;
  readonly int: (a: number, b: number) => number;
  readonly big: (a: bigint, b: bigint) => bigint;
}

/** Type of an element-wise result: all inputs of one type, shapes broadcast. */
export function inferBroadcast(call: InferCall, types: readonly DType[]): TensorType {
  const inputs = call.inputs.map((_, index) => typeAt(call, index, types));
  const { dtype } = inputs[0]!;
  const shapes = inputs.map((input) => `[${input.dims.join(', ')}]`).join(' and ');
  requireInput(
    call,
    inputs.every((input) => input.dtype === dtype),
    `element types differ: ${inputs.map((input) => input.dtype).join(', ')}`,
  );
  const dims = broadcastDims(inputs.map((input) => input.dims));
  requireInput(call, dims !== undefined, `shapes ${shapes} do not broadcast`);
  return { dtype, dims };
}

/** Applies `f` to broadcast pairs; the result has the element type `dtype` (bool for comparisons). */
export function pairwise(f: Pairwise, a: Tensor, b: Tensor, out: Tensor): Tensor {
  const at = (t: Tensor) =>
    sameDims(t.dims, out.dims) ? undefined : viewOffsets(out.dims, broadcastStrides(t.dims, out.dims));
  const left = at(a);
  const right = at(b);
  const to = out.data as NumberArray;
  const count = to.length;
  if (isBigTensor(a)) {
    const [x, y] = [a.data as BigArray, b.data as BigArray];
    const cells = out.data as unknown as BigArray;
    for (let i = 0; i < count; i++) cells[i] = f.big(x[left ? left[i]! : i]!, y[right ? right[i]! : i]!);
    return out;
  }
  const g = isFloat(a.dtype) ? f.float : f.int;
  const [x, y] = [a.data as NumberArray, b.data as NumberArray];
  for (let i = 0; i < count; i++) to[i] = g(x[left ? left[i]! : i]!, y[right ? right[i]! : i]!);
  return out;
}

/** Gradients of an element-wise operator: each local one summed back to its input's shape. */
function spread(call: VjpCall, locals: readonly (() => string)[]): (string | undefined)[] {
  return locals.map((local, index) =>
    call.wanted[index] ? unbroadcast(call.emit, local(), call.outputs[0]!.dims, namedAt(call, index)) : undefined,
  );
}

type Locals = (call: VjpCall, g: string, a: NamedType, b: NamedType) => readonly (() => string)[];

function binary(
  op: string,
  since: number,
  f: Pairwise,
  locals: Locals,
  types = since < 14 ? WIDE_NUMBERS : NUMBERS,
): Op {
  return {
    op,
    domain: '',
    since,
    inputs: [2, 2],
    outputs: [1, 1],
    attributes: {},
    infer: (call) => [inferBroadcast(call, types)],
    forward: (call) => {
      const [type] = call.outputs;
      return [pairwise(f, tensorAt(call, 0), tensorAt(call, 1), zeros(type!.dtype, type!.dims))];
    },
    vjp: (call) => spread(call, locals(call, call.gradients[0]!, namedAt(call, 0), namedAt(call, 1))),
  };
}

/** Integer division has no result for a divisor of 0, and MIN / -1 kills onnxruntime's process (measured): both refused. */
function refuseUndefinedDivision(call: ForwardCall): void {
  const [a, b] = [tensorAt(call, 0), tensorAt(call, 1)];
  if (isFloat(b.dtype)) return;
  const divisors = Array.from(b.data, Number);
  requireInput(call, !divisors.includes(0), 'an integer is divided by zero');
  const lowest: Partial<Record<DType, number | bigint>> = { int32: -(2 ** 31), int64: -(2n ** 63n) };
  const least = lowest[a.dtype];
  const overflows = divisors.includes(-1) && (a.data as ArrayLike<number | bigint> & Iterable<number | bigint>);
  requireInput(call, !overflows || !Array.from(overflows).includes(least!), 'the least integer is divided by -1');
}

const ADD: Pairwise = { float: (a, b) => a + b, int: (a, b) => a + b, big: (a, b) => a + b };
const SUB: Pairwise = { float: (a, b) => a - b, int: (a, b) => a - b, big: (a, b) => a - b };
const MUL: Pairwise = { float: (a, b) => a * b, int: Math.imul, big: (a, b) => a * b };
const DIV: Pairwise = { float: (a, b) => a / b, int: (a, b) => Math.trunc(a / b), big: (a, b) => a / b };

const addGradient: Locals = (_call, g) => [() => g, () => g];
const subGradient: Locals = ({ emit }, g) => [() => g, () => emit.node('Neg', [g])];
const mulGradient: Locals = ({ emit }, g, a, b) => [
  () => emit.node('Mul', [g, b.name]),
  () => emit.node('Mul', [g, a.name]),
];
const divGradient: Locals = ({ emit, outputs }, g, _a, b) => {
  const quotient = () => emit.node('Div', [g, b.name]);
  return [quotient, () => emit.node('Neg', [emit.node('Mul', [quotient(), outputs[0]!.name])])];
};

/** Floats alone: what integers do beyond their range is not specified. */
const POW: Pairwise = { float: (a, b) => a ** b, int: Math.imul, big: (a, b) => a * b };
/** b a^(b-1), and y ln(a) where the base is positive: elsewhere the exponent has no derivative. */
const powGradient: Locals = ({ emit, outputs }, g, a, b) => [
  () => {
    const lower = emit.node('Pow', [a.name, emit.node('Sub', [b.name, emit.constant(scalar(b.dtype, 1))])]);
    return emit.node('Mul', [g, emit.node('Mul', [b.name, lower])]);
  },
  () => {
    const grown = emit.node('Mul', [g, emit.node('Mul', [outputs[0]!.name, emit.node('Log', [a.name])])]);
    return keepWhere(emit, emit.node('Greater', [a.name, emit.constant(scalar(a.dtype, 0))]), grown, a);
  },
];

/** Division checked before the elements are visited. */
function division(since: number): Op {
  const row = binary('Div', since, DIV, divGradient);
  return {
    ...row,
    forward: (call) => {
      refuseUndefinedDivision(call);
      return row.forward(call);
    },
  };
}

/** Operations of a fold over all inputs. */
export const perInput = (call: InferCall, outputs: readonly TensorType[]): number =>
  call.inputs.length * elementCount(outputs[0]!.dims);

const sum: Op = {
  op: 'Sum',
  domain: '',
  since: 8,
  inputs: [1, 1024],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => [inferBroadcast(call, FLOATS)],
  work: perInput,
  forward: (call) => {
    const { dtype, dims } = call.outputs[0]!;
    let total = zeros(dtype, dims);
    for (let i = 0; i < call.inputs.length; i++) total = pairwise(ADD, total, tensorAt(call, i), zeros(dtype, dims));
    return [total];
  },
  vjp: (call) =>
    spread(
      call,
      call.inputs.map(() => () => call.gradients[0]!),
    ),
};

export const ARITHMETIC: readonly Op[] = [
  ...[7, 14].flatMap((since) => [
    binary('Add', since, ADD, addGradient),
    binary('Sub', since, SUB, subGradient),
    binary('Mul', since, MUL, mulGradient),
    division(since),
  ]),
  ...[7, 12, 13, 15].map((since) => binary('Pow', since, POW, powGradient, FLOATS)),
  sum,
];
