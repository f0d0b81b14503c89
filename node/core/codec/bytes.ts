import { invariant } from '../errors.ts';

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** `value` as `length` big-endian bytes. The caller has checked the range. */
export function uintBytes(value: bigint, length: number): Uint8Array {
  invariant(value >= 0n && value >> BigInt(8 * length) === 0n, `${value} fits ${length} bytes`);
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let end = length; end > 0 && rest !== 0n; end -= 4, rest >>= 32n) {
    let word = Number(rest & 0xffff_ffffn);
    for (let i = end - 1; i >= Math.max(0, end - 4); i--) {
      bytes[i] = word & 255;
      word >>>= 8;
    }
  }
  return bytes;
}

/** `value` as `length` big-endian bytes, two's complement. The caller has checked the range. */
export function intBytes(value: bigint, length: number): Uint8Array {
  const bits = 8 * length;
  invariant(BigInt.asIntN(bits, value) === value, `${value} fits ${length} bytes with a sign`);
  return uintBytes(BigInt.asUintN(bits, value), length);
}

/** The unsigned big-endian number in `bytes`. */
export function bytesToUint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

export function u32be(value: number): Uint8Array {
  invariant(value >>> 0 === value, 'the value fits uint32');
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
