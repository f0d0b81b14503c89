import { sqrt } from '../functions.ts';
import { UNBOUNDED } from '../ir.ts';
import type { Reading, Stage, Value } from '../reading.ts';
import { type Axis, isComplete, sampleAxes, sizeOfAxes, stridesOf, type View } from '../view.ts';
import { HIDDEN, isMask, masked } from './mask.ts';
import { layerNormOf } from './normalise.ts';
import { productOf } from './product.ts';
import { functionOf, powerOf } from './unary.ts';

type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div';

const COMBINE: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

const binary = (op: BinaryOp) => (r: Reading) => readBinary(r, op);

export const BINARY_RULES: Readonly<Record<string, (reading: Reading) => Value>> = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  Div: binary('Div'),
  Pow: readPow,
  Sum: readSum,
  Min: (r) => readBound(r, (bound) => ({ kind: 'clip', lo: Number.NEGATIVE_INFINITY, hi: bound })),
  Max: (r) => readBound(r, (bound) => ({ kind: 'clip', lo: bound, hi: Number.POSITIVE_INFINITY })),
  BatchNormalization: readBatchNormalization,
};

function readBinary(r: Reading, op: BinaryOp): Value {
  r.numbers({});
  const [left, right] = [r.isConstant(0), r.isConstant(1)];
  if (left || right) return withConstant(r, op, left ? 1 : 0);
  return partOfNorm(r, op) ?? ofTwo(r, op, r.value(0), r.value(1));
}

/** The value at input `index` and the constant at the other one. */
function withConstant(r: Reading, op: BinaryOp, index: 0 | 1): Value {
  const raw = r.raw(index);
  if (op === 'Add' && raw.pattern?.kind === 'variance')
    return { ...raw, pattern: { kind: 'varianceEps', of: raw.pattern.of, eps: r.scalar(1 - index) } };
  if (op === 'Mul' && raw.pattern?.kind === 'centred') throw r.refuse('it scales a part of a layer normalisation');
  const value = r.plain(raw, index);
  const constants = spread(r, value, 1 - index, op === 'Add');
  if (op === 'Add' && isMask(constants)) {
    const finite = constants.map((c) => (c <= HIDDEN ? 0 : c));
    return masked(r, affineOf(r, value, new Float64Array(finite.length).fill(1), finite), constants);
  }
  if (op === 'Div' && index === 1) {
    if (!constants.every((c) => c === constants[0])) throw r.refuse('it divides different constants by a value');
    const [c] = constants;
    return r.staged(value, { kind: 'pointwise', apply: (x) => c! / x });
  }
  if (op === 'Div' && constants.includes(0))
    throw r.refuse('it divides by 0', 'Remove constant features from the training data.');
  const scale = constants.map((c) => (op === 'Mul' ? c : op === 'Div' ? 1 / c : op === 'Sub' && index === 1 ? -1 : 1));
  const shift = constants.map((c) => (op === 'Add' || (op === 'Sub' && index === 1) ? c : op === 'Sub' ? -c : 0));
  return affineOf(r, value, scale, shift);
}

/** `scale x + shift` with constants over the value's sample in its logical order. */
export function affineOf(r: Reading, value: Value, scale: Float64Array, shift: Float64Array): Value {
  const uniform = scale.every((s, at) => s === scale[0] && shift[at] === shift[0]);
  if (uniform) return r.staged(value, { kind: 'affine', scale: scale[0]!, shift: shift[0]! });
  const whole = r.complete(r.settle(value));
  const { dims } = r.network.nodes[whole.node]!;
  const [s, b] = shortest(r.scattered(whole, scale), r.scattered(whole, shift), dims.at(-1)!);
  return r.over(whole, r.add({ kind: 'affine', scale: s, shift: b }, [whole.node], dims));
}

/** One period where both lists repeat with that period, otherwise all. */
function shortest(scale: Float64Array, shift: Float64Array, period: number): [Float64Array, Float64Array] {
  const repeats = (list: Float64Array): boolean => list.every((value, at) => value === list[at % period]);
  return repeats(scale) && repeats(shift) ? [scale.slice(0, period), shift.slice(0, period)] : [scale, shift];
}

/** Constant input `index` spread over one row of the value, in its logical order (multidirectional broadcasting). */
export function spread(r: Reading, value: Value, index: number, mayHide = false): Float64Array {
  const constant = r.constant(index).dtype === 'bool' ? r.flags(index) : r.floats(index, mayHide);
  const shape = value.view.dims.map((axes) => sizeOfAxes(axes.filter(({ isBatch }) => !isBatch)));
  const own = [...new Array<number>(Math.max(0, shape.length - constant.dims.length)).fill(1), ...constant.dims];
  const rows = value.view.dims.map((axes) => axes.some(({ isBatch }) => isBatch));
  const batchAt = rows.indexOf(true);
  let { data } = constant;
  // Expanded to the batch by the exporter: one row of equal ones.
  if (own.length === shape.length && own[batchAt] === r.network.batch && batchAt === 0 && shape[0] === 1) {
    const size = data.length / own[0]!;
    if (data.every((c, at) => c === data[at % size])) [own[0], data] = [1, data.slice(0, size)];
  }
  if (own.length !== shape.length || own.some((dim, axis) => dim !== 1 && (rows[axis] || dim !== shape[axis])))
    throw r.refuse(
      `its constant of shape [${constant.dims.join(', ')}] does not spread over samples of ${r.shown(value.view)}`,
    );
  const strides = stridesOf(own);
  const walk = shape.map((size, axis): Axis[] => [{ size, stride: own[axis] === 1 ? 0 : strides[axis]! }]);
  return gathered(data, walk.flat());
}

function gathered(data: Float64Array, axes: readonly Axis[]): Float64Array {
  const result = new Float64Array(sizeOfAxes(axes));
  for (let at = 0; at < result.length; at++) {
    let [rest, from] = [at, 0];
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size, stride } = axes[axis]!;
      from += (rest % size) * stride;
      rest = Math.floor(rest / size);
    }
    result[at] = data[from]!;
  }
  return result;
}

const sameView = (a: View, b: View): boolean => JSON.stringify(a) === JSON.stringify(b);
/** Whether two values are the same elements. */
export const sameValue = (a: Value, b: Value): boolean =>
  a.node === b.node &&
  a.stages.length === b.stages.length &&
  a.stages.every((stage, at) => stage === b.stages[at]) &&
  sameView(a.view, b.view);

function ofTwo(r: Reading, op: BinaryOp, a: Value, b: Value): Value {
  if (a.node === b.node && sameView(a.view, b.view)) return ofOneRoot(op, a, b);
  if (op === 'Mul') return productOf(r, r.settle(a), r.settle(b));
  if (op === 'Div') {
    const inverse = r.staged(b, { kind: 'pointwise', apply: (x) => 1 / x });
    return productOf(r, r.settle(a), r.settle(inverse));
  }
  return addOf(r, r.settle(a), r.settle(b), op === 'Sub' ? -1 : 1);
}

/** Both are functions of the same elements, as in x * sigmoid(x): so is the result. */
function ofOneRoot(op: BinaryOp, a: Value, b: Value): Value {
  let common = 0;
  while (common < a.stages.length && a.stages[common] === b.stages[common]) common += 1;
  const [f, g] = [functionOf(a.stages.slice(common)), functionOf(b.stages.slice(common))];
  const combine = COMBINE[op];
  const stage: Stage = { kind: 'pointwise', apply: (x) => combine(f(x), g(x)) };
  return { ...a, stages: [...a.stages.slice(0, common), stage] };
}

/** left + sign * right; a dimension of 1 spreads over the other's. */
function addOf(r: Reading, left: Value, right: Value, sign: 1 | -1): Value {
  const shape = broadcastShape(r, left, right);
  const [a, b] = [expanded(r, left, shape), expanded(r, right, shape)];
  const isBackward = isComplete(b.view, r.sampleSize(b)) && !isComplete(a.view, r.sampleSize(a));
  const [first, second] = isBackward ? [b, a] : [a, b];
  const base = r.complete(first);
  const { dims } = r.network.nodes[base.node]!;
  const factors: readonly [number, number] = isBackward ? [sign, 1] : [1, sign];
  const op = { kind: 'add', factors, shift: 0, ...UNBOUNDED } as const;
  return r.over(base, r.add(op, [base.node, r.packedLike(second, base)], dims));
}

export function broadcastShape(r: Reading, a: Value, b: Value): number[] {
  const [x, y] = [r.shape(a), r.shape(b)];
  if (x.length !== y.length || x.some((dim, axis) => dim !== y[axis] && dim !== 1 && y[axis] !== 1))
    throw r.refuse(`it combines samples of ${r.shown(a.view)} and ${r.shown(b.view)}`);
  return x.map((dim, axis) => Math.max(dim, y[axis]!));
}

/** The view with dimensions of 1 repeated. */
export function expanded(r: Reading, value: Value, shape: readonly number[]): Value {
  if (String(r.shape(value)) === String(shape)) return value;
  const dims = value.view.dims.map((axes, at) => {
    const size = sizeOfAxes(axes);
    if (size === shape[at]) return axes;
    if (size !== 1 || axes.some(({ isBatch }) => isBatch))
      throw r.refuse(`it spreads ${r.shown(value.view)} to [${shape.join(', ')}]`);
    return [{ size: shape[at]!, stride: 0 }];
  });
  return { ...value, view: { ...value.view, dims } };
}

/** Steps of (x - mean) / sqrt(variance + eps) that the exporter wrote out. */
function partOfNorm(r: Reading, op: BinaryOp): Value | undefined {
  const [a, b] = [r.raw(0), r.raw(1)];
  const [left, right] = [a.pattern, b.pattern];
  if (op === 'Sub' && left === undefined && right?.kind === 'mean' && sameValue(right.of, a))
    return { ...a, pattern: { kind: 'centred', of: a } };
  if (op === 'Mul' && left?.kind === 'centred' && right?.kind === 'centred' && sameValue(left.of, right.of))
    return { ...a, pattern: { kind: 'squared', of: left.of } };
  if (op === 'Div' && left?.kind === 'centred' && right?.kind === 'deviation' && sameValue(left.of, right.of))
    return layerNormOf(r, left.of, 1, right.eps);
  if (op === 'Mul') {
    const [x, scale] = left?.kind === 'centred' ? [left, right] : [right, left];
    if (x?.kind === 'centred' && scale?.kind === 'inverseDeviation' && sameValue(x.of, scale.of))
      return layerNormOf(r, x.of, 1, scale.eps);
  }
  return undefined;
}

function readPow(r: Reading): Value {
  r.numbers({});
  const raw = r.raw(0);
  const exponent = r.scalar(1);
  if (exponent === 2 && raw.pattern?.kind === 'centred')
    return { ...raw, pattern: { kind: 'squared', of: raw.pattern.of } };
  const apply = powerOf(exponent);
  if (apply === undefined) throw r.refuse(`it raises to the power ${exponent}`, 'Use whole and half exponents.');
  return r.staged(r.value(0), { kind: 'pointwise', apply });
}

function readSum(r: Reading): Value {
  r.numbers({});
  let total = r.value(0);
  for (let index = 1; index < r.node.inputs.length; index++) total = ofTwo(r, 'Add', total, r.value(index));
  return total;
}

function readBound(r: Reading, of: (bound: number) => Stage): Value {
  r.numbers({});
  if (r.node.inputs.length !== 2) throw r.refuse(`it has ${r.node.inputs.length} inputs`);
  const isFirst = r.isConstant(0);
  return r.staged(r.value(isFirst ? 1 : 0), of(r.scalar(isFirst ? 0 : 1)));
}

function readBatchNormalization(r: Reading): Value {
  const { epsilon, training_mode } = r.numbers({ epsilon: 1e-5, momentum: 0.9, training_mode: 0 });
  if (training_mode !== 0) throw r.refuse('it is in training mode', 'Export the model for inference.');
  const value = r.value(0);
  r.requireRows(value);
  const channels = r.shape(value)[1] ?? 0;
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((index) => r.floats(index).data) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  if ([gamma, beta, mean, variance].some(({ length }) => length !== channels))
    throw r.refuse(`it has ${gamma.length} channels for samples of ${r.shown(value.view)}`);
  const size = sizeOfAxes(sampleAxes(value.view));
  const channelOf = (at: number): number => Math.floor((at * channels) / size);
  const factor = gamma.map((g, c) => g / sqrt(variance[c]! + epsilon));
  const offset = beta.map((b, c) => b - mean[c]! * factor[c]!);
  return affineOf(
    r,
    value,
    Float64Array.from({ length: size }, (_, at) => factor[channelOf(at)]!),
    Float64Array.from({ length: size }, (_, at) => offset[channelOf(at)]!),
  );
}
