import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { invariant } from '../core/errors.ts';
import type { Journal, JournalTable } from '../ports/Journal.ts';
import { JournalCorrupt, JournalTooNew } from './errors.ts';
import { SqliteTable, translated } from './sqliteTable.ts';

/** SQLite's application_id of our files: 'ASSY'. */
const APPLICATION = 0x41535359;
/** Each entry brings the schema from its index to the next number. */
const MIGRATIONS: readonly string[] = [''];
const SCHEMA = MIGRATIONS.length;

export interface JournalOptions {
  /** How long to wait for a dying owner of the file to let go, ms. @default 500 */
  readonly lockTimeoutMs?: number;
}

/**
 * A {@link Journal} on one SQLite file (`node:sqlite`). Write-ahead log with `synchronous=FULL`: a commit is on the
 * disk when the call returns, so it survives SIGKILL and power loss. One process has the file open at a time; the
 * operating system drops the lock with the process, so a killed node leaves nothing to clean up.
 */
export class SqliteJournal implements Journal {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #tables = new Map<string, SqliteTable<unknown>>();
  #depth = 0;

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /**
   * Opens or creates the journal at `path`; `':memory:'` gives one that dies with the process.
   * @throws JournalLocked; {@link JournalTooNew} {@link JournalCorrupt}; JournalWriteFailed
   */
  static open(path: string, options: JournalOptions = {}): SqliteJournal {
    return translated(path, () => {
      if (path !== ':memory:') createPrivately(path);
      const db = new DatabaseSync(path, { timeout: options.lockTimeoutMs ?? 500 });
      try {
        migrate(db, identify(db, path));
        return new SqliteJournal(db, path);
      } catch (error) {
        db.close();
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
  }

  #exec(sql: string): void {
    translated(this.#path, () => this.#db.exec(sql));
  }
}

/**
 * The journal holds signed payments: nobody but the owner may read it. SQLite gives its WAL file the same mode. An
 * existing file is not opened here: closing any descriptor of it would drop the POSIX lock that this process may hold.
 */
function createPrivately(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}

/** Looks before touching anything: a file of another program or of a newer version stays as it is. */
function identify(db: DatabaseSync, path: string): number {
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
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
