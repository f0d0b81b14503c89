import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import type { LoadOptions, Runtime, Session } from '../../../../node/ports/Runtime.ts';
import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { childPids, hasProc, until } from '../../../helpers/childProcesses.ts';
import { denseModel } from '../../../helpers/denseModel.ts';
import { HOSTILE_MODELS, type HostileModel } from '../../../helpers/hostileModels.ts';

const LIMITS = { loadTimeoutMs: 1500, runTimeoutMs: 1500, memoryBytes: 2.5 * 2 ** 30 } satisfies LoadOptions;
const CODES = /^RUNTIME_(LOAD_FAILED|RUN_FAILED|TIMEOUT|CRASHED|OUT_OF_MEMORY)$/;
const GRACE_MS = 1000;

async function timed<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work;
  } finally {
    const ms = performance.now() - started;
    assert.ok(ms <= limitMs + GRACE_MS, `took ${ms} ms, limit ${limitMs} + ${GRACE_MS}`);
  }
}

/** What became of a model: an answer, or the error that the pool gave. */
async function attempt(runtime: Runtime, { file, feeds }: HostileModel): Promise<unknown> {
  let session: Session | undefined;
  try {
    session = await timed(LIMITS.loadTimeoutMs, runtime.load(file, LIMITS));
    return await timed(LIMITS.runTimeoutMs, session.run(feeds));
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return error;
  } finally {
    await session?.close();
  }
}

/** A customer of another model on the same node, who never stops asking. */
class Neighbour {
  readonly latencies: number[] = [];
  readonly #done: Promise<void>;
  #isStopped = false;

  constructor(session: Session) {
    this.#done = this.#ask(session);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  async #ask(session: Session): Promise<void> {
    const x = tensor(
      'float32',
      [1, 64],
      Float32Array.from({ length: 64 }, (_, n) => n / 64),
    );
    let first: ReadonlyMap<string, Tensor> | undefined;
    while (!this.#isStopped) {
      const started = performance.now();
      const outputs = await session.run(new Map([['x', x]]));
      this.latencies.push(performance.now() - started);
      first ??= outputs;
      assert.deepEqual(outputs, first);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe('hostile models in the runtime alone, without our reader before it', () => {
  const runtime = createOnnxRuntime();
  let neighbour: Neighbour;
  let pids: readonly number[];
  let rss: number;

  before(async () => {
    const session = await runtime.load(denseModel(64, 2).file);
    pids = hasProc ? childPids() : [];
    rss = process.memoryUsage.rss();
    neighbour = new Neighbour(session);
  });
  after(() => runtime.close());

  it('are at least sixty', () => assert.ok(HOSTILE_MODELS.length >= 60));

  describe('each ends in an error with a name, in time', { concurrency: 3 }, () => {
    for (const model of HOSTILE_MODELS) {
      it(model.name, async (test) => {
        const outcome = await attempt(runtime, model);
        if (outcome instanceof ProtocolError) {
          assert.match(outcome.code, CODES);
          assert.ok(outcome.why.length < 1000);
          test.diagnostic(outcome.code);
        } else {
          assert.ok(outcome instanceof Map, String(outcome));
          assert.ok(model.mayAnswer, 'it has answered');
        }
      });
    }
  });

  it('harm neither the node nor the neighbour', async (test) => {
    await neighbour.stop();
    const sorted = neighbour.latencies.toSorted((a, b) => a - b);
    const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1);
    test.diagnostic(`${sorted.length} answers, ${at(0.5)} ms median, ${at(0.99)} ms p99, ${at(1)} ms worst`);
    assert.ok(sorted.length > 50);
    assert.ok(process.memoryUsage.rss() - rss < 400 * 2 ** 20, 'the parent has grown');
    if (hasProc) await until(() => `${childPids()}` === `${pids}`, 'only the process of the neighbour lives');
  });
});
