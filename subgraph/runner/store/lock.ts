import { DatabaseSync } from 'node:sqlite';
import { RunnerError } from '../errors.ts';

/**
 * Two writers would each trust what they remember of the other's tables. The lock is SQLite's own on a file beside the
 * database: the system lets go of it when the process ends, however it ends.
 * @returns lets go
 * @throws RunnerError when another process has it
 */
export function lockDatabase(path: string): () => void {
  if (path === ':memory:') return () => undefined;
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new RunnerError('LOCKED', `another runner works on ${path}; stop it, or give this one its own --db`, error);
  }
  return () => lock.close();
}
