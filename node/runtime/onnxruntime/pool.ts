import { createRequire } from 'node:module';
import type { Log } from '../../ports/Log.ts';
import type { LoadOptions, Runtime, Session } from '../../ports/Runtime.ts';
import { RuntimeClosed } from '../errors.ts';
import { PooledSession } from './pooledSession.ts';

const DEFAULTS: Required<LoadOptions> = {
  loadTimeoutMs: 15_000,
  runTimeoutMs: 15_000,
  memoryBytes: 4 * 2 ** 30,
  processes: 1,
  threads: 1,
  optimization: 'all',
};

const version = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;

export interface OnnxRuntimeOptions {
  /** Hears of processes that died and were replaced. */
  readonly log?: Log;
}

/** onnxruntime in processes of its own: whatever a model does, it does to its process. */
class OnnxRuntime implements Runtime {
  readonly runtimeClass = `onnxruntime-node/${version} ${process.platform}-${process.arch} cpu`;
  readonly #log: Log | undefined;
  readonly #sessions = new Set<PooledSession>();
  #closed = false;

  constructor({ log }: OnnxRuntimeOptions) {
    this.#log = log;
  }

  async load(model: Uint8Array, options: LoadOptions = {}): Promise<Session> {
    if (this.#closed) throw new RuntimeClosed();
    const session = new PooledSession(model, { ...DEFAULTS, ...options }, this.#log);
    this.#sessions.add(session);
    void session.ended.then(() => this.#sessions.delete(session));
    await session.open();
    return session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.kill()));
  }
}

/** Starts no process before the first load. */
export const createOnnxRuntime = (options: OnnxRuntimeOptions = {}): Runtime => new OnnxRuntime(options);
