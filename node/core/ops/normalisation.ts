import { elementCount, zeros } from '../tensor/tensor.ts';
import { reduceSum, reshape, scalar, scale } from './gradient.ts';
import type { Emit, InferCall, NamedType, Op, VjpCall } from './op.ts';
import {
  FLOATS,
  floatAttribute,
  intAttribute,
  namedAt,
  normalAxis,
  numbers,
  requireInput,
  tensorAt,
  typeAt,
} from './rule.ts';
import { sameDims } from './strides.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

const epsilonOf = (call: Call): number => floatAttribute(call, 'epsilon') ?? Math.fround(1e-5);

/** 1 / sqrt(variance + epsilon) by name. */
function inverseDeviation(emit: Emit, variance: string, x: NamedType, epsilon: number): string {
  const spread = emit.node('Sqrt', [emit.node('Add', [variance, emit.constant(scalar(x.dtype, epsilon))])]);
  return emit.node('Div', [emit.constant(scalar(x.dtype, 1)), spread]);
}

/** Every input of a normalisation has one element type and one shape. */
function requireAll(call: InferCall, from: number, dtype: 'float32' | 'float64', dims: readonly number[]): void {
  for (let index = from; index < call.inputs.length; index++) {
    if (call.inputs[index] === undefined) continue;
    const given = typeAt(call, index, [dtype]).dims;
    const shape = `input ${index} has shape [${given.join(', ')}], expected [${dims.join(', ')}]`;
    requireInput(call, sameDims(given, dims), shape);
  }
}

/** scale, B, mean and variance of a BatchNormalization, [C] each, as its gradient sees them. */
function batchGradient(call: VjpCall): (string | undefined)[] {
  const { emit, wanted } = call;
  const [x, s] = [namedAt(call, 0), namedAt(call, 1)];
  const g = call.gradients[0]!;
  const perChannel = [x.dims[1]!, ...x.dims.slice(2).map(() => 1)];
  const spread = (name: string) => reshape(emit, name, perChannel);
  const others = x.dims.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const sums = (name: string) => reduceSum(emit, name, others, 0);
  const inverse = inverseDeviation(emit, namedAt(call, 4).name, x, epsilonOf(call));
  const slope = emit.node('Mul', [s.name, inverse]);
  const centred = () => emit.node('Sub', [x.name, spread(namedAt(call, 3).name)]);
  const along = () => emit.node('Mul', [sums(emit.node('Mul', [g, centred()])), inverse]);
  const bySquare = () => emit.node('Mul', [emit.node('Mul', [along(), slope]), inverse]);
  const local: readonly (() => string)[] = [
    () => emit.node('Mul', [g, spread(slope)]),
    along,
    () => sums(g),
    () => emit.node('Neg', [emit.node('Mul', [sums(g), slope])]),
    () => scale(emit, bySquare(), x.dtype, -0.5),
  ];
  return local.map((rule, index) => (wanted[index] ? rule() : undefined));
}

/** Inference only: the running mean and variance are inputs. Training statistics would need outputs that it has not. */
const batchNormalization = (since: number): Op => ({
  op: 'BatchNormalization',
  domain: '',
  since,
  inputs: [5, 5],
  outputs: [1, 1],
  attributes: { epsilon: 'float', momentum: 'float', ...(since < 14 ? {} : { training_mode: 'int' }) },
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, FLOATS);
    requireInput(call, (intAttribute(call, 'training_mode') ?? 0) === 0, 'training_mode is not supported');
    requireInput(call, dims.length >= 2, `X has ${dims.length} axes, it needs a batch and channels`);
    requireAll(call, 1, dtype as 'float32', [dims[1]!]);
    return [{ dtype, dims }];
  },
  forward: (call) => {
    const [x, s, b, mean, variance] = [0, 1, 2, 3, 4].map((index) => numbers(call, tensorAt(call, index)));
    const { dims, dtype } = tensorAt(call, 0);
    const out = zeros(dtype, dims);
    const to = numbers(call, out);
    const [channels, size] = [dims[1]!, elementCount(dims.slice(2))];
    for (let start = 0; start < to.length; start += size) {
      const c = (start / size) % channels;
      const slope = s![c]! / Math.sqrt(variance![c]! + epsilonOf(call));
      for (let i = start; i < start + size; i++) to[i] = (x![i]! - mean![c]!) * slope + b![c]!;
    }
    return [out];
  },
  vjp: batchGradient,
});

const axisOf = (call: Call, rank: number): number => normalAxis(call, intAttribute(call, 'axis') ?? -1, rank);

/** dX = i (h - mean(h) - z mean(h z)) with h = dY s, z the normalised input and i its inverse deviation (federated 5.2). */
function layerGradient(call: VjpCall): (string | undefined)[] {
  const { emit, wanted } = call;
  const [x, s, g] = [namedAt(call, 0), namedAt(call, 1), call.gradients[0]!];
  const axis = axisOf(call, x.dims.length);
  const inner = x.dims.flatMap((_, at) => (at < axis ? [] : [at]));
  const outer = x.dims.flatMap((_, at) => (at < axis ? [at] : []));
  const share = 1 / elementCount(x.dims.slice(axis));
  const mean = (name: string) => scale(emit, reduceSum(emit, name, inner, 1), x.dtype, share);
  const times = (a: string, b: string) => emit.node('Mul', [a, b]);
  const minus = (a: string, b: string) => emit.node('Sub', [a, b]);
  const centred = minus(x.name, mean(x.name));
  const inverse = inverseDeviation(emit, mean(times(centred, centred)), x, epsilonOf(call));
  const normal = times(centred, inverse);
  const input = () => {
    const h = times(g, s.name);
    return times(inverse, minus(minus(h, mean(h)), times(normal, mean(times(h, normal)))));
  };
  return [
    wanted[0] ? input() : undefined,
    wanted[1] ? reduceSum(emit, times(g, normal), outer, 0) : undefined,
    ...(call.inputs.length > 2 ? [wanted[2] ? reduceSum(emit, g, outer, 0) : undefined] : []),
  ];
}

/** Y alone: nobody asks for Mean and InvStdDev but the training operators of onnxruntime. */
const layerNormalization: Op = {
  op: 'LayerNormalization',
  domain: '',
  since: 17,
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: { axis: 'int', epsilon: 'float', stash_type: 'int' },
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, FLOATS);
    requireInput(call, (intAttribute(call, 'stash_type') ?? 1) === 1, 'stash_type is not float32');
    requireAll(call, 1, dtype as 'float32', dims.slice(axisOf(call, dims.length)));
    return [{ dtype, dims }];
  },
  forward: (call) => {
    const [x, s] = [tensorAt(call, 0), numbers(call, tensorAt(call, 1))];
    const b = call.inputs[2] && numbers(call, call.inputs[2]);
    const [from, out] = [numbers(call, x), zeros(x.dtype, x.dims)];
    const to = numbers(call, out);
    const size = elementCount(x.dims.slice(axisOf(call, x.dims.length)));
    for (let start = 0; start < to.length; start += size) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += from[start + i]!;
      const mean = sum / size;
      let squares = 0;
      for (let i = 0; i < size; i++) squares += (from[start + i]! - mean) ** 2;
      const inverse = 1 / Math.sqrt(squares / size + epsilonOf(call));
      for (let i = 0; i < size; i++) to[start + i] = (from[start + i]! - mean) * inverse * s[i]! + (b?.[i] ?? 0);
    }
    return [out];
  },
  vjp: layerGradient,
};

export const NORMALISATION: readonly Op[] = [batchNormalization(9), batchNormalization(14), layerNormalization];
