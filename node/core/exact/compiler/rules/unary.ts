import { erf, exp, log, power, sigmoid, sqrt, tanh } from '../functions.ts';
import type { Reading, Stage, Value } from '../reading.ts';

const ROOT_HALF = Math.SQRT1_2;
const ROOT_TWO_OVER_PI = 0.7978845608028654;

const softplus = (x: number): number => (x > 0 ? x + log(1 + exp(-x)) : log(1 + exp(x)));
export const gelu = (x: number): number => 0.5 * x * (1 + erf(x * ROOT_HALF));
export const geluTanh = (x: number): number => 0.5 * x * (1 + tanh(ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x)));
const clamp = (x: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, x));

const pointwise = (apply: (x: number) => number): Stage => ({ kind: 'pointwise', apply });
const affine = (scale: number, shift: number): Stage => ({ kind: 'affine', scale, shift });

/** The function of single elements that an operator with one input is. */
const STAGES: Readonly<Record<string, (reading: Reading) => Stage>> = {
  Relu: (r) => {
    r.numbers({});
    return { kind: 'clip', lo: 0, hi: Number.POSITIVE_INFINITY };
  },
  Clip: readClip,
  LeakyRelu: (r) => {
    const { alpha } = r.numbers({ alpha: 0.01 });
    return pointwise((x) => (x < 0 ? alpha * x : x));
  },
  Elu: (r) => {
    const { alpha } = r.numbers({ alpha: 1 });
    return pointwise((x) => (x < 0 ? alpha * (exp(x) - 1) : x));
  },
  HardSigmoid: (r) => {
    const { alpha, beta } = r.numbers({ alpha: 0.2, beta: 0.5 });
    return pointwise((x) => clamp(alpha * x + beta, 0, 1));
  },
  HardSwish: plain((x) => x * clamp(x / 6 + 0.5, 0, 1)),
  Gelu: (r) => {
    r.numbers({}, ['approximate']);
    const kind = r.attribute('approximate', 'string') ?? 'none';
    if (kind !== 'none' && kind !== 'tanh') throw r.refuse(`its approximation ${JSON.stringify(kind)} is not known`);
    return pointwise(kind === 'none' ? gelu : geluTanh);
  },
  Sigmoid: plain(sigmoid),
  Tanh: plain(tanh),
  Erf: plain(erf),
  Exp: plain(exp),
  Log: plain(log),
  Softplus: plain(softplus),
  Abs: plain(Math.abs),
  Sign: plain((x) => (x > 0 ? 1 : x < 0 ? -1 : 0)),
  Neg: (r) => {
    r.numbers({});
    return affine(-1, 0);
  },
  Sqrt: plain(sqrt),
  Reciprocal: plain((x) => 1 / x),
};

function plain(apply: (x: number) => number): (reading: Reading) => Stage {
  return (reading) => {
    reading.numbers({});
    return pointwise(apply);
  };
}

function readClip(r: Reading): Stage {
  const { min, max } = r.numbers({ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY });
  const lo = r.has(1) ? r.scalar(1) : min;
  const hi = r.has(2) ? r.scalar(2) : max;
  if (lo > hi) throw r.refuse(`its bounds ${lo}..${hi} are empty`);
  return { kind: 'clip', lo, hi };
}

/** Square roots and reciprocals may be the inside of a layer normalisation. */
function readUnary(r: Reading): Value {
  const stage = STAGES[r.node.op]!(r);
  const raw = r.raw(0);
  const { pattern } = raw;
  if (r.node.op === 'Sqrt' && pattern?.kind === 'varianceEps')
    return { ...raw, pattern: { kind: 'deviation', of: pattern.of, eps: pattern.eps } };
  if (r.node.op === 'Reciprocal' && pattern?.kind === 'deviation')
    return { ...raw, pattern: { kind: 'inverseDeviation', of: pattern.of, eps: pattern.eps } };
  return r.staged(r.value(0), stage);
}

export const UNARY_RULES: Readonly<Record<string, (reading: Reading) => Value>> = Object.fromEntries(
  Object.keys(STAGES).map((op) => [op, readUnary]),
);

/** All stages as one function. */
export function functionOf(stages: readonly Stage[]): (x: number) => number {
  const parts = stages.map((stage): ((x: number) => number) => {
    if (stage.kind === 'affine') return (x) => stage.scale * x + stage.shift;
    return stage.kind === 'clip' ? (x) => clamp(x, stage.lo, stage.hi) : stage.apply;
  });
  return (x) => parts.reduce((value, part) => part(value), x);
}

/** x to a constant power: whole ones, and halves through the square root. */
export function powerOf(exponent: number): ((x: number) => number) | undefined {
  if (Number.isInteger(exponent) && Math.abs(exponent) <= 64) return (x) => power(x, exponent);
  if (Number.isInteger(2 * exponent) && Math.abs(exponent) <= 64) return (x) => power(sqrt(x), 2 * exponent);
  return undefined;
}
