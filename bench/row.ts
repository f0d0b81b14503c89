/** One line of a benchmark: two ways of doing the same work, measured in the same run on the same machine. */
export interface BenchRow {
  readonly name: string;
  readonly ours: number;
  /** What we are compared with; null when it is not installed. */
  readonly peer: number | null;
  /** How many times better than the peer; null without one. */
  readonly ratio: number | null;
  /** Unit of `ours` and `peer`, e.g. `us/step`. */
  readonly unit: string;
  /** Least `ratio` that passes. */
  readonly target?: number;
  readonly note?: string;
}
