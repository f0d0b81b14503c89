import { type Tensor, zeros } from '../tensor/tensor.ts';
import { keepWhere, scalar, scale } from './gradient.ts';
import type { Emit, InferCall, NamedType, Op, VjpCall } from './op.ts';
import { FLOATS, floatAttribute, namedAt, numbers, requireInput, stringAttribute, tensorAt, typeAt } from './rule.ts';
import { erf } from './unary.ts';

/** Activations with attributes: one float in, one float out. */

type Call = Pick<InferCall, 'node' | 'opset'>;

interface Activation {
  readonly op: string;
  readonly since: number;
  readonly attributes: Op['attributes'];
  /** The function that the attributes of a node choose. @throws {OpInputRefused} on attributes without meaning */
  readonly of: (call: Call) => (x: number) => number;
  /** dy/dx by name. */
  readonly slope: (call: VjpCall, x: NamedType, y: NamedType) => string;
}

const activation = ({ op, since, attributes, of, slope }: Activation): Op => ({
  op,
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes,
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, FLOATS);
    of(call);
    return [{ dtype, dims }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const out: Tensor = zeros(x.dtype, x.dims);
    const [f, from, to] = [of(call), numbers(call, x), numbers(call, out)];
    for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
    return [out];
  },
  vjp: (call) => [call.emit.node('Mul', [call.gradients[0]!, slope(call, namedAt(call, 0), call.outputs[0]!)])],
});

const constant = (emit: Emit, x: NamedType, value: number): string => emit.constant(scalar(x.dtype, value));
const shifted = (emit: Emit, name: string, x: NamedType, value: number): string =>
  emit.node('Add', [name, constant(emit, x, value)]);

/** Where low < value < high, as the name of a bool value. */
function between(emit: Emit, value: string, x: NamedType, [low, high]: readonly [number, number]): string {
  const above = emit.node('Greater', [value, constant(emit, x, low)]);
  return emit.node('And', [above, emit.node('Less', [value, constant(emit, x, high)])]);
}

const alphaOf = (call: Call, fallback: number): number => floatAttribute(call, 'alpha') ?? fallback;
const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));

/** max(0, min(1, alpha x + beta)); the defaults are those of ONNX (torch exports alpha 1/6). */
const hardSigmoid = activation({
  op: 'HardSigmoid',
  since: 6,
  attributes: { alpha: 'float', beta: 'float' },
  of: (call) => {
    const [alpha, beta] = [alphaOf(call, 0.2), floatAttribute(call, 'beta') ?? 0.5];
    return (x) => clamp01(alpha * x + beta);
  },
  slope: (call, x, y) => {
    const inside = between(call.emit, y.name, x, [0, 1]);
    return keepWhere(call.emit, inside, constant(call.emit, x, alphaOf(call, 0.2)), x);
  },
});

/** x max(0, min(1, x / 6 + 1/2)), Howard et al. (2019). */
const hardSwish = activation({
  op: 'HardSwish',
  since: 14,
  attributes: {},
  of: () => (x) => x * clamp01(x / 6 + 0.5),
  slope: ({ emit }, x) => {
    const inner = shifted(emit, scale(emit, x.name, x.dtype, 1 / 3), x, 0.5);
    const one = emit.node('Greater', [x.name, constant(emit, x, 0)]);
    const outer = keepWhere(emit, one, constant(emit, x, 1), x);
    return emit.node('Where', [between(emit, x.name, x, [-3, 3]), inner, outer]);
  },
});

const leakyRelu = (since: number): Op =>
  activation({
    op: 'LeakyRelu',
    since,
    attributes: { alpha: 'float' },
    of: (call) => {
      const alpha = alphaOf(call, 0.01);
      return (x) => (x >= 0 ? x : alpha * x);
    },
    slope: (call, x) => {
      const positive = call.emit.node('Greater', [x.name, constant(call.emit, x, 0)]);
      const slopes = [1, alphaOf(call, 0.01)].map((value) => constant(call.emit, x, value));
      return call.emit.node('Where', [positive, ...slopes]);
    },
  });

/** alpha (exp(x) - 1) below 0. */
const elu = activation({
  op: 'Elu',
  since: 6,
  attributes: { alpha: 'float' },
  of: (call) => {
    const alpha = alphaOf(call, 1);
    return (x) => (x >= 0 ? x : alpha * Math.expm1(x));
  },
  slope: (call, x, y) => {
    const { emit } = call;
    const positive = emit.node('Greater', [x.name, constant(emit, x, 0)]);
    return emit.node('Where', [positive, constant(emit, x, 1), shifted(emit, y.name, x, alphaOf(call, 1))]);
  },
});

const CUBE = 0.044715;
const ROOT = Math.sqrt(2 / Math.PI);
/** Argument of the tanh that approximates Phi (Hendrycks and Gimpel 2016). */
const bend = (x: number): number => ROOT * (x + CUBE * x * x * x);

function isTanhGelu(call: Call): boolean {
  const approximate = stringAttribute(call, 'approximate') ?? 'none';
  requireInput(
    call,
    approximate === 'none' || approximate === 'tanh',
    `approximate is ${JSON.stringify(approximate)}, known are "none" and "tanh"`,
  );
  return approximate === 'tanh';
}

/** Phi(x) + x phi(x). */
function exactGeluSlope(emit: Emit, x: NamedType): string {
  const phi = emit.node('Erf', [scale(emit, x.name, x.dtype, Math.SQRT1_2)]);
  const half = scale(emit, emit.node('Mul', [x.name, x.name]), x.dtype, -0.5);
  const bell = scale(emit, emit.node('Exp', [half]), x.dtype, 1 / Math.sqrt(2 * Math.PI));
  const area = scale(emit, shifted(emit, phi, x, 1), x.dtype, 0.5);
  return emit.node('Add', [area, emit.node('Mul', [x.name, bell])]);
}

/** (1 + t) / 2 + x (1 - t^2) b'(x) / 2 with t = tanh(b(x)). */
function tanhGeluSlope(emit: Emit, x: NamedType): string {
  const square = emit.node('Mul', [x.name, x.name]);
  const inner = scale(emit, shifted(emit, scale(emit, square, x.dtype, CUBE), x, 1), x.dtype, ROOT);
  const t = emit.node('Tanh', [emit.node('Mul', [x.name, inner])]);
  const rest = emit.node('Sub', [constant(emit, x, 1), emit.node('Mul', [t, t])]);
  const steep = scale(emit, shifted(emit, scale(emit, square, x.dtype, 3 * CUBE), x, 1), x.dtype, ROOT);
  const curved = emit.node('Mul', [x.name, emit.node('Mul', [rest, steep])]);
  return scale(emit, emit.node('Add', [shifted(emit, t, x, 1), curved]), x.dtype, 0.5);
}

const gelu = activation({
  op: 'Gelu',
  since: 20,
  attributes: { approximate: 'string' },
  of: (call) =>
    isTanhGelu(call) ? (x) => 0.5 * x * (1 + Math.tanh(bend(x))) : (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  slope: (call, x) => (isTanhGelu(call) ? tanhGeluSlope(call.emit, x) : exactGeluSlope(call.emit, x)),
});

export const ACTIVATION: readonly Op[] = [hardSigmoid, hardSwish, leakyRelu(6), leakyRelu(16), elu, gelu];
