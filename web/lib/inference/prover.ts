import type { Digest, Hex } from '../../../node/core/codec/hex.ts';
import { WorkerLine } from './workerLine.ts';

export type ProofQuestion =
  | { readonly kind: 'digest'; readonly file: Uint8Array }
  /** Of the file that was hashed last. */
  | { readonly kind: 'prove' };

export interface Proof {
  readonly programRoot: Digest;
  readonly steps: number;
}

/** Hashes a file and proves its program in a Web Worker of its own, which ends when it does not finish in time. */
export class Prover {
  readonly #line = new WorkerLine<ProofQuestion>({
    start: () => new Worker(new URL('./proofWorker.ts', import.meta.url), { type: 'module' }),
    what: 'The check was stopped',
  });

  /** SHA-256 of a file, which goes to the worker and cannot be read here any more. @throws {ProblemError} */
  digest(file: Uint8Array): Promise<Hex> {
    return this.#line.ask({ kind: 'digest', file }, [file.buffer]);
  }

  /** Of the file that was hashed. @throws {ProblemError} when it is no exact model */
  prove(): Promise<Proof> {
    return this.#line.ask({ kind: 'prove' });
  }

  close(): void {
    this.#line.close();
  }
}
