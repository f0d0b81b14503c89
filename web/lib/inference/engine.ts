import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { ProblemError } from '../problem.ts';
import type { Judgement, LocalRun, OpenedProgram, Question, Replies, Reply } from './messages.ts';

/** What a model may keep the worker busy with before it is ended. */
const TIMEOUT_MS = 60_000;

interface Waiting {
  resolve(value: Replies[keyof Replies]): void;
  reject(error: unknown): void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** What the engine uses of a Web Worker. */
export type ModelWorker = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>;

export interface EngineOptions {
  /** @default 60,000 */
  readonly timeoutMs?: number;
  /** @default a Web Worker with this site's own script */
  readonly start?: () => ModelWorker;
}

const startWebWorker = (): ModelWorker =>
  new Worker(new URL('./inferenceWorker.ts', import.meta.url), { type: 'module' });

/** Models run here, in a Web Worker of their own, which ends when one does not finish in time. */
export class Engine {
  #worker: ModelWorker | undefined;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timeoutMs: number;
  readonly #startWorker: () => ModelWorker;

  constructor({ timeoutMs = TIMEOUT_MS, start = startWebWorker }: EngineOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#startWorker = start;
  }

  /** Proves the file and opens it. @throws {ProblemError} */
  open(artifact: Uint8Array): Promise<OpenedProgram> {
    return this.#ask('open', { kind: 'open', artifact });
  }

  /** Runs the open model. @throws {ProblemError} */
  run(input: Tensor): Promise<LocalRun> {
    // The model that was open ended with its worker; a new worker knows none.
    if (this.#worker === undefined)
      return Promise.reject(interrupted('it was ended before and has to be opened again'));
    return this.#ask('run', { kind: 'run', input });
  }

  /** Recomputes a saved answer, twice. @throws {ProblemError} when receipt, input, output and model do not belong together */
  judge(answer: string, artifact: Uint8Array): Promise<Judgement> {
    return this.#ask('judge', { kind: 'judge', answer, artifact });
  }

  close(): void {
    this.#end('it was closed');
  }

  #end(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const [id] of this.#waiting) this.#settle(id, (waiting) => waiting.reject(interrupted(why)));
  }

  #ask<K extends keyof Replies>(_kind: K, question: Question): Promise<Replies[K]> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(`it did not finish within ${this.#timeoutMs / 1000} seconds`),
        this.#timeoutMs,
      );
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, timer });
      worker.postMessage({ id, question });
    });
  }

  #start(): ModelWorker {
    const worker = this.#startWorker();
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) =>
      this.#settle(data.id, ({ resolve, reject }) =>
        'problem' in data ? reject(new ProblemError(data.problem)) : resolve(data.value),
      ),
    );
    worker.addEventListener('error', () => this.#end('it broke down, perhaps for want of memory'));
    return worker;
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    how(waiting);
  }
}

const interrupted = (why: string): ProblemError =>
  new ProblemError({
    what: 'The model was stopped',
    why,
    fix: 'Try again; a model that never finishes in a browser may still run with the command line.',
  });
