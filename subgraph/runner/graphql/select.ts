import type { EntityType, Field, Schema } from '../schema/schema.ts';
import { FROM, quote, selected } from '../store/columns.ts';
import { QueryError } from './queryError.ts';
import { tableAt } from './tableAt.ts';
import { FEW, type Filter, type IsCommon, indexedKeys, joinSql, type Sql, WhereBuilder } from './where.ts';

export interface ListArguments {
  readonly skip?: number | null;
  readonly first?: number | null;
  readonly orderBy?: string | null;
  readonly orderDirection?: 'asc' | 'desc' | null;
  readonly where?: Filter | null;
}

const MAX_FIRST = 1_000;
const MAX_SKIP = 5_000;
const DEFAULT_FIRST = 100;

function within(name: string, value: number, low: number, high: number): number {
  if (value < low || value > high)
    throw new QueryError(`The value of the \`${name}\` argument must be between ${low} and ${high}, but is ${value}`);
  return value;
}

export const columnsOf = (type: EntityType, alias: string): string =>
  [...type.stored.map((field) => selected(field, `${alias}.`)), `${alias}.${FROM}`].join(', ');

interface Order {
  readonly join: string;
  readonly by: string;
}

/** By the column, then by id in the same direction, as graph-node breaks ties; nulls come last ascending, first descending. */
function orderOf(schema: Schema, type: EntityType, args: ListArguments, block: number | undefined): Order {
  const direction = args.orderDirection === 'desc' ? 'DESC' : 'ASC';
  const [name = 'id', nestedName] = (args.orderBy ?? 'id').split('__');
  const field = type.fields.get(name)!;
  const id = `c."id" ${direction}`;
  if (nestedName === undefined)
    return { join: '', by: name === 'id' ? id : `${sortKey('c', field, direction)}, ${id}` };
  const target = schema.entities.get(field.entity!)!;
  return {
    join: `LEFT JOIN ${tableAt(target, block)} AS o ON o."id" = c.${quote(name)}`,
    by: `${sortKey('o', { ...target.fields.get(nestedName)!, required: false }, direction)}, ${id}`,
  };
}

const sortKey = (alias: string, field: Field, direction: string): string =>
  `${alias}.${quote(field.name)} ${direction}${field.required ? '' : ` NULLS ${direction === 'ASC' ? 'LAST' : 'FIRST'}`}`;

/**
 * Filters that so many rows pass that the index of the order serves better: walking it, the first page is soon full, while
 * the index of the filter would have all those rows sorted. SQLite cannot know; counting up to {@link FEW} tells.
 */
function commonKeys(
  schema: Schema,
  type: EntityType,
  args: ListArguments,
  block: number | undefined,
  isCommon: IsCommon,
): ReadonlySet<string> {
  const filter = args.where ?? {};
  const order = args.orderBy ?? 'id';
  if (order === 'id' || order.includes('__') || block !== undefined) return new Set();
  return new Set(
    indexedKeys(type, filter).filter((key) => {
      if (key === order || key.startsWith(`${order}_`)) return false;
      const { text, values } = new WhereBuilder(schema, block, isCommon).build(type, { [key]: filter[key] }, 'c');
      return isCommon({ text: `SELECT 1 FROM ${tableAt(type, block)} AS c WHERE ${text} LIMIT ${FEW + 1}`, values });
    }),
  );
}

/**
 * A list query.
 * @param scope a further condition on the alias `c`: which rows belong to the parent
 * @throws QueryError
 */
export function selectList(
  schema: Schema,
  type: EntityType,
  args: ListArguments,
  block: number | undefined,
  isCommon: IsCommon,
  scope?: Sql,
): Sql {
  const first = within('first', args.first ?? DEFAULT_FIRST, 0, MAX_FIRST);
  const skip = within('skip', args.skip ?? 0, 0, MAX_SKIP);
  const unindexed = commonKeys(schema, type, args, block, isCommon);
  const where = new WhereBuilder(schema, block, isCommon, unindexed).build(type, args.where ?? {}, 'c');
  const condition = joinSql(scope === undefined ? [where] : [scope, where], 'AND');
  const { join, by } = orderOf(schema, type, args, block);
  return {
    text: `SELECT ${columnsOf(type, 'c')} FROM ${tableAt(type, block)} AS c ${join} WHERE ${condition.text} ORDER BY ${by} LIMIT ? OFFSET ?`,
    values: [...condition.values, first, skip],
  };
}
