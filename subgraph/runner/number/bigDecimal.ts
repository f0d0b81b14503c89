import { DeterministicError } from '../errors.ts';

/** `digits * 10^exponent`, always normalised: at most 34 digits, no trailing zero, zero has exponent 0. */
export interface BigDecimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** Of IEEE 754 decimal128, as in graph-node (graph/src/data/store/scalar/bigdecimal.rs). */
const MAX_DIGITS = 34;
/** Digits of a quotient before it is rounded to {@link MAX_DIGITS}. */
const DIVISION_DIGITS = 100;
/** A hostile exponent must not make us write gigabytes of zeros. */
const MAX_EXPONENT = 6_144;

export const ZERO: BigDecimal = { digits: 0n, exponent: 0 };

const digitCount = (value: bigint): number => (value < 0n ? -value : value).toString().length;

/**
 * Rounds half up when positive and toward zero when negative: bigdecimal 0.1 adds its rounding term only when the
 * remainder is positive, and proofs of indexing depend on it.
 */
function round(digits: bigint, to: number): [bigint, number] {
  const excess = digitCount(digits) - to;
  if (excess <= 0) return [digits, 0];
  const unit = 10n ** BigInt(excess);
  const quotient = digits / unit;
  const remainder = digits % unit;
  return [2n * remainder >= unit ? quotient + 1n : quotient, excess];
}

export function normalise(digits: bigint, exponent: number): BigDecimal {
  if (digits === 0n) return ZERO;
  const [rounded, dropped] = round(digits, MAX_DIGITS);
  let kept = rounded;
  let power = exponent + dropped;
  while (kept % 10n === 0n) {
    kept /= 10n;
    power += 1;
  }
  if (power > MAX_EXPONENT || power < -MAX_EXPONENT - MAX_DIGITS)
    throw new DeterministicError(`the exponent ${power} of a BigDecimal is out of range`);
  return { digits: kept, exponent: power };
}

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;

export function parseBigDecimal(text: string): BigDecimal {
  const match = text.length > 20_000 ? null : PATTERN.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0)
    throw new DeterministicError(`${JSON.stringify(text.slice(0, 80))} is not a decimal number`);
  const digits = BigInt(`${whole}${fraction}`);
  return normalise(match[1] === '-' ? -digits : digits, Number(match[4] ?? 0) - fraction.length);
}

/** Plain notation, never with an exponent. */
export function formatBigDecimal({ digits, exponent }: BigDecimal): string {
  if (exponent >= 0) return digits.toString() + '0'.repeat(digits === 0n ? 0 : exponent);
  const sign = digits < 0n ? '-' : '';
  const text = (digits < 0n ? -digits : digits).toString().padStart(1 - exponent, '0');
  return `${sign}${text.slice(0, exponent)}.${text.slice(exponent)}`;
}

function align(a: BigDecimal, b: BigDecimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent), exponent];
}

export function plus(a: BigDecimal, b: BigDecimal): BigDecimal {
  const [x, y, exponent] = align(a, b);
  return normalise(x + y, exponent);
}

export function minus(a: BigDecimal, b: BigDecimal): BigDecimal {
  const [x, y, exponent] = align(a, b);
  return normalise(x - y, exponent);
}

export const times = (a: BigDecimal, b: BigDecimal): BigDecimal =>
  normalise(a.digits * b.digits, a.exponent + b.exponent);

/** @throws DeterministicError when the divisor is zero. */
export function dividedBy(a: BigDecimal, b: BigDecimal): BigDecimal {
  if (b.digits === 0n) throw new DeterministicError('division by zero-valued BigDecimal');
  if (a.digits === 0n) return ZERO;
  const shift = Math.max(0, DIVISION_DIGITS + digitCount(b.digits) - digitCount(a.digits));
  return normalise((a.digits * 10n ** BigInt(shift)) / b.digits, a.exponent - b.exponent - shift);
}

export const equals = (a: BigDecimal, b: BigDecimal): boolean => a.digits === b.digits && a.exponent === b.exponent;
