import type { BigDecimal } from '../number/bigDecimal.ts';
import type { Atom, Value } from '../schema/entity.ts';
import type { Field, Scalar } from '../schema/schema.ts';
import { decimalOf, integerText, sortableDecimal, sortableInteger } from './sortable.ts';

export type SqlValue = string | number | bigint | null;

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const currentTable = (type: string): string => quote(`e_${type}`);
export const historyTable = (type: string): string => quote(`h_${type}`);

/** Block in which a version came, and in which the next one replaced it. No field can have these names. */
export const FROM = quote('$from');
export const TO = quote('$to');

const isInteger = (field: Field): boolean =>
  !field.list && ['Int', 'Boolean', 'Int8', 'Timestamp'].includes(field.scalar);

export const columnType = (field: Field): 'INTEGER' | 'TEXT' => (isInteger(field) ? 'INTEGER' : 'TEXT');

/** 64-bit integers leave SQLite as text: a JavaScript number would round them. */
export const selected = (field: Field, prefix = ''): string =>
  !field.list && (field.scalar === 'Int8' || field.scalar === 'Timestamp')
    ? `CAST(${prefix}${quote(field.name)} AS TEXT) AS ${quote(field.name)}`
    : `${prefix}${quote(field.name)}`;

export function atomToSql(scalar: Scalar, value: Atom): SqlValue {
  switch (scalar) {
    case 'BigInt':
      return sortableInteger(value as bigint);
    case 'BigDecimal':
      return sortableDecimal(value as BigDecimal);
    case 'Boolean':
      return value === true ? 1 : 0;
    default:
      return value as SqlValue;
  }
}

export function atomFromSql(scalar: Scalar, value: SqlValue): Atom {
  switch (scalar) {
    case 'BigInt':
      return BigInt(integerText(value as string));
    case 'BigDecimal':
      return decimalOf(value as string);
    case 'Boolean':
      return Number(value) === 1;
    case 'Int':
      return Number(value);
    case 'Int8':
    case 'Timestamp':
      return BigInt(value as string | number);
    default:
      return value as string;
  }
}

/** Lists are JSON arrays of what their items would be in a column; 64-bit integers in them are text. */
export function toSql(field: Field, value: Value | undefined): SqlValue {
  if (value === null || value === undefined) return null;
  if (!field.list) return atomToSql(field.scalar, value as Atom);
  const items = (value as readonly Atom[]).map((item) => atomToSql(field.scalar, item));
  return JSON.stringify(items.map((item) => (typeof item === 'bigint' ? item.toString() : item)));
}

export function fromSql(field: Field, value: SqlValue): Value {
  if (value === null) return null;
  if (!field.list) return atomFromSql(field.scalar, value);
  return (JSON.parse(value as string) as SqlValue[]).map((item) => atomFromSql(field.scalar, item));
}
