import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import type { Judgement, LocalRun, OpenedProgram, Question } from './messages.ts';
import { type OwnWorker, WorkerLine } from './workerLine.ts';

export interface EngineOptions {
  /** @default 60,000 */
  readonly timeoutMs?: number;
  /** @default a Web Worker with this site's own script */
  readonly start?: () => OwnWorker;
}

const startWebWorker = (): OwnWorker =>
  new Worker(new URL('./inferenceWorker.ts', import.meta.url), { type: 'module' });

/** Models run here, in a Web Worker of their own, which ends when one does not finish in time. */
export class Engine {
  readonly #line: WorkerLine<Question>;

  constructor({ timeoutMs, start = startWebWorker }: EngineOptions = {}) {
    this.#line = new WorkerLine({ start, timeoutMs, what: 'The model was stopped' });
  }

  /** Proves the file and opens it. @throws {ProblemError} */
  open(artifact: Uint8Array): Promise<OpenedProgram> {
    return this.#line.ask({ kind: 'open', artifact });
  }

  /** Runs the open model. @throws {ProblemError} */
  run(input: Tensor): Promise<LocalRun> {
    // The model that was open ended with its worker; a new worker knows none.
    if (!this.#line.isOpen) return Promise.reject(this.#line.ended('it was ended before and has to be opened again'));
    return this.#line.ask({ kind: 'run', input });
  }

  /** Recomputes a saved answer, twice. @throws {ProblemError} when receipt, input, output and model do not belong together */
  judge(answer: string, artifact: Uint8Array): Promise<Judgement> {
    return this.#line.ask({ kind: 'judge', answer, artifact });
  }

  close(): void {
    this.#line.close();
  }
}
