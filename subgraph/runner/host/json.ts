import { DeterministicError, messageOf } from '../errors.ts';
import type { AscHeap } from '../wasm/heap.ts';
import { parseInteger } from './bigInt.ts';
import type { HostNamespace } from './context.ts';

/** `JSONValueKind` of graph-ts (common/value.ts). */
const KIND = { null: 0, bool: 1, number: 2, string: 3, array: 4, object: 5 };
const MAX_BYTES = 10_000_000;
const MAX_DEPTH = 128;

/** A number with every digit that the text had. */
class JsonNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

const parseExactly = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_BYTES) throw new SyntaxError(`${bytes.length} bytes of JSON are too many`);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  return parseExactly(text, (_key, value, { source }) =>
    typeof value === 'number' ? new JsonNumber(source ?? String(value)) : value,
  );
}

function newJson(heap: AscHeap, value: unknown, depth = 0): number {
  if (depth > MAX_DEPTH) throw new DeterministicError('the JSON is nested too deeply');
  if (value === null) return heap.newTagged('JsonValue', KIND.null, 0);
  if (typeof value === 'boolean') return heap.newTagged('JsonValue', KIND.bool, value ? 1 : 0);
  if (typeof value === 'string') return heap.newTagged('JsonValue', KIND.string, heap.newString(value));
  if (value instanceof JsonNumber) return heap.newTagged('JsonValue', KIND.number, heap.newString(value.source));
  if (Array.isArray(value)) {
    const items = value.map((item) => newJson(heap, item, depth + 1));
    return heap.newTagged('JsonValue', KIND.array, heap.newArray('ArrayJsonValue', items));
  }
  // By key, as serde's map is.
  const entries = Object.entries(value as object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) =>
      heap.newObject('TypedMapEntryStringJsonValue', [heap.newString(key), newJson(heap, item, depth + 1)]),
    );
  const map = heap.newObject('TypedMapStringJsonValue', [heap.newArray('ArrayTypedMapEntryStringJsonValue', entries)]);
  return heap.newTagged('JsonValue', KIND.object, map);
}

function ranged(value: bigint, low: bigint, high: bigint): bigint {
  if (value < low || value > high) throw new DeterministicError(`the JSON number ${value} does not fit`);
  return value;
}

/** `json.*`. */
export const jsonHost: HostNamespace = (context) => {
  const integer = (text: number): bigint => parseInteger(context.heap.string(text));
  return {
    'json.fromBytes': (bytes: number) => {
      let value: unknown;
      try {
        value = parse(context.heap.bytes(bytes));
      } catch (error) {
        throw new DeterministicError(`failed to parse JSON: ${messageOf(error)}`);
      }
      return newJson(context.heap, value);
    },
    'json.try_fromBytes': (bytes: number) => {
      const { heap } = context;
      let value: unknown;
      try {
        value = parse(heap.bytes(bytes));
      } catch (error) {
        if (error instanceof DeterministicError) throw error;
        const wrapped = heap.allocate(1, 'WrappedBool');
        return heap.newObject('ResultJsonValueBool', [0, wrapped]);
      }
      return heap.newObject('ResultJsonValueBool', [heap.newObject('WrappedJsonValue', [newJson(heap, value)]), 0]);
    },
    'json.toI64': (text: number) => ranged(integer(text), -(2n ** 63n), 2n ** 63n - 1n),
    'json.toU64': (text: number) => BigInt.asIntN(64, ranged(integer(text), 0n, 2n ** 64n - 1n)),
    'json.toF64': (text: number) => Number(context.heap.string(text)),
    'json.toBigInt': (text: number) => context.heap.newBigInt(integer(text)),
  };
};
