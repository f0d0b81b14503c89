import { fromHex, toHex } from '../core/codec/hex.ts';
import { invariant } from '../core/errors.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with two more kinds of value: bigint as `{"$bigint": "123"}` and Uint8Array as `{"$bytes": "0x…"}`. Keys of
 * rows that start with `$` get one more, so every row comes back as it went in; `undefined` properties are left out.
 */
export function encodeRow(row: unknown): string {
  return JSON.stringify(tag(row, 0));
}

/** Inverse of {@link encodeRow}. @throws {SyntaxError} on text that is not JSON */
export function decodeRow(text: string): unknown {
  return untag(JSON.parse(text) as Json);
}

const MAX_DEPTH = 64;

function tag(value: unknown, depth: number): Json {
  invariant(depth <= MAX_DEPTH, `journal rows nest at most ${MAX_DEPTH} deep`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    invariant(Number.isFinite(value), 'journal rows hold finite numbers');
    return value;
  }
  if (typeof value === 'bigint') return { $bigint: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (Array.isArray(value)) return value.map((item) => tag(item, depth + 1));
  invariant(isPlain(value), 'journal rows hold JSON values, bigint and Uint8Array only');
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key.startsWith('$') ? `$${key}` : key, tag(item, depth + 1)]],
    ),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function untag(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(untag);
  const entries = Object.entries(value as { readonly [key: string]: Json });
  if (entries.length === 1) {
    const [key, text] = entries[0]!;
    if (key === '$bigint') return BigInt(text as string);
    if (key === '$bytes') return fromHex(text as string);
  }
  return Object.fromEntries(entries.map(([key, item]) => [key.startsWith('$$') ? key.slice(1) : key, untag(item)]));
}
