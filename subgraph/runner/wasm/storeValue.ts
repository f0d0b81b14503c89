import { DeterministicError } from '../errors.ts';
import type { BigDecimal } from '../number/bigDecimal.ts';
import type { Atom, Entity, RawValue } from '../schema/entity.ts';
import type { EntityType, Scalar } from '../schema/schema.ts';
import { newDecimal, readDecimal } from './decimal.ts';
import type { AscHeap } from './heap.ts';

/** `ValueKind` of graph-ts (common/value.ts). */
const KIND = {
  String: 0,
  Int: 1,
  BigDecimal: 2,
  Boolean: 3,
  Array: 4,
  Null: 5,
  Bytes: 6,
  BigInt: 7,
  Int8: 8,
  Timestamp: 9,
};
const MAX_DEPTH = 8;

function readValue(heap: AscHeap, pointer: number, depth = 0): RawValue {
  if (depth > MAX_DEPTH) throw new DeterministicError('the mapping wrote a list nested too deeply');
  const data = heap.u32(pointer + 8);
  switch (heap.i32(pointer)) {
    case KIND.String:
      return { kind: 'String', value: heap.string(data) };
    case KIND.Int:
      return { kind: 'Int', value: data | 0 };
    case KIND.BigDecimal:
      return { kind: 'BigDecimal', value: readDecimal(heap, data) };
    case KIND.Boolean:
      return { kind: 'Boolean', value: data !== 0 };
    case KIND.Array:
      return { kind: 'Array', value: heap.pointers(data).map((item) => readValue(heap, item, depth + 1)) };
    case KIND.Null:
      return { kind: 'Null' };
    case KIND.Bytes:
      return { kind: 'Bytes', value: heap.hex(data) };
    case KIND.BigInt:
      return { kind: 'BigInt', value: heap.bigInt(data) };
    case KIND.Int8:
      return { kind: 'Int8', value: BigInt.asIntN(64, heap.u64(pointer + 8)) };
    case KIND.Timestamp:
      return { kind: 'Timestamp', value: BigInt.asIntN(64, heap.u64(pointer + 8)) };
    default:
      throw new DeterministicError(`the mapping wrote a value of unknown kind ${heap.i32(pointer)}`);
  }
}

/** An `Entity`: `{ entries: Array<{ key, value }> }`. */
export function readEntity(heap: AscHeap, pointer: number): Map<string, RawValue> {
  const entity = new Map<string, RawValue>();
  for (const entry of heap.pointers(heap.u32(pointer)))
    entity.set(heap.string(heap.u32(entry)), readValue(heap, heap.u32(entry + 4)));
  return entity;
}

function newAtom(heap: AscHeap, scalar: Scalar, value: Atom): number {
  switch (scalar) {
    case 'ID':
    case 'String':
      return heap.newTagged('StoreValue', KIND.String, heap.newString(value as string));
    case 'Bytes':
      return heap.newTagged('StoreValue', KIND.Bytes, heap.newHex(value as string));
    case 'Int':
      return heap.newTagged('StoreValue', KIND.Int, value as number);
    case 'Boolean':
      return heap.newTagged('StoreValue', KIND.Boolean, value === true ? 1 : 0);
    case 'BigInt':
      return heap.newTagged('StoreValue', KIND.BigInt, heap.newBigInt(value as bigint));
    case 'BigDecimal':
      return heap.newTagged('StoreValue', KIND.BigDecimal, newDecimal(heap, value as BigDecimal));
    case 'Int8':
    case 'Timestamp':
      return heap.newTagged('StoreValue', KIND[scalar], value as bigint);
  }
}

export function newEntity(heap: AscHeap, type: EntityType, entity: Entity): number {
  const entries: number[] = [];
  for (const field of type.stored) {
    const value = entity[field.name] ?? null;
    if (value === null) continue;
    const pointer = field.list
      ? newList(heap, field.scalar, value as readonly Atom[])
      : newAtom(heap, field.scalar, value as Atom);
    entries.push(heap.newObject('TypedMapEntryStringStoreValue', [heap.constant(field.name), pointer]));
  }
  return heap.newObject('TypedMapStringStoreValue', [heap.newArray('ArrayTypedMapEntryStringStoreValue', entries)]);
}

function newList(heap: AscHeap, scalar: Scalar, values: readonly Atom[]): number {
  const items = values.map((value) => newAtom(heap, scalar, value));
  return heap.newTagged('StoreValue', KIND.Array, heap.newArray('ArrayStoreValue', items));
}

/** What {@link readEntity} read, given back: the context of a data source. */
export function newRawEntity(heap: AscHeap, entity: ReadonlyMap<string, RawValue>): number {
  const entries = [...entity].map(([name, value]) =>
    heap.newObject('TypedMapEntryStringStoreValue', [heap.newString(name), newRaw(heap, value)]),
  );
  return heap.newObject('TypedMapStringStoreValue', [heap.newArray('ArrayTypedMapEntryStringStoreValue', entries)]);
}

function newRaw(heap: AscHeap, value: RawValue): number {
  if (value.kind === 'Null') return heap.newTagged('StoreValue', KIND.Null, 0);
  if (value.kind !== 'Array') return newAtom(heap, value.kind, value.value);
  const items = value.value.map((item) => newRaw(heap, item));
  return heap.newTagged('StoreValue', KIND.Array, heap.newArray('ArrayStoreValue', items));
}
