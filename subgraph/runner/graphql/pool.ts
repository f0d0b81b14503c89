import { Worker } from 'node:worker_threads';
import { QUERY_MS, type QueryRequest } from './engine.ts';

interface Job {
  readonly request: QueryRequest;
  readonly done: (body: string) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  ready: boolean;
  timer: NodeJS.Timeout | undefined;
}

const MAX_WAITING = 200;
const MAX_HEAP_MB = 512;
const RESTART_MS = 1_000;
/** A request ends itself in time, except in the middle of work that is not the database's. */
const GRACE_MS = 1_000;

const failure = (message: string): string => JSON.stringify({ errors: [{ message }] });

/** Threads that answer queries, each one request at a time. */
export class QueryPool {
  readonly #data: { readonly database: string; readonly schema: string; readonly timeoutMs: number };
  readonly #timeoutMs: number;
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  #closed = false;
  #id = 0;

  /** @param schema text of schema.graphql */
  constructor(database: string, schema: string, threads = 2, timeoutMs = QUERY_MS) {
    this.#data = { database, schema, timeoutMs };
    this.#timeoutMs = timeoutMs;
    for (let i = 0; i < threads; i++) this.#start();
  }

  #start(): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: this.#data,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const thread: Thread = { worker, job: undefined, ready: false, timer: undefined };
    this.#threads.push(thread);
    worker.on('message', (message: { body?: string }) => {
      thread.ready = true;
      if (message.body !== undefined) this.#finish(thread, message.body);
      else this.#next();
    });
    worker.on('error', (error) => this.#lose(thread, `the query could not be answered: ${error.message}`));
    worker.on('exit', () => this.#lose(thread, 'the query could not be answered'));
  }

  /** @returns the JSON to answer with */
  run(request: QueryRequest): Promise<string> {
    if (this.#waiting.length >= MAX_WAITING) return Promise.resolve(failure('too many queries wait; ask again later'));
    return new Promise((done) => {
      this.#waiting.push({ request, done });
      this.#next();
    });
  }

  #next(): void {
    const thread = this.#threads.find(({ job, ready }) => ready && job === undefined);
    if (thread === undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#id += 1;
    try {
      thread.worker.postMessage({ id: this.#id, request: job.request });
    } catch {
      // Variables can be nested deeper than a message to a thread may be.
      job.done(failure('the variables are nested too deeply'));
      this.#next();
      return;
    }
    thread.job = job;
    thread.timer = setTimeout(() => {
      this.#lose(thread, `the query took more than ${this.#timeoutMs} ms; ask for less at once`);
    }, this.#timeoutMs + GRACE_MS);
  }

  #finish(thread: Thread, body: string): void {
    clearTimeout(thread.timer);
    const { job } = thread;
    thread.job = undefined;
    job?.done(body);
    this.#next();
  }

  #lose(thread: Thread, why: string): void {
    const at = this.#threads.indexOf(thread);
    if (at === -1) return;
    this.#threads.splice(at, 1);
    clearTimeout(thread.timer);
    thread.job?.done(failure(why));
    void thread.worker.terminate();
    if (this.#closed) return;
    // One that cannot even start would be started without end.
    if (thread.ready) this.#start();
    else setTimeout(() => !this.#closed && this.#start(), RESTART_MS).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.done(failure('the index is shutting down'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}
