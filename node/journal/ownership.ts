import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The right to write one journal. */
export interface Ownership {
  release(): void;
}

/**
 * Takes the lock beside a journal: an empty SQLite file in an open exclusive transaction, because SQLite's locks work on
 * every system and end with the process. Throws SQLite's "database is locked" when somebody else has it.
 */
export function own(path: string, timeoutMs: number): Ownership {
  const lockFile = `${path}-lock`;
  createPrivately(lockFile);
  const lock = new DatabaseSync(lockFile, { timeout: timeoutMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    release: () => {
      if (lock.isOpen) lock.close();
    },
  };
}

/**
 * The journal holds signed payments: nobody but the owner may read it. SQLite gives its WAL file the same mode. An
 * existing file is not opened here: closing any descriptor of it would drop the POSIX lock that this process may hold.
 */
export function createPrivately(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}
