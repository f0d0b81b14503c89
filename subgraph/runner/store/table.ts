import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Entity, Value } from '../schema/entity.ts';
import type { EntityType, Field } from '../schema/schema.ts';
import { currentTable, FROM, fromSql, historyTable, quote, type SqlValue, selected, TO, toSql } from './columns.ts';

/** The two tables of one entity type, through prepared statements. */
export class EntityTable {
  readonly type: EntityType;
  readonly #db: DatabaseSync;
  readonly #columns: string;
  readonly #load: StatementSync;
  readonly #insert: StatementSync;
  readonly #archive: StatementSync;
  readonly #delete: StatementSync;
  readonly #updates = new Map<string, StatementSync>();
  readonly #related = new Map<string, StatementSync>();

  constructor(db: DatabaseSync, type: EntityType) {
    this.#db = db;
    this.type = type;
    const names = type.stored.map((field) => quote(field.name)).join(', ');
    this.#columns = type.stored.map((field) => selected(field)).join(', ');
    const marks = type.stored.map(() => '?').join(', ');
    const current = currentTable(type.name);
    this.#load = db.prepare(`SELECT ${this.#columns} FROM ${current} WHERE "id" = ?`);
    this.#insert = db.prepare(`INSERT INTO ${current} (${names}, ${FROM}) VALUES (${marks}, ?)`);
    this.#archive = db.prepare(
      `INSERT INTO ${historyTable(type.name)} (${names}, ${FROM}, ${TO}) SELECT ${names}, ${FROM}, ? FROM ${current} WHERE "id" = ?`,
    );
    this.#delete = db.prepare(`DELETE FROM ${current} WHERE "id" = ?`);
  }

  load(id: string): Entity | undefined {
    const row = this.#load.get(this.#key(id));
    return row === undefined ? undefined : this.#entity(row);
  }

  /** Current entities whose field names this id, in no order. */
  related(field: Field, id: string): Entity[] {
    let statement = this.#related.get(field.name);
    if (statement === undefined) {
      const column = quote(field.name);
      const condition = field.list
        ? `${column} IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ?)`
        : `${column} = ?`;
      statement = this.#db.prepare(`SELECT ${this.#columns} FROM ${currentTable(this.type.name)} WHERE ${condition}`);
      this.#related.set(field.name, statement);
    }
    return statement.all(id).map((row) => this.#entity(row));
  }

  insert(entity: Entity, block: number): void {
    this.#insert.run(...this.type.stored.map((field) => toSql(field, entity[field.name])), block);
  }

  /** Keeps what was, and touches only the columns (and so the indexes) that change. */
  replace(before: Entity, entity: Entity, block: number): void {
    const id = this.#key(entity['id'] as string);
    this.#archive.run(block, id);
    const changed = this.type.stored.filter((field) => !sameValue(before[field.name], entity[field.name]));
    this.#update(changed).run(...changed.map((field) => toSql(field, entity[field.name])), block, id);
  }

  #update(changed: readonly Field[]): StatementSync {
    const key = changed.map((field) => field.name).join(' ');
    let statement = this.#updates.get(key);
    if (statement === undefined) {
      const assignments = [...changed.map((field) => `${quote(field.name)} = ?`), `${FROM} = ?`].join(', ');
      statement = this.#db.prepare(`UPDATE ${currentTable(this.type.name)} SET ${assignments} WHERE "id" = ?`);
      this.#updates.set(key, statement);
    }
    return statement;
  }

  remove(id: string, block: number): void {
    this.#archive.run(block, this.#key(id));
    this.#delete.run(this.#key(id));
  }

  /** Undoes every block after `block`: what came later goes, what was replaced or removed later comes back. */
  rollBack(block: number): void {
    const names = this.type.stored.map((field) => quote(field.name)).join(', ');
    const current = currentTable(this.type.name);
    const history = historyTable(this.type.name);
    this.#db.prepare(`DELETE FROM ${current} WHERE ${FROM} > ?`).run(block);
    this.#db
      .prepare(
        `INSERT INTO ${current} (${names}, ${FROM}) SELECT ${names}, ${FROM} FROM ${history} WHERE ${TO} > ? AND ${FROM} <= ?`,
      )
      .run(block, block);
    this.#db.prepare(`DELETE FROM ${history} WHERE ${TO} > ?`).run(block);
  }

  #key(id: string): SqlValue {
    return this.type.stored[0]!.scalar === 'Int8' ? BigInt(id) : id;
  }

  #entity(row: Record<string, unknown>): Entity {
    const entity: Record<string, Value> = {};
    for (const field of this.type.stored) entity[field.name] = fromSql(field, row[field.name] as SqlValue);
    return entity;
  }
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === null || a === undefined) return b === null || b === undefined;
  if (b === null || b === undefined || typeof a !== typeof b || typeof a !== 'object') return false;
  if (Array.isArray(a)) {
    const other = b as readonly Value[];
    return Array.isArray(b) && a.length === other.length && a.every((item, i) => sameValue(item, other[i]));
  }
  const [x, y] = [a, b] as unknown as { digits: bigint; exponent: number }[];
  return x!.digits === y!.digits && x!.exponent === y!.exponent;
}
