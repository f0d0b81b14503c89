import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { GraphQLFieldResolver } from 'graphql';
import { formatBigDecimal } from '../number/bigDecimal.ts';
import type { EntityType, Field, Schema } from '../schema/schema.ts';
import { quote, type SqlValue } from '../store/columns.ts';
import { decimalOf, integerText } from '../store/sortable.ts';
import type { Deadline } from './deadline.ts';
import { Budget } from './limits.ts';
import { columnsOf, type ListArguments, selectList } from './select.ts';
import { tableAt } from './tableAt.ts';
import { FEW, type Sql } from './where.ts';

type Columns = Readonly<Record<string, SqlValue>>;

/** An entity on its way into the answer: what it refers to is read as of the same block. */
export interface Row {
  readonly columns: Columns;
  /** Undefined: the last one. */
  readonly block: number | undefined;
}

const MAX_STATEMENTS_KEPT = 500;

/** Prepared statements by their text. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #kept = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  prepare(text: string): StatementSync {
    let statement = this.#kept.get(text);
    if (statement === undefined) {
      if (this.#kept.size >= MAX_STATEMENTS_KEPT) this.#kept.clear();
      statement = this.#db.prepare(text);
      this.#kept.set(text, statement);
    }
    return statement;
  }
}

/**
 * Reads of one request. Everything is synchronous, in one read transaction, so an answer is of one block; references
 * are looked up one by one, which inside this process costs a few microseconds each, and each only once.
 */
export class Reader {
  readonly schema: Schema;
  readonly #statements: Statements;
  readonly #budget: Budget;
  readonly #loaded = new Map<string, Row | null>();

  constructor(schema: Schema, statements: Statements, deadline: Deadline) {
    this.schema = schema;
    this.#statements = statements;
    this.#budget = new Budget(deadline);
  }

  #all(sql: Sql, block: number | undefined): Row[] {
    const rows = this.#statements.prepare(sql.text).all(...sql.values) as unknown as Columns[];
    this.#budget.spend(rows.length);
    return rows.map((columns) => ({ columns, block }));
  }

  #isCommon(probe: Sql): boolean {
    const text = `SELECT count(*) AS n FROM (${probe.text})`;
    const { n } = this.#statements.prepare(text).get(...probe.values) as { n: number };
    this.#budget.spend(0);
    return n > FEW;
  }

  list(type: EntityType, args: ListArguments, block: number | undefined, scope?: Sql): Row[] {
    return this.#all(
      selectList(this.schema, type, args, block, (probe) => this.#isCommon(probe), scope),
      block,
    );
  }

  one(type: EntityType, id: SqlValue, block: number | undefined): Row | null {
    const key = `${type.name} ${block ?? ''} ${String(id)}`;
    let row = this.#loaded.get(key);
    if (row === undefined) {
      const text = `SELECT ${columnsOf(type, 'c')} FROM ${tableAt(type, block)} AS c WHERE c."id" = ?`;
      row = this.#all({ text, values: [id] }, block)[0] ?? null;
      this.#loaded.set(key, row);
    }
    return row;
  }

  /** Entities that a field of a row lists. */
  children(field: Field, row: Row, args: ListArguments): Row[] {
    const target = this.schema.entities.get(field.entity!)!;
    const own = row.columns[field.name] ?? null;
    if (field.derivedFrom === undefined && own === null) return [];
    return this.list(target, args, row.block, scopeOf(field, target, row.columns['id'] ?? null, own));
  }

  /** The one entity whose field of a single reference names this row. */
  derivedOne(field: Field, row: Row): Row | null {
    const target = this.schema.entities.get(field.entity!)!;
    return (
      this.list(target, { first: 1 }, row.block, scopeOf(field, target, row.columns['id'] ?? null, null))[0] ?? null
    );
  }
}

function scopeOf(field: Field, target: EntityType, id: SqlValue, own: SqlValue): Sql {
  if (field.derivedFrom === undefined) return { text: 'c."id" IN (SELECT value FROM json_each(?))', values: [own] };
  const column = `c.${quote(field.derivedFrom)}`;
  return target.fields.get(field.derivedFrom)!.list
    ? { text: `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ?)`, values: [id] }
    : { text: `${column} = ?`, values: [id] };
}

function atom(field: Field, value: SqlValue): unknown {
  switch (field.scalar) {
    case 'BigInt':
      return integerText(value as string);
    case 'BigDecimal':
      return formatBigDecimal(decimalOf(value as string));
    case 'Boolean':
      return Number(value) === 1;
    case 'Int':
      return Number(value);
    default:
      return String(value);
  }
}

/** The value of a field of an entity. */
export const resolveField: GraphQLFieldResolver<unknown, Reader> = (source, args, reader, info) => {
  const row = source as Row;
  const field = reader.schema.entities.get(info.parentType.name)?.fields.get(info.fieldName);
  if (field === undefined) return (source as Record<string, unknown>)[info.fieldName];
  if (field.entity !== undefined) {
    if (field.list) return reader.children(field, row, args as ListArguments);
    if (field.derivedFrom !== undefined) return reader.derivedOne(field, row);
    const id = row.columns[field.name] ?? null;
    return id === null ? null : reader.one(reader.schema.entities.get(field.entity)!, id, row.block);
  }
  const value = row.columns[field.name] ?? null;
  if (value === null) return null;
  return field.list ? (JSON.parse(value as string) as SqlValue[]).map((item) => atom(field, item)) : atom(field, value);
};
