import type { Field } from '../schema/schema.ts';

/** Suffixes of a filter on one column, as graph-node offers them for the type. */
const COMPARISONS = ['', '_not', '_gt', '_lt', '_gte', '_lte', '_in', '_not_in'] as const;
const MEMBERSHIP = ['', '_not', '_in', '_not_in'] as const;
const TEXT = [
  '_contains',
  '_contains_nocase',
  '_not_contains',
  '_not_contains_nocase',
  '_starts_with',
  '_starts_with_nocase',
  '_not_starts_with',
  '_not_starts_with_nocase',
  '_ends_with',
  '_ends_with_nocase',
  '_not_ends_with',
  '_not_ends_with_nocase',
] as const;
const LIST = ['', '_not', '_contains', '_contains_nocase', '_not_contains', '_not_contains_nocase'] as const;

export type Operator = (typeof COMPARISONS)[number] | (typeof TEXT)[number];

export function operatorsOf(field: Field): readonly Operator[] {
  if (field.list) return LIST;
  if (field.entity !== undefined) return [...COMPARISONS, ...TEXT];
  if (field.enumeration !== undefined || field.scalar === 'Boolean') return MEMBERSHIP;
  if (field.scalar === 'String') return [...COMPARISONS, ...TEXT];
  if (field.scalar === 'Bytes') return [...COMPARISONS, '_contains', '_not_contains'];
  return COMPARISONS;
}

/** The longest suffix that makes `key` a filter of a field. */
export function splitKey(key: string, fields: ReadonlyMap<string, Field>): [Field, Operator] | undefined {
  for (let at = key.length; at > 0; at = key.lastIndexOf('_', at - 1)) {
    const field = fields.get(key.slice(0, at));
    const operator = key.slice(at) as Operator;
    if (field !== undefined && field.derivedFrom === undefined && operatorsOf(field).includes(operator))
      return [field, operator];
  }
  return undefined;
}
