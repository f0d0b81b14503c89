import { ProblemError } from '../problem.ts';
import type { Envelope, Reply } from './messages.ts';

/** What a file may keep a worker busy with before it is ended. */
const TIMEOUT_MS = 60_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** What is used of a Web Worker. */
export type OwnWorker = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>;

export interface WorkerLineOptions {
  readonly start: () => OwnWorker;
  /** The sentence for its end: "The model was stopped". */
  readonly what: string;
  /** @default 60,000 */
  readonly timeoutMs?: number | undefined;
}

/** Questions to a Web Worker of one's own and their answers. It starts with the first one, and is ended when it hangs. */
export class WorkerLine<Question> {
  readonly #start: () => OwnWorker;
  readonly #what: string;
  readonly #timeoutMs: number;
  #worker: OwnWorker | undefined;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor({ start, what, timeoutMs = TIMEOUT_MS }: WorkerLineOptions) {
    this.#start = start;
    this.#what = what;
    this.#timeoutMs = timeoutMs;
  }

  /** A worker that was ended forgets everything; the next question starts another one. */
  get isOpen(): boolean {
    return this.#worker !== undefined;
  }

  /** `transfer` is given away: it cannot be read here afterwards. @throws {ProblemError} */
  ask<Answer>(question: Question, transfer: readonly ArrayBufferLike[] = []): Promise<Answer> {
    this.#worker ??= this.#open();
    const worker = this.#worker;
    const id = this.#next++;
    return new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#end(`it did not finish within ${this.#timeoutMs / 1000} seconds`),
        this.#timeoutMs,
      );
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, timer });
      const envelope: Envelope<Question> = { id, question };
      worker.postMessage(envelope, transfer as Transferable[]);
    });
  }

  close(): void {
    this.#end('it was closed');
  }

  #end(why: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const [id] of this.#waiting) this.#settle(id, (waiting) => waiting.reject(this.ended(why)));
  }

  #open(): OwnWorker {
    const worker = this.#start();
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) =>
      this.#settle(data.id, ({ resolve, reject }) =>
        'problem' in data ? reject(new ProblemError(data.problem)) : resolve(data.value),
      ),
    );
    worker.addEventListener('error', () => this.#end('it broke down, perhaps for want of memory'));
    return worker;
  }

  /** Why a question has no answer. */
  ended(why: string): ProblemError {
    return new ProblemError({
      what: this.#what,
      why,
      fix: 'Try again; what never finishes in a browser may still be done with the command line.',
    });
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    how(waiting);
  }
}
