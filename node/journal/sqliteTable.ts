import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant, ProtocolError } from '../core/errors.ts';
import type { JournalTable } from '../ports/Journal.ts';
import { JournalCorrupt, JournalKeyTaken, JournalLocked, JournalWriteFailed } from './errors.ts';
import { decodeRow, encodeRow } from './rowCodec.ts';

/** Rows read at once by {@link SqliteTable.entries}. */
const PAGE = 256;

interface Stored {
  readonly seq: number;
  readonly key: string;
  readonly json: string;
}

/** One journal table = one SQLite table `(seq, key unique, json)`; `seq` keeps the insertion order. */
export class SqliteTable<Row> implements JournalTable<Row> {
  readonly #name: string;
  readonly #path: string;
  readonly #get: StatementSync;
  readonly #insert: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #page: StatementSync;
  readonly #last: StatementSync;
  readonly #count: StatementSync;

  constructor(db: DatabaseSync, name: string, path: string) {
    invariant(/^[a-zA-Z][a-zA-Z0-9_-]{0,99}$/.test(name), `a journal table is named in letters and digits: ${name}`);
    this.#name = name;
    this.#path = path;
    const table = `"t_${name}"`;
    db.exec(
      `CREATE TABLE IF NOT EXISTS ${table}
       (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT`,
    );
    this.#get = db.prepare(`SELECT json FROM ${table} WHERE key = ?`);
    this.#insert = db.prepare(`INSERT INTO ${table} (key, json) VALUES (?, ?)`);
    this.#put = db.prepare(
      `INSERT INTO ${table} (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json`,
    );
    this.#delete = db.prepare(`DELETE FROM ${table} WHERE key = ?`);
    this.#page = db.prepare(
      `SELECT seq, key, json FROM ${table} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${PAGE}`,
    );
    this.#last = db.prepare(`SELECT coalesce(max(seq), 0) AS seq FROM ${table}`);
    this.#count = db.prepare(`SELECT count(*) AS n FROM ${table}`);
  }

  get(key: string): Row | undefined {
    const found = this.#run(() => this.#get.get(key)) as { json: string } | undefined;
    return found === undefined ? undefined : this.#decode(key, found.json);
  }

  insert(key: string, row: Row): void {
    const json = encodeRow(row);
    try {
      this.#run(() => this.#insert.run(key, json));
    } catch (error) {
      const unique = error instanceof ProtocolError && error.walk(isUniqueViolation) !== undefined;
      throw unique ? new JournalKeyTaken(this.#name, key) : error;
    }
  }

  put(key: string, row: Row): void {
    const json = encodeRow(row);
    this.#run(() => this.#put.run(key, json));
  }

  delete(key: string): void {
    this.#run(() => this.#delete.run(key));
  }

  /** Reads page by page, so the body may change the table; rows inserted after the call are not seen. */
  *entries(): Generator<readonly [key: string, row: Row]> {
    const last = (this.#run(() => this.#last.get()) as { seq: number }).seq;
    let after = 0;
    for (;;) {
      const page = this.#run(() => this.#page.all(after, last)) as unknown as Stored[];
      for (const { key, json } of page) yield [key, this.#decode(key, json)];
      if (page.length < PAGE) return;
      after = page.at(-1)!.seq;
    }
  }

  count(): number {
    return (this.#run(() => this.#count.get()) as { n: number }).n;
  }

  #run<T>(body: () => T): T {
    return translated(this.#path, body);
  }

  #decode(key: string, json: string): Row {
    try {
      return decodeRow(json) as Row;
    } catch (error) {
      throw new JournalCorrupt(this.#path, `row ${key} of table ${this.#name} is not what was written`, error);
    }
  }
}

const SQLITE_CONSTRAINT_UNIQUE = 2067;
const isUniqueViolation = (error: unknown): boolean =>
  (error as { errcode?: unknown } | undefined)?.errcode === SQLITE_CONSTRAINT_UNIQUE;

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html) that mean "busy" and "damaged file". */
const BUSY = new Set([5, 6]);
const DAMAGED = new Set([11, 26]);

/** SQLite's "disk is full" and "input or output failed". */
export const isWriteFailure = (error: unknown): boolean =>
  [10, 13].includes(Number((error as { errcode?: unknown } | undefined)?.errcode) & 0xff);

/** Runs `body`, turning SQLite's and the file system's errors into ours. */
export function translated<T>(path: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof ProtocolError) throw error;
    const { errcode, code } = error as { errcode?: unknown; code?: unknown };
    if (typeof errcode === 'number') {
      const primary = errcode & 0xff;
      if (BUSY.has(primary)) throw new JournalLocked(path, error);
      if (DAMAGED.has(primary)) throw new JournalCorrupt(path, error.message, error);
      throw new JournalWriteFailed(path, error.message, error);
    }
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) throw new JournalWriteFailed(path, error.message, error);
    throw error;
  }
}
