/** What `/health` and `_meta` tell. */
export interface Failure {
  /** Empty when the block as a whole is at fault: it makes data sources without end, or a number no store can keep. */
  readonly handler: string;
  readonly block: number;
  readonly blockHash: string;
  readonly message: string;
}

export interface Status {
  readonly deployment: string;
  /** Null until the chain answered. */
  readonly chainHead: number | null;
  /** Null before the first block. */
  readonly indexedBlock: number | null;
  /** Blocks between the two. */
  readonly behind: number | null;
  readonly synced: boolean;
  /** The mapping failed: the index stands still before this block. */
  readonly failed: Failure | null;
  /** Of the mapping, else of the endpoints; null when all is well. */
  readonly lastError: string | null;
  readonly events: number;
  readonly reorgs: number;
  readonly startedAt: string;
}
