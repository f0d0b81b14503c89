/** What went wrong in the runner, in the words of the person who has to mend it. */
export class RunnerError extends Error {
  readonly code: string;
  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RunnerError';
    this.code = code;
  }
}

/**
 * The mapping did something that every run on every machine would do again: it aborted, it wrote what the schema
 * forbids, it called what no host offers. The index stops before that block until the block or the mapping changes.
 */
export class DeterministicError extends RunnerError {
  constructor(message: string, cause?: unknown) {
    super('DETERMINISTIC', message, cause);
    this.name = 'DeterministicError';
  }
}

/** An endpoint did not answer, or answered what no honest chain would. Tried again, on the next endpoint. */
export class RpcError extends RunnerError {
  constructor(message: string, cause?: unknown) {
    super('RPC', message, cause);
    this.name = 'RpcError';
  }
}

/** Manifest, schema, ABI or deployment file cannot be used. */
export class ManifestError extends RunnerError {
  constructor(message: string, cause?: unknown) {
    super('MANIFEST', message, cause);
    this.name = 'ManifestError';
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
