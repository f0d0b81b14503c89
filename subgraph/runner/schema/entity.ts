import { DeterministicError } from '../errors.ts';
import { type BigDecimal, normalise } from '../number/bigDecimal.ts';
import type { EntityType, Field, Scalar } from './schema.ts';

/**
 * A value as its scalar is kept in memory: strings for ID, String, enums and Bytes (`0x` and lower-case hex), numbers
 * for Int, bigints for BigInt, Int8 and Timestamp.
 */
export type Atom = string | number | bigint | boolean | BigDecimal;
export type Value = Atom | readonly Atom[] | null;
/** Values by field. A field that is not there is null. */
export type Entity = Readonly<Record<string, Value>>;

/** What a mapping handed over, before the schema had its say. */
export type RawAtom =
  | { readonly kind: 'String' | 'Bytes'; readonly value: string }
  | { readonly kind: 'Int'; readonly value: number }
  | { readonly kind: 'BigInt' | 'Int8' | 'Timestamp'; readonly value: bigint }
  | { readonly kind: 'BigDecimal'; readonly value: BigDecimal }
  | { readonly kind: 'Boolean'; readonly value: boolean };
export type RawValue =
  | RawAtom
  | { readonly kind: 'Array'; readonly value: readonly RawValue[] }
  | { readonly kind: 'Null' };

const BYTES = /^0x(?:[0-9a-f]{2})*$/;

/** The conversions graph-node makes without a word; undefined when it makes none. */
function coerce(raw: RawAtom, scalar: Scalar): Atom | undefined {
  switch (scalar) {
    case 'ID':
    case 'String':
      return raw.kind === 'String' ? raw.value : raw.kind === 'Bytes' && scalar === 'ID' ? raw.value : undefined;
    case 'Bytes': {
      if (raw.kind === 'Bytes') return raw.value;
      const hex = raw.kind === 'String' ? `0x${raw.value.replace(/^0x/, '').toLowerCase()}` : '';
      return BYTES.test(hex) ? hex : undefined;
    }
    case 'BigInt':
      return raw.kind === 'BigInt' || raw.kind === 'Int8'
        ? raw.value
        : raw.kind === 'Int'
          ? BigInt(raw.value)
          : undefined;
    case 'Int8':
      return raw.kind === 'Int8' ? raw.value : raw.kind === 'Int' ? BigInt(raw.value) : undefined;
    case 'Timestamp':
      return raw.kind === 'Timestamp' || raw.kind === 'Int8' ? raw.value : undefined;
    case 'BigDecimal':
      if (raw.kind === 'BigDecimal') return raw.value;
      return raw.kind === 'BigInt' || raw.kind === 'Int' || raw.kind === 'Int8'
        ? normalise(BigInt(raw.value), 0)
        : undefined;
    case 'Int':
      return raw.kind === 'Int' ? raw.value : undefined;
    case 'Boolean':
      return raw.kind === 'Boolean' ? raw.value : undefined;
  }
}

function atomOf(type: EntityType, field: Field, raw: RawValue): Atom {
  const atom = raw.kind === 'Null' || raw.kind === 'Array' ? undefined : coerce(raw, field.scalar);
  if (atom === undefined)
    throw new DeterministicError(`${type.name}.${field.name} takes a ${field.scalar}, the mapping wrote a ${raw.kind}`);
  return atom;
}

/**
 * Merges what a mapping wrote into what was there, as `store.set` does.
 * @throws DeterministicError for unknown fields, wrong types, unknown enum values and nulls where none may be
 */
export function mergeEntity(
  type: EntityType,
  enums: ReadonlyMap<string, readonly string[]>,
  id: string,
  before: Entity | undefined,
  written: ReadonlyMap<string, RawValue>,
): Entity {
  const entity: Record<string, Value> = { ...before };
  for (const [name, raw] of written) {
    const field = type.fields.get(name);
    if (field === undefined)
      throw new DeterministicError(`the mapping wrote ${type.name}.${name}, which the schema does not have`);
    if (field.derivedFrom !== undefined) continue;
    entity[name] = typedValue(type, field, raw);
    if (field.enumeration !== undefined) checkEnum(type, field, entity[name], enums.get(field.enumeration) ?? []);
  }
  entity['id'] = id;
  for (const field of type.stored)
    if (field.required && (entity[field.name] ?? null) === null)
      throw new DeterministicError(`${type.name} ${id} was saved without ${field.name}, which must not be null`);
  return entity;
}

function typedValue(type: EntityType, field: Field, raw: RawValue): Value {
  if (raw.kind === 'Null') return null;
  if (!field.list) return atomOf(type, field, raw);
  if (raw.kind !== 'Array') throw new DeterministicError(`${type.name}.${field.name} takes a list, not a ${raw.kind}`);
  return raw.value.map((item) => atomOf(type, field, item));
}

function checkEnum(type: EntityType, field: Field, value: Value, allowed: readonly string[]): void {
  for (const item of Array.isArray(value) ? value : [value])
    if (item !== null && !allowed.includes(item as string))
      throw new DeterministicError(
        `${JSON.stringify(item)} is not one of ${field.enumeration}, for ${type.name}.${field.name}`,
      );
}
