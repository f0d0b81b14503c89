import type { EntityType, Field, Schema } from '../schema/schema.ts';
import { FROM, quote, type SqlValue } from '../store/columns.ts';
import { inTime } from './deadline.ts';
import { type Operator, splitKey } from './operators.ts';
import { QueryError } from './queryError.ts';
import { queryValue } from './scalars.ts';
import { tableAt } from './tableAt.ts';

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type Filter = Readonly<Record<string, unknown>>;

/** Whether a query that returns one row a match has more than {@link FEW} of them. */
export type IsCommon = (probe: Sql) => boolean;

/** So many rows are found by an index and sorted in a millisecond. */
export const FEW = 2_000;

const MAX_DEPTH = 8;
const MAX_CONDITIONS = 200;
const MAX_MEMBERS = 1_000;
const LAST_CHARACTER = '\u{10FFFF}';

const COMPARE: Partial<Record<Operator, string>> = {
  '': '=',
  _not: '<>',
  _gt: '>',
  _lt: '<',
  _gte: '>=',
  _lte: '<=',
};

const TRUE: Sql = { text: '1', values: [] };
const FALSE: Sql = { text: '0', values: [] };

export function joinSql(parts: readonly Sql[], word: 'AND' | 'OR'): Sql {
  if (parts.length === 0) return word === 'AND' ? TRUE : FALSE;
  return {
    text: parts.map(({ text }) => `(${text})`).join(` ${word} `),
    values: parts.flatMap(({ values }) => values),
  };
}

/** Turns the `where` argument into a condition on the alias; filters on other entities see the same block. */
export class WhereBuilder {
  readonly #schema: Schema;
  readonly #block: number | undefined;
  /** Conditions of the outermost level that must not use the index of their column. */
  readonly #unindexed: ReadonlySet<string>;
  readonly #isCommon: IsCommon;
  #aliases = 0;
  #conditions = 0;

  constructor(
    schema: Schema,
    block: number | undefined,
    isCommon: IsCommon,
    unindexed: ReadonlySet<string> = new Set(),
  ) {
    this.#schema = schema;
    this.#block = block;
    this.#isCommon = isCommon;
    this.#unindexed = unindexed;
  }

  /** @throws QueryError */
  build(type: EntityType, filter: Filter, alias: string, depth = 0): Sql {
    if (depth > MAX_DEPTH) throw new QueryError(`filters may be nested ${MAX_DEPTH} deep at most`);
    const entries = Object.entries(filter).filter(([, value]) => value !== undefined);
    if ('or' in filter && entries.length > 1)
      throw new QueryError(
        "the filter argument 'or' cannot be mixed with column filters at the same level; put them into 'and'",
      );
    return joinSql(
      entries.map(([key, value]) => this.#condition(type, key, value, alias, depth)),
      'AND',
    );
  }

  #condition(type: EntityType, key: string, value: unknown, alias: string, depth: number): Sql {
    this.#conditions += 1;
    if (this.#conditions > MAX_CONDITIONS)
      throw new QueryError(`a filter may have ${MAX_CONDITIONS} conditions at most`);
    if (key === 'and' || key === 'or') {
      const parts = ((value ?? []) as readonly (Filter | null)[]).map((one) =>
        one === null ? TRUE : this.build(type, one, alias, depth + 1),
      );
      return key === 'or' && parts.length === 0 ? TRUE : joinSql(parts, key === 'and' ? 'AND' : 'OR');
    }
    if (key === '_change_block') return this.#changed(value, alias);
    const nested = key.endsWith('_') ? type.fields.get(key.slice(0, -1)) : undefined;
    if (nested?.entity !== undefined) return this.#nested(nested, value as Filter | null, alias, depth);
    const split = splitKey(key, type.fields);
    if (split === undefined) throw new QueryError(`${type.name} has no filter ${key}`);
    const [field, operator] = split;
    // SQLite takes no index for an expression, and a plus sign makes one.
    const plus = depth === 0 && this.#unindexed.has(key) ? '+' : '';
    const column = `${plus}${alias}.${quote(field.name)}`;
    return field.list
      ? listCondition(field, operator, value, column, alias)
      : columnCondition(field, operator, value, column, alias);
  }

  #changed(value: unknown, alias: string): Sql {
    const since = (value as { number_gte?: number } | null)?.number_gte;
    return since === undefined ? TRUE : { text: `${alias}.${FROM} >= ?`, values: [since] };
  }

  /** There is an entity that is referred to (or refers here) and passes the filter. */
  #nested(field: Field, filter: Filter | null, alias: string, depth: number): Sql {
    if (filter === null) return TRUE;
    const target = this.#schema.entities.get(field.entity!)!;
    this.#aliases += 1;
    const inner = `n${this.#aliases}`;
    const wanted = this.build(target, filter, inner, depth + 1);
    const condition: Sql = { text: `${inTime(inner)} AND (${wanted.text})`, values: wanted.values };
    const back = joinColumns(field, target, alias, inner);
    const from = `FROM ${tableAt(target, this.#block)} AS ${inner} WHERE ${condition.text}`;
    // A few: found once, then by index. Many: looked at row by row, until the page is full.
    if (
      back !== undefined &&
      depth === 0 &&
      !this.#isCommon({ text: `SELECT 1 ${from} LIMIT ${FEW + 1}`, values: condition.values })
    )
      return { text: `${back.outer} IN (SELECT ${back.inner} ${from})`, values: condition.values };
    const link = linkOf(field, target, alias, inner);
    return {
      text: `EXISTS (SELECT 1 FROM ${tableAt(target, this.#block)} AS ${inner} WHERE ${link} AND ${condition.text})`,
      values: condition.values,
    };
  }
}

const INDEXED: readonly Operator[] = ['', '_gt', '_lt', '_gte', '_lte', '_in', '_starts_with'];

/** Filters of the outermost level that SQLite would answer from the index of their column. */
export const indexedKeys = (type: EntityType, filter: Filter): string[] =>
  Object.keys(filter).filter((key) => {
    const split = splitKey(key, type.fields);
    return split !== undefined && !split[0].list && split[0].name !== 'id' && INDEXED.includes(split[1]);
  });

/** The columns that are equal in both rows; undefined where one of them is a list. */
function joinColumns(
  field: Field,
  target: EntityType,
  outer: string,
  inner: string,
): { readonly outer: string; readonly inner: string } | undefined {
  if (field.derivedFrom !== undefined)
    return target.fields.get(field.derivedFrom)!.list
      ? undefined
      : { outer: `${outer}."id"`, inner: `${inner}.${quote(field.derivedFrom)}` };
  return field.list ? undefined : { outer: `${outer}.${quote(field.name)}`, inner: `${inner}."id"` };
}

/** How the rows of `inner` (of the field's entity) belong to the row of `outer`. */
function linkOf(field: Field, target: EntityType, outer: string, inner: string): string {
  const member = (list: string, id: string): string => `EXISTS (SELECT 1 FROM json_each(${list}) WHERE value = ${id})`;
  if (field.derivedFrom !== undefined) {
    const back = `${inner}.${quote(field.derivedFrom)}`;
    return target.fields.get(field.derivedFrom)!.list ? member(back, `${outer}."id"`) : `${back} = ${outer}."id"`;
  }
  const column = `${outer}.${quote(field.name)}`;
  return field.list ? `${inner}."id" IN (SELECT value FROM json_each(${column}))` : `${inner}."id" = ${column}`;
}

function columnCondition(field: Field, operator: Operator, value: unknown, column: string, alias: string): Sql {
  if (operator === '_in' || operator === '_not_in') return membership(field, operator, value, column);
  if (value === null) {
    if (operator === '') return { text: `${column} IS NULL`, values: [] };
    if (operator === '_not') return { text: `${column} IS NOT NULL`, values: [] };
    throw new QueryError(`${field.name}${operator} cannot be null`);
  }
  const wanted = queryValue(field.scalar, value);
  const compare = COMPARE[operator];
  return compare === undefined
    ? textCondition(field, operator, String(wanted), column, alias)
    : { text: `${column} ${compare} ?`, values: [wanted] };
}

function membership(field: Field, operator: '_in' | '_not_in', value: unknown, column: string): Sql {
  const items = value as readonly unknown[] | null;
  if (items === null) throw new QueryError(`${field.name}${operator} cannot be null`);
  if (items.length > MAX_MEMBERS)
    throw new QueryError(`${field.name}${operator} may have ${MAX_MEMBERS} items at most`);
  const values = items.map((item) => queryValue(field.scalar, item));
  const marks = values.map(() => '?').join(', ');
  return { text: `${column} ${operator === '_in' ? 'IN' : 'NOT IN'} (${marks})`, values };
}

function textCondition(field: Field, operator: Operator, text: string, column: string, alias: string): Sql {
  const negative = operator.startsWith('_not_');
  const nocase = operator.endsWith('_nocase');
  const kind = operator.replace('_not_', '_').replace('_nocase', '');
  const side = nocase ? { column: `fold(${column})`, text: text.toLowerCase() } : { column, text };
  const { text: sql, values } = positiveText(field, kind, nocase, side.column, side.text);
  // A prefix is a range of the index, and its rows are counted; long texts in long texts take their time.
  const timed = operator === '_starts_with' ? sql : `${inTime(alias)} AND ${sql}`;
  return { text: negative ? `NOT (${timed})` : timed, values };
}

function positiveText(field: Field, kind: string, nocase: boolean, column: string, text: string): Sql {
  if (kind === '_contains')
    return field.scalar === 'Bytes'
      ? { text: `bytes_contain(${column}, ?)`, values: [text] }
      : { text: `instr(${column}, ?) > 0`, values: [text] };
  if (kind === '_starts_with')
    // A range, so that the column's index serves.
    return nocase
      ? { text: `substr(${column}, 1, length(?)) = ?`, values: [text, text] }
      : { text: `${column} >= ? AND ${column} < ?`, values: [text, text + LAST_CHARACTER] };
  return text === ''
    ? { text: `${column} IS NOT NULL`, values: [] }
    : { text: `substr(${column}, -length(?)) = ?`, values: [text, text] };
}

function listCondition(field: Field, operator: Operator, value: unknown, column: string, alias: string): Sql {
  if (value === null) {
    if (operator === '') return { text: `${column} IS NULL`, values: [] };
    if (operator === '_not') return { text: `${column} IS NOT NULL`, values: [] };
    throw new QueryError(`${field.name}${operator} cannot be null`);
  }
  const items = value as readonly unknown[];
  if (items.length > MAX_MEMBERS)
    throw new QueryError(`${field.name}${operator} may have ${MAX_MEMBERS} items at most`);
  const values = items
    .map((item) => queryValue(field.scalar, item))
    .map((one) => (typeof one === 'bigint' ? String(one) : one));
  if (operator === '' || operator === '_not')
    return { text: `${column} ${operator === '' ? '=' : '<>'} ?`, values: [JSON.stringify(values)] };
  const nocase = operator.endsWith('_nocase');
  const test = nocase ? 'fold(value) = ?' : 'value = ?';
  const all = joinSql(
    values.map((one) => ({
      text: `${inTime(alias)} AND EXISTS (SELECT 1 FROM json_each(${column}) WHERE ${test})`,
      values: [nocase ? String(one).toLowerCase() : one],
    })),
    'AND',
  );
  return operator.startsWith('_not')
    ? { text: `${column} IS NOT NULL AND NOT (${all.text})`, values: all.values }
    : { text: `${column} IS NOT NULL AND (${all.text})`, values: all.values };
}
