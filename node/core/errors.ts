/** What every failure of this project says: what happened, why, and what to do about it. */
export interface Complaint {
  /** One sentence: what failed. */
  readonly what: string;
  /** One sentence: the cause, with the offending value beside the bound it broke. */
  readonly why: string;
  /** One sentence: what the reader can do now. */
  readonly fix: string;
  /** Offending values for machines; never a secret. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * Base of every expected failure. Callers match on the class or on `code`; the sentences may change freely.
 * Bugs are not ProtocolErrors: they are thrown by {@link invariant} and crash the task.
 */
export abstract class ProtocolError extends Error {
  /** Stable name for machines, e.g. `ONNX_OP_UNSUPPORTED`; unique in the repository (architecture test). */
  abstract readonly code: string;
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean = false;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly meta: Readonly<Record<string, unknown>>;

  constructor(complaint: Complaint) {
    super(
      `${complaint.what}: ${complaint.why}`,
      complaint.cause === undefined ? undefined : { cause: complaint.cause },
    );
    this.name = new.target.name;
    this.what = complaint.what;
    this.why = complaint.why;
    this.fix = complaint.fix;
    this.meta = complaint.meta ?? {};
  }

  /** The first error in the cause chain (this one included) for which `found` holds. */
  walk(found: (error: unknown) => boolean): unknown {
    for (let error: unknown = this; error !== undefined; error = error instanceof Error ? error.cause : undefined) {
      if (found(error)) return error;
    }
    return undefined;
  }
}

/** A broken assumption of ours, never of the input. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}

/** Crashes the task when one of our own assumptions does not hold. @throws {InvariantBroken} */
export function invariant(condition: unknown, assumption: string): asserts condition {
  if (!condition) throw new InvariantBroken(assumption);
}
