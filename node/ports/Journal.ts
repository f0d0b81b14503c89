/**
 * Durable state of one node: what cannot be rebuilt from chain and IPFS. Synchronous on purpose: when a call
 * returns, the row survives SIGKILL.
 */
export interface Journal {
  /** Runs `body` in one transaction; a throw rolls everything back. */
  transaction<T>(body: () => T): T;
  /** A named table of JSON rows; the key is unique. */
  table<Row>(name: string): JournalTable<Row>;
  close(): void;
}

export interface JournalTable<Row> {
  get(key: string): Row | undefined;
  /** @throws JournalKeyTaken (code `JOURNAL_KEY_TAKEN`) when the key exists: the atomic reservation that stops double service (K6). */
  insert(key: string, row: Row): void;
  /** Inserts or replaces. */
  put(key: string, row: Row): void;
  delete(key: string): void;
  /** Rows in insertion order. */
  entries(): Iterable<readonly [key: string, row: Row]>;
  count(): number;
}
