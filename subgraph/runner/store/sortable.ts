import { DeterministicError } from '../errors.ts';
import { type BigDecimal, ZERO } from '../number/bigDecimal.ts';

/*
 * Numbers of any size as text that sorts as the numbers do, so that SQLite can compare and index them.
 * Integers: `1`, four digits of length, digits; negative ones `0` and both complemented.
 * Decimals: `2`, five digits of exponent, digits; zero is `1`; negative ones `0`, both complemented, and `~` behind,
 * which sorts after every digit.
 */
const MAX_LENGTH = 9_999;
const BIAS = 10_000;
const MAX_BIASED = 99_999;

function complement(digits: string): string {
  let text = '';
  for (let i = 0; i < digits.length; i++) text += 9 - (digits.charCodeAt(i) - 48);
  return text;
}

export function sortableInteger(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString();
  const { length } = digits;
  if (length > MAX_LENGTH) throw new DeterministicError(`a BigInt of ${length} digits is too large to keep`);
  if (value >= 0n) return `1${String(length).padStart(4, '0')}${digits}`;
  return `0${String(MAX_LENGTH - length).padStart(4, '0')}${complement(digits)}`;
}

export const integerText = (text: string): string =>
  text[0] === '1' ? text.slice(5) : `-${complement(text.slice(5))}`;

export function sortableDecimal({ digits, exponent }: BigDecimal): string {
  if (digits === 0n) return '1';
  const text = (digits < 0n ? -digits : digits).toString();
  const scale = text.length - 1 + exponent + BIAS;
  if (digits > 0n) return `2${String(scale).padStart(5, '0')}${text}`;
  return `0${String(MAX_BIASED - scale).padStart(5, '0')}${complement(text)}~`;
}

export function decimalOf(text: string): BigDecimal {
  if (text === '1') return ZERO;
  const negative = text[0] === '0';
  const digits = negative ? complement(text.slice(6, -1)) : text.slice(6);
  const scale = negative ? MAX_BIASED - Number(text.slice(1, 6)) : Number(text.slice(1, 6));
  return { digits: BigInt(negative ? `-${digits}` : digits), exponent: scale - BIAS - digits.length + 1 };
}
