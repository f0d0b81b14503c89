import type { DatabaseSync } from 'node:sqlite';
import { FROM } from '../store/columns.ts';
import { QueryError } from './queryError.ts';

/**
 * When the request at hand has to be answered. A statement that runs in SQLite cannot be stopped from outside, not even
 * by ending its thread, so conditions that may be looked at very often ask for themselves: {@link inTime}.
 */
export class Deadline {
  readonly #milliseconds: number;
  #end = Number.POSITIVE_INFINITY;

  constructor(db: DatabaseSync, milliseconds: number) {
    this.#milliseconds = milliseconds;
    db.function('in_time', { directOnly: true }, (_row) => {
      this.check();
      return 1;
    });
  }

  /** A request begins. */
  start(): void {
    this.#end = performance.now() + this.#milliseconds;
  }

  /** @throws QueryError */
  check(): void {
    if (performance.now() > this.#end)
      throw new QueryError(`the query took more than ${this.#milliseconds} ms; ask for less at once`);
  }
}

/** True for every row, or the end of the statement. It names a column: SQLite would ask once for all rows otherwise. */
export const inTime = (alias: string): string => `in_time(${alias}.${FROM})`;
