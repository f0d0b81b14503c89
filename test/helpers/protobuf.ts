/**
 * A raw protobuf writer for hostile bytes: it knows nothing of ONNX and checks nothing. Independent of the library
 * behind node/core/onnx on purpose.
 */
export type Bytes = Uint8Array;

export function concat(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function repeat(count: number, part: Bytes): Bytes {
  const repeated = new Uint8Array(count * part.length);
  for (let index = 0; index < count; index++) repeated.set(part, index * part.length);
  return repeated;
}

/** A varint of the value's 64 bits, in the least number of bytes or padded with empty ones to `length`. */
export function varint(value: number | bigint, length = 1): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  } while (rest !== 0n || bytes.length < length);
  bytes[bytes.length - 1]! &= 127;
  return Uint8Array.from(bytes);
}

export const tag = (field: number, wire: number): Bytes => varint(field * 8 + wire);
export const raw = (...bytes: readonly number[]): Bytes => Uint8Array.from(bytes);
export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);

/** An integer field. */
export const num = (field: number, value: number | bigint): Bytes => concat(tag(field, 0), varint(value));
/** A message or bytes field. */
export const msg = (field: number, ...parts: readonly Bytes[]): Bytes => {
  const body = concat(...parts);
  return concat(tag(field, 2), varint(body.length), body);
};
export const str = (field: number, text: string): Bytes => msg(field, utf8(text));
export const fixed32 = (field: number, value: number): Bytes =>
  concat(tag(field, 5), new Uint8Array(new Float32Array([value]).buffer));
/** A length-delimited field that announces another length than it has. */
export const lie = (field: number, length: number | bigint, ...parts: readonly Bytes[]): Bytes =>
  concat(tag(field, 2), varint(length), ...parts);

/** One field of a message: its tag, and what follows the tag (for wire type 2 without the length). */
export interface RawField {
  readonly field: number;
  readonly wire: number;
  readonly payload: Bytes;
}

function varintAt(bytes: Bytes, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let end = at; end < bytes.length && end < at + 5; end++) {
    value += (bytes[end]! & 127) * 2 ** (7 * (end - at));
    if (bytes[end]! < 128) return { value, end: end + 1 };
  }
  return undefined;
}

/** Length of a varint at `at`, which may be longer than a tag's. */
function varintLength(bytes: Bytes, at: number): number {
  const last = bytes.subarray(at, at + 10).findIndex((byte) => byte < 128);
  return last < 0 ? Number.POSITIVE_INFINITY : last + 1;
}

/** The fields of a message, or undefined when the bytes are none. */
export function split(bytes: Bytes): RawField[] | undefined {
  const fields: RawField[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = varintAt(bytes, at);
    if (head === undefined) return undefined;
    const [field, wire] = [Math.floor(head.value / 8), head.value % 8];
    const length = wire === 2 ? varintAt(bytes, head.end) : undefined;
    const start = length?.end ?? head.end;
    const sizes: Readonly<Record<number, number>> = {
      0: varintLength(bytes, start),
      1: 8,
      2: length?.value ?? Number.NaN,
      5: 4,
    };
    const end = start + (sizes[wire] ?? Number.NaN);
    if (field === 0 || !(end <= bytes.length)) return undefined;
    fields.push({ field, wire, payload: bytes.subarray(start, end) });
    at = end;
  }
  return fields;
}

/** The bytes of fields, with lengths that are true. */
export const join = (fields: readonly RawField[]): Bytes =>
  concat(
    ...fields.map(({ field, wire, payload }) => (wire === 2 ? msg(field, payload) : concat(tag(field, wire), payload))),
  );
