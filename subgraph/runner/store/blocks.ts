import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface StoredBlock {
  readonly number: number;
  readonly hash: string;
  readonly parent: string;
  readonly timestamp: number;
}

/** Headers of what is indexed: every block near the head, elsewhere those with events and the ends of ranges. */
export class Blocks {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #tip: StatementSync;
  readonly #at: StatementSync;
  readonly #before: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare('INSERT OR REPLACE INTO blocks (number, hash, parent, timestamp) VALUES (?, ?, ?, ?)');
    this.#tip = db.prepare('SELECT * FROM blocks ORDER BY number DESC LIMIT 1');
    this.#at = db.prepare('SELECT * FROM blocks WHERE number = ?');
    this.#before = db.prepare('SELECT * FROM blocks WHERE number < ? ORDER BY number DESC LIMIT ?');
  }

  /** The last indexed block. */
  tip(): StoredBlock | undefined {
    return this.#tip.get() as StoredBlock | undefined;
  }

  at(number: number): StoredBlock | undefined {
    return this.#at.get(number) as StoredBlock | undefined;
  }

  /** Newest first. */
  before(number: number, count: number): StoredBlock[] {
    return this.#before.all(number, count) as unknown as StoredBlock[];
  }

  add(block: { number: number; hash: string; parentHash: string; timestamp: number }): void {
    this.#insert.run(block.number, block.hash, block.parentHash, block.timestamp);
  }

  rollBack(block: number): void {
    this.#db.prepare('DELETE FROM blocks WHERE number > ?').run(block);
  }
}
