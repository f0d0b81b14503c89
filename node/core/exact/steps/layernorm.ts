import { type Tensor, tensor, zeros } from '../../tensor/tensor.ts';
import { type Emitter, emitShift, int64List, int64Scalar } from '../emitter.ts';
import { ExactProofFailed } from '../errors.ts';
import {
  MAX_ROW,
  proveBytes,
  proveConstant,
  proveNoClass,
  proveNoConstant,
  proveSize,
  proveSources,
  proveWhole,
  whole,
} from '../proofs.ts';
import { exactPairs, factsOf, largest, NUMERATOR_LIMIT, proveRequant, requantBig } from '../requant.ts';
import { attribute, attributesOf, outSize, type Step, type StepDType, type ValueFacts } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { halfOf, pairsFrom, requantAttributes, requantFields } from './qlinear.ts';

const [K, EPSILON, BOUND, BITS] = [0, 1, 2, 3];
/** Square roots are below 2^31, so that the squares of all candidates fit int64. */
const MAX_BITS = 31;

/** The fields of a LAYERNORM step by name. Zero point and scale of the source cancel out. */
export interface LayerNormFields {
  readonly source: number;
  readonly sourceDtype: 'uint8' | 'int8';
  /** The last one is K. */
  readonly dims: readonly number[];
  /** Added to K^2 times the sum of squared deviations, at least 1. */
  readonly epsilon: bigint;
  /** At least the largest |G|. */
  readonly bound: bigint;
  /** The square root is below 2^bits. */
  readonly bits: number;
  /** [K, 2]: (G, A) of each element: G times the normalised value, whose magnitude is at most 1, plus A. */
  readonly pairs: Tensor<'int64'>;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const layernorm = (f: LayerNormFields): Step => ({
  op: 'LAYERNORM',
  sourceDtype: f.sourceDtype,
  outDtype: f.outDtype,
  outDims: f.dims,
  sources: [f.source],
  attributes: attributesOf({
    [K]: f.dims.at(-1)!,
    [EPSILON]: f.epsilon,
    [BOUND]: f.bound,
    [BITS]: f.bits,
    ...requantAttributes(f),
  }),
  constants: [undefined, f.pairs],
});

const pairsOf = (step: Step): BigInt64Array => step.constants[1]!.data as BigInt64Array;
const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** floor(sqrt(value)) for values below 2^(2 * bits). */
export function integerSqrt(value: bigint, bits: number): bigint {
  let root = 0n;
  for (let bit = bits - 1; bit >= 0; bit--) {
    const candidate = root + (1n << BigInt(bit));
    if (candidate * candidate <= value) root = candidate;
  }
  return root;
}

/** The same below 2^53, where numbers are exact: a square beyond it is rounded, but stays beyond it. */
function numberSqrt(value: number, bits: number): number {
  let root = 0;
  for (let step = Number(1n << BigInt(bits - 1)); step >= 1; step /= 2)
    if ((root + step) * (root + step) <= value) root += step;
  return root;
}

/** Layer normalisation over the last K elements, with the exact integer square root. */
export const LAYERNORM: StepKind = {
  op: 'LAYERNORM',
  attributes: { 0: 'k', 1: 'epsilon', 2: 'bound', 3: 'bits', 10: 'shift', 11: 'offset', 12: 'lo', 13: 'hi' },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveBytes(step, where);
    proveNoClass(step, where);
    proveNoConstant(step, 0, where);
    const k = whole(step, K, 'K', [1, MAX_ROW], where);
    proveWhole(step.outDims.at(-1)!, k, k, where, 'the last output dimension');
    const source = sources[0]!;
    proveSize(source, outSize(step), where, `shape [${step.outDims.join(', ')}]`);
    proveConstant(step.constants[1], 'int64', [k, 2], where, 'gains and addends');
    const clip = proveRequant(step, where);
    const { quotientMax, variance } = proveRoot(step, source, where);
    const numeratorMax = proveAddends(step, where);
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax: 0,
      numeratorMax,
      exactPairs: exactPairs(step, pairsOf(step), largest(quotientMax, variance, numeratorMax)),
    };
  },

  run(step, proof, [source], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const [k, data] = [attribute(step, K), source!.data as Int8Array];
    const normalise = proof.exactPairs === undefined ? bigNormaliser(step) : numberNormaliser(step, proof.exactPairs);
    const c = new Float64Array(k);
    for (let from = 0; from < data.length; from += k) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += data[from + i]!;
      for (let i = 0; i < k; i++) c[i] = k * data[from + i]! - sum;
      const one = normalise(c);
      for (let i = 0; i < k; i++) output.data[from + i] = one(i);
    }
    return output;
  },

  reads(step, element) {
    const k = attribute(step, K);
    return [
      { operand: 0, first: element - (element % k), count: k },
      { operand: 3, first: 2 * (element % k), count: 2 },
    ];
  },

  element(step, element, value) {
    const k = attribute(step, K);
    const n = element % k;
    const x = Array.from({ length: k }, (_, i) => BigInt(value(0, element - n + i)));
    const sum = x.reduce((a, b) => a + b);
    const c = x.map((one) => BigInt(k) * one - sum);
    return finish(step, c[n]!, rootOf(step, c), BigInt(value(3, 2 * n)), BigInt(value(3, 2 * n + 1)));
  },

  emit(step, emitter, name) {
    const scalar = (suffix: string, value: number | bigint): string =>
      emitter.constant(`${name}.${suffix}`, int64Scalar(value));
    const axes = emitter.constant(`${name}.axes`, int64List([-1]));
    const total = (value: string, suffix: string): string =>
      emitter.node('ReduceSum', [value, axes], `${name}.${suffix}`, { keepdims: 1 });
    const x = emitter.cast(emitter.rows(step.sources[0]!, step.outDims), 'int64', `${name}.wide`);
    const scaled = emitter.node('Mul', [x, scalar('k', attribute(step, K))], `${name}.times`);
    const c = emitter.node('Sub', [scaled, total(x, 'total')], `${name}.deviation`);
    const squares = total(emitter.node('Mul', [c, c], `${name}.square`), 'squares');
    const v = emitter.node('Add', [squares, scalar('epsilon', step.attributes[EPSILON]!)], `${name}.variance`);
    const root = emitRoot(emitter, v, attribute(step, BITS), name);
    const gain = emitter.constant(`${name}.multiplier`, listOf(pairsOf(step), 0));
    const bound = scalar('bound', step.attributes[BOUND]!);
    const positive = emitter.node(
      'Add',
      [emitter.node('Mul', [c, gain], `${name}.gained`), emitter.node('Mul', [root, bound], `${name}.lift`)],
      `${name}.lifted`,
    );
    const quotient = emitter.node('Div', [positive, root], `${name}.normal`);
    const t = emitter.node('Sub', [quotient, bound], `${name}.lowered`);
    const result = emitShift(emitter, t, requantFields(step), name, listOf(pairsOf(step), 1));
    emitter.define(result, step.outDtype, 'rows', step.outDims);
  },

  constants: (_step, written) => [undefined, pairsFrom(written)],
};

/** r = floor(sqrt(v)), and what is divided by it is below 2^62 and not negative, because |c| <= r. */
function proveRoot(step: Step, source: ValueFacts, where: string): { quotientMax: bigint; variance: bigint } {
  const bits = whole(step, BITS, 'bits', [1, MAX_BITS], where);
  const [epsilon, bound] = [step.attributes[EPSILON]!, step.attributes[BOUND]!];
  if (epsilon < 1n) throw new ExactProofFailed(where, `epsilon is ${epsilon}, expected at least 1`);
  // The sum of squared deviations of k values within a range R is at most k * R^2 / 4 (Popoviciu), c is k times as large.
  const [k, range] = [BigInt(attribute(step, K)), BigInt(source.hi - source.lo)];
  const variance = (k ** 3n * range ** 2n) / 4n + epsilon;
  if (variance >> BigInt(2 * bits) !== 0n)
    throw new ExactProofFailed(where, `the variance can reach ${variance}, its root does not fit ${bits} bits`);
  const gain = largest(...Array.from(halfOf(pairsOf(step), 0), magnitude));
  if (bound < gain || bound < 0n) throw new ExactProofFailed(where, `the bound is ${bound}, a gain reaches ${gain}`);
  const quotientMax = (gain + bound) * integerSqrt(variance, bits);
  if (quotientMax >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `what is divided by the root can reach ${quotientMax}, the bound is 2^62`);
  return { quotientMax, variance };
}

/** 0 <= t + A < 2^62 with |t| <= |G|. @returns the largest numerator */
function proveAddends(step: Step, where: string): bigint {
  let most = 0n;
  for (let n = 0; n < attribute(step, K); n++) {
    const [gain, addend] = [magnitude(pairsOf(step)[2 * n]!), pairsOf(step)[2 * n + 1]!];
    if (addend < gain) throw new ExactProofFailed(`${where}, element ${n}`, `the numerator can be ${addend - gain}`);
    if (addend + gain >= NUMERATOR_LIMIT)
      throw new ExactProofFailed(
        `${where}, element ${n}`,
        `the numerator can reach ${addend + gain}, the bound is 2^62`,
      );
    most = largest(most, addend + gain);
  }
  return most;
}

const rootOf = (step: Step, c: readonly bigint[]): bigint =>
  integerSqrt(
    c.reduce((total, one) => total + one * one, step.attributes[EPSILON]!),
    attribute(step, BITS),
  );

/** The element whose deviation is c. */
function finish(step: Step, c: bigint, root: bigint, gain: bigint, addend: bigint): number {
  const bound = step.attributes[BOUND]!;
  return requantBig(step, (c * gain + bound * root) / root - bound + addend);
}

type Normaliser = (c: Float64Array) => (n: number) => number;

function bigNormaliser(step: Step): Normaliser {
  const pairs = pairsOf(step);
  return (c) => {
    const big = Array.from(c, BigInt);
    const root = rootOf(step, big);
    return (n) => finish(step, big[n]!, root, pairs[2 * n]!, pairs[2 * n + 1]!);
  };
}

/** Every value is below 2^53 (proven), and so the floor of a rounded quotient is the quotient's floor. */
function numberNormaliser(step: Step, pairs: Float64Array): Normaliser {
  const { shift, offset, lo, hi } = requantFields(step);
  const [divisor, minus] = [Number(1n << BigInt(shift)), Number(offset)];
  const [epsilon, bound, bits] = [EPSILON, BOUND, BITS].map((at) => attribute(step, at)) as [number, number, number];
  return (c) => {
    let variance = epsilon;
    for (const one of c) variance += one * one;
    const root = numberSqrt(variance, bits);
    return (n) => {
      const t = Math.floor((c[n]! * pairs[2 * n]! + bound * root) / root) - bound;
      const y = Math.floor((t + pairs[2 * n + 1]!) / divisor) - minus;
      return Math.min(hi, Math.max(lo, y));
    };
  };
}

const listOf = (pairs: BigInt64Array, which: 0 | 1): Tensor =>
  tensor('int64', [pairs.length / 2], halfOf(pairs, which));

/** One bit of the root after the other, from the highest: four nodes each. */
function emitRoot(emitter: Emitter, v: string, bits: number, name: string): string {
  let root = emitter.constant(`${name}.root`, int64Scalar(0));
  for (let bit = bits - 1; bit >= 0; bit--) {
    const weight = emitter.constant(`${name}.bit${bit}`, int64Scalar(1n << BigInt(bit)));
    const candidate = emitter.node('Add', [root, weight], `${name}.candidate${bit}`);
    const square = emitter.node('Mul', [candidate, candidate], `${name}.square${bit}`);
    const fits = emitter.node('LessOrEqual', [square, v], `${name}.fits${bit}`);
    root = emitter.node('Where', [fits, candidate, root], `${name}.root${bit}`);
  }
  return root;
}
