import { DatabaseSync } from 'node:sqlite';
import { invariant } from '../core/errors.ts';
import type { Journal, JournalTable } from '../ports/Journal.ts';
import { JournalCorrupt, JournalTooNew } from './errors.ts';
import { createPrivately, type Ownership, own } from './ownership.ts';
import { SqliteTable, translated } from './sqliteTable.ts';

/** SQLite's application_id of our files: 'ASSY'. */
export const APPLICATION = 0x41535359;
/** Each entry brings the schema from its index to the next number. */
const MIGRATIONS: readonly string[] = [''];
export const SCHEMA = MIGRATIONS.length;

export interface JournalOptions {
  /** How long to wait for a dying owner of the file to let go, ms. @default 500 */
  readonly lockTimeoutMs?: number;
}

/**
 * A {@link Journal} on one SQLite file (`node:sqlite`). Write-ahead log with `synchronous=FULL`: a commit is on the
 * disk when the call returns, so it survives SIGKILL and power loss. One process owns the file at a time by a lock on
 * `<path>-lock`; the operating system drops it with the process, so a killed node leaves nothing to clean up. Others may
 * read meanwhile (backup.ts).
 */
export class SqliteJournal implements Journal {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #owned: Ownership | undefined;
  readonly #tables = new Map<string, SqliteTable<unknown>>();
  #depth = 0;

  private constructor(db: DatabaseSync, path: string, owned: Ownership | undefined) {
    this.#db = db;
    this.#path = path;
    this.#owned = owned;
  }

  /**
   * Opens or creates the journal at `path`; `':memory:'` gives one that dies with the process.
   * @throws JournalLocked; {@link JournalTooNew} {@link JournalCorrupt}; JournalWriteFailed
   */
  static open(path: string, options: JournalOptions = {}): SqliteJournal {
    return translated(path, () => {
      const timeout = options.lockTimeoutMs ?? 500;
      const owned = path === ':memory:' ? undefined : own(path, timeout);
      let db: DatabaseSync | undefined;
      try {
        if (owned !== undefined) createPrivately(path);
        db = new DatabaseSync(path, { timeout });
        migrate(db, identify(db, path));
        return new SqliteJournal(db, path, owned);
      } catch (error) {
        db?.close();
        owned?.release();
        throw error;
      }
    });
  }

  /** Transactions nest: an inner one that throws undoes its own changes only. */
  transaction<T>(body: () => T): T {
    const level = this.#depth;
    const [begin, commit, rollback] =
      level === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : [`SAVEPOINT s${level}`, `RELEASE s${level}`, `ROLLBACK TO s${level}; RELEASE s${level}`];
    this.#exec(begin);
    this.#depth = level + 1;
    try {
      const result = body();
      invariant(!(result instanceof Promise), 'the body of a journal transaction is synchronous');
      this.#exec(commit);
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself; a second ROLLBACK would hide the first error.
      if (this.#db.isTransaction) this.#exec(rollback);
      throw error;
    } finally {
      this.#depth = level;
    }
  }

  table<Row>(name: string): JournalTable<Row> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      invariant(this.#depth === 0, 'journal tables are opened outside transactions');
      table = translated(this.#path, () => new SqliteTable<unknown>(this.#db, name, this.#path));
      this.#tables.set(name, table);
    }
    return table as SqliteTable<Row>;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
    this.#owned?.release();
  }

  #exec(sql: string): void {
    translated(this.#path, () => this.#db.exec(sql));
  }
}

/** Looks before touching anything: a file of another program or of a newer version stays as it is. */
function identify(db: DatabaseSync, path: string): number {
  const [{ quick_check: sound }] = db.prepare('PRAGMA quick_check(1)').all() as [{ quick_check: string }];
  if (sound !== 'ok') throw new JournalCorrupt(path, sound);
  const application = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const objects = (db.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number }).n;
  if (application !== APPLICATION && application + version + objects !== 0) {
    throw new JournalCorrupt(path, 'it is an SQLite file of another program');
  }
  if (version > SCHEMA) throw new JournalTooNew(path, version, SCHEMA);
  return version;
}

function migrate(db: DatabaseSync, version: number): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const steps = MIGRATIONS.slice(version).join(';');
  db.exec(
    `BEGIN EXCLUSIVE; PRAGMA application_id = ${APPLICATION}; ${steps}; PRAGMA user_version = ${SCHEMA}; COMMIT;`,
  );
}

const pragma = (db: DatabaseSync, name: 'application_id' | 'user_version'): number =>
  Number((db.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name]);
