import { DatabaseSync } from 'node:sqlite';
import type { EntityType, Schema } from '../schema/schema.ts';
import { columnType, currentTable, FROM, historyTable, quote, TO } from './columns.ts';

/** Of the tables below; another one in the file means that the index is built anew. */
export const LAYOUT = 1;

/**
 * Opens the file for the one writer. Write-ahead log: readers see the last commit and never wait, and a kill at any
 * moment leaves the last commit.
 */
export function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=2000;',
  );
  addFunctions(db);
  return db;
}

/** What filters need and SQLite lacks. */
function addFunctions(db: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true };
  // SQLite's own lower() knows ASCII only.
  db.function('fold', options, (text) => (typeof text === 'string' ? text.toLowerCase() : text));
  // In hex, at a whole byte.
  db.function('bytes_contain', options, (bytes, part) => {
    if (typeof bytes !== 'string' || typeof part !== 'string') return null;
    const wanted = part.slice(2);
    for (let at = bytes.indexOf(wanted, 2); at !== -1; at = bytes.indexOf(wanted, at + 1)) if (at % 2 === 0) return 1;
    return 0;
  });
}

/** A reader's own connection. */
export function openReader(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  db.exec('PRAGMA query_only=1; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;');
  addFunctions(db);
  return db;
}

/** Tables of what is not an entity: the marks of the index, block headers, data sources made from templates. */
const SYSTEM = `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blocks (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL, parent TEXT NOT NULL, timestamp INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS blocks_hash ON blocks (hash);
  CREATE TABLE IF NOT EXISTS sources (
    id INTEGER PRIMARY KEY, template TEXT NOT NULL, address TEXT NOT NULL, context TEXT NOT NULL,
    block INTEGER NOT NULL, UNIQUE (template, address, context));
`;

/**
 * Two tables an entity: the versions that are current, with an index for every column that can be filtered or ordered
 * by, and the versions of the past, which only the `block` argument and a rollback read.
 */
function entityTables(type: EntityType): string {
  const columns = type.stored.map((field) => `${quote(field.name)} ${columnType(field)}`);
  const [id, ...others] = type.stored;
  const indexed = others.filter((field) => !field.list);
  const index = (table: string, name: string, by: string): string =>
    `CREATE INDEX IF NOT EXISTS ${quote(`${table}_${name}`)} ON ${quote(table)} (${by});`;
  return [
    `CREATE TABLE IF NOT EXISTS ${currentTable(type.name)} (${columns.join(', ')}, ${FROM} INTEGER NOT NULL);`,
    `CREATE UNIQUE INDEX IF NOT EXISTS ${quote(`e_${type.name}_id`)} ON ${currentTable(type.name)} (${quote(id!.name)});`,
    index(`e_${type.name}`, '$from', FROM),
    ...indexed.map((field) => index(`e_${type.name}`, field.name, `${quote(field.name)}, "id"`)),
    `CREATE TABLE IF NOT EXISTS ${historyTable(type.name)} (${columns.join(', ')}, ${FROM} INTEGER NOT NULL, ${TO} INTEGER NOT NULL);`,
    index(`h_${type.name}`, '$to', TO),
    index(`h_${type.name}`, 'id', `"id", ${TO}`),
  ].join('\n');
}

export function createTables(db: DatabaseSync, schema: Schema): void {
  db.exec(SYSTEM);
  for (const type of schema.entities.values()) db.exec(entityTables(type));
}

/** Every table of this file, whoever made them: a database of another schema is emptied, never mixed. */
export function dropTables(db: DatabaseSync): void {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  for (const { name } of tables as { name: string }[]) db.exec(`DROP TABLE ${quote(name)}`);
}

/** Runs `body` in a transaction: all of it, or nothing. */
export function transaction<T>(db: DatabaseSync, body: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = body();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

export function getMeta(db: DatabaseSync, key: string): string | undefined {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(key) as { value: string } | undefined;
  return row?.value;
}

export function setMeta(db: DatabaseSync, key: string, value: string | undefined): void {
  if (value === undefined) db.prepare('DELETE FROM meta WHERE key = ?').run(key);
  else db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(key, value);
}
