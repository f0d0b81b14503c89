import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker as ThreadWorker } from 'node:worker_threads';
import { Engine } from '../../../../web/lib/inference/engine.ts';
import type { OwnWorker } from '../../../../web/lib/inference/workerLine.ts';
import { ProblemError } from '../../../../web/lib/problem.ts';

/** A real thread behind the face of a Web Worker. */
class Thread {
  static readonly exits: Promise<number>[] = [];
  readonly #worker: ThreadWorker;
  constructor(source: string) {
    this.#worker = new ThreadWorker(`const { parentPort } = require('node:worker_threads');${source}`, { eval: true });
    Thread.exits.push(new Promise((done) => this.#worker.once('exit', done)));
  }
  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }
  terminate(): void {
    void this.#worker.terminate();
  }
  addEventListener(kind: string, listener: (event: never) => void): void {
    this.#worker.on(kind, (data: unknown) => listener({ data } as never));
  }
}

const engineWith = (source: string, timeoutMs = 300): Engine =>
  new Engine({ timeoutMs, start: () => new Thread(source) as unknown as OwnWorker });
const NEVER_ENDS = "parentPort.on('message', () => { for (;;); });";
const ANSWERS = "parentPort.on('message', ({ id }) => parentPort.postMessage({ id, value: { steps: 7 } }));";
const stopped = (why: RegExp) => (error: unknown) =>
  error instanceof ProblemError && error.problem.what === 'The model was stopped' && why.test(error.problem.why);
const input = { dtype: 'uint8', dims: [1, 1], data: Uint8Array.of(1) } as const;

describe('the engine that runs models of strangers', () => {
  it('ends a model that never ends, and every question that waits for it', async () => {
    const engine = engineWith(NEVER_ENDS);
    const first = engine.open(new Uint8Array(1));
    const second = engine.judge('{}', new Uint8Array(1));
    await Promise.all([
      assert.rejects(first, stopped(/did not finish within 0\.3 seconds/)),
      assert.rejects(second, stopped(/did not finish/)),
    ]);
    assert.equal(await Thread.exits.at(-1), 1, 'the thread is gone, although it never came to an end');
    await assert.rejects(engine.run(input), stopped(/opened again/));
  });

  it('starts anew for the next model', async () => {
    let source = NEVER_ENDS;
    const engine = new Engine({ timeoutMs: 300, start: () => new Thread(source) as unknown as OwnWorker });
    await assert.rejects(engine.open(new Uint8Array(1)), stopped(/did not finish/));
    source = ANSWERS;
    assert.deepEqual(await engine.open(new Uint8Array(1)), { steps: 7 });
    engine.close();
  });

  it('waits for a model that is merely slow', async () => {
    const engine = engineWith(
      "parentPort.on('message', ({ id }) => setTimeout(() => parentPort.postMessage({ id, value: { steps: 1 } }), 100));",
      20_000,
    );
    assert.deepEqual(await engine.open(new Uint8Array(1)), { steps: 1 });
    engine.close();
  });

  it('is not told by a worker that breaks down to wait for ever', async () => {
    const engine = engineWith("parentPort.on('message', () => { throw new Error('out of memory'); });", 20_000);
    await assert.rejects(engine.open(new Uint8Array(1)), stopped(/broke down/));
  });
});
