import { ExactProofFailed } from './errors.ts';
import { attribute, REQUANT, type Step, type StepDType, type StepProof, type ValueFacts } from './step.ts';

export const ACCUMULATOR_LIMIT = 2_147_483_648;
export const NUMERATOR_LIMIT = 1n << 62n;
const EXACT_NUMBER_LIMIT = 1n << 53n;
export const DTYPE_RANGE = {
  uint8: { lo: 0, hi: 255 },
  int8: { lo: -128, hi: 127 },
  int32: { lo: -2_147_483_648, hi: 2_147_483_647 },
} as const;

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** The largest of big integers, 0 when there is none above it. */
export function largest(...values: readonly bigint[]): bigint {
  let most = 0n;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** `clip(floor(numerator / 2^shift) - offset, lo, hi)` in big integers. */
export function requantBig(step: Step, numerator: bigint): number {
  const y = (numerator >> step.attributes[REQUANT.shift]!) - step.attributes[REQUANT.offset]!;
  const [lo, hi] = [step.attributes[REQUANT.lo]!, step.attributes[REQUANT.hi]!];
  if (y < lo) return Number(lo);
  if (y > hi) return Number(hi);
  return Number(y);
}

/** Requantises accumulators of channel `c`; `pairs` interleaved as [multiplier, addend]. */
type Requant = (acc: number, channel: number) => number;

/** Picks number arithmetic where the proof says that it is exact: dividing by a power of two only moves the exponent. */
export function requantOf(step: Step, proof: StepProof, pairs: BigInt64Array): Requant {
  if (proof.exactPairs === undefined)
    return (acc, channel) => requantBig(step, BigInt(acc) * pairs[2 * channel]! + pairs[2 * channel + 1]!);
  const exact = proof.exactPairs;
  const divisor = Number(1n << step.attributes[REQUANT.shift]!);
  const [offset, lo, hi] = [REQUANT.offset, REQUANT.lo, REQUANT.hi].map((at) => attribute(step, at)) as [
    number,
    number,
    number,
  ];
  return (acc, channel) => {
    const y = Math.floor((acc * exact[2 * channel]! + exact[2 * channel + 1]!) / divisor) - offset;
    return Math.min(hi, Math.max(lo, y));
  };
}

/** Shift, offset and clip of the step are in range; answers what its output can be. */
export function proveRequant(step: Step, where: string): Interval {
  const [shift, offset] = [step.attributes[REQUANT.shift]!, step.attributes[REQUANT.offset]!];
  if (shift < 1n || shift > 61n) throw new ExactProofFailed(where, `the shift is ${shift}, outside 1..61`);
  if (offset <= -NUMERATOR_LIMIT || offset >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `the offset ${offset} is not below 2^62 in magnitude`);
  const [lo, hi] = [attribute(step, REQUANT.lo), attribute(step, REQUANT.hi)];
  proveRange(lo, hi, DTYPE_RANGE[step.outDtype], where);
  return { lo, hi };
}

/**
 * |acc| < 2^31, multiplier >= 1, 0 <= addend < 2^62, and every numerator in 0..2^62 - 1.
 * @returns the largest numerator
 */
export function proveNumerator(acc: Interval, multiplier: bigint, addend: bigint, where: string): bigint {
  const most = Math.max(-acc.lo, acc.hi);
  if (most >= ACCUMULATOR_LIMIT)
    throw new ExactProofFailed(where, `the accumulator can reach ${most}, the bound is 2^31`);
  if (multiplier < 1n) throw new ExactProofFailed(where, `the multiplier is ${multiplier}, expected at least 1`);
  if (addend < 0n || addend >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `the addend ${addend} is outside 0..2^62 - 1`);
  return proveNumeratorRange(BigInt(acc.lo) * multiplier, BigInt(acc.hi) * multiplier, addend, where);
}

/** The scaled sum within +-2^62 and the numerator in 0..2^62 - 1. @returns the largest numerator */
export function proveNumeratorRange(low: bigint, high: bigint, addend: bigint, where: string): bigint {
  if (low <= -NUMERATOR_LIMIT || high >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `acc * multiplier can reach ${low}..${high}, the bound is 2^62`);
  if (low + addend < 0n)
    throw new ExactProofFailed(where, `the numerator can be ${low + addend}; below 0 division truncates upward`);
  if (high + addend >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `the numerator can reach ${high + addend}, the bound is 2^62`);
  return high + addend;
}

/** The pairs as numbers when that is exact. */
export function exactPairs(step: Step, pairs: BigInt64Array, numeratorMax: bigint): Float64Array | undefined {
  const offset = step.attributes[REQUANT.offset]!;
  const small = (value: bigint): boolean => value > -EXACT_NUMBER_LIMIT && value < EXACT_NUMBER_LIMIT;
  // acc * multiplier may be negative: it is at least -addend, because the numerator is not negative.
  return small(numeratorMax) && small(numeratorMax - offset) && small(offset) && pairs.every(small)
    ? Float64Array.from(pairs, Number)
    : undefined;
}

export function proveRange(lo: number, hi: number, type: Interval, where: string): void {
  proveInteger(lo, type, where, 'lower clip');
  proveInteger(hi, type, where, 'upper clip');
  if (lo > hi) throw new ExactProofFailed(where, `the clip ${lo}..${hi} is empty`);
}

export function proveInteger(value: number, { lo, hi }: Interval, where: string, name: string): void {
  if (!Number.isSafeInteger(value) || value < lo || value > hi)
    throw new ExactProofFailed(where, `the ${name} is ${value}, outside ${lo}..${hi}`);
}

/** Facts of an output of `size` elements within `range`. */
export const factsOf = (dtype: StepDType, size: number, { lo, hi }: Interval): ValueFacts => ({ dtype, size, lo, hi });
