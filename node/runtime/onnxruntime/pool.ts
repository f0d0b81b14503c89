import { createRequire } from 'node:module';
import type { Log } from '../../ports/Log.ts';
import type { LoadOptions, Runtime, Session } from '../../ports/Runtime.ts';
import { RuntimeClosed, RuntimeOutOfMemory } from '../errors.ts';
import { type Confinement, findConfinement, LEAST_MEMORY_BYTES } from './confinement.ts';
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
  /** Hears of processes that died and were replaced, and of protections that this machine lacks. */
  readonly log?: Log;
  /** @default the strongest that this machine offers */
  readonly confinement?: Confinement;
}

/** onnxruntime in processes of its own: whatever a model does, it does to its process. */
class OnnxRuntime implements Runtime {
  readonly runtimeClass = `onnxruntime-node/${version} ${process.platform}-${process.arch} cpu`;
  readonly #log: Log | undefined;
  readonly #sessions = new Set<PooledSession>();
  #confinement: Promise<Confinement> | undefined;
  #closed = false;

  constructor({ log, confinement }: OnnxRuntimeOptions) {
    this.#log = log;
    if (confinement !== undefined) this.#confinement = Promise.resolve(confinement);
  }

  async load(model: Uint8Array, options: LoadOptions = {}): Promise<Session> {
    const limits = { ...DEFAULTS, ...options };
    if (limits.memoryBytes < LEAST_MEMORY_BYTES)
      throw new RuntimeOutOfMemory('load', limits.memoryBytes, `Node alone needs ${LEAST_MEMORY_BYTES}`);
    this.#confinement ??= this.#confine();
    const { command } = await this.#confinement;
    if (this.#closed) throw new RuntimeClosed();
    const session = new PooledSession(command(limits.memoryBytes), model, limits, this.#log);
    this.#sessions.add(session);
    void session.ended.then(() => this.#sessions.delete(session));
    await session.open();
    return session;
  }

  async #confine(): Promise<Confinement> {
    const found = await findConfinement();
    for (const notice of found.notices) this.#log?.warn(notice);
    return found;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((session) => session.kill()));
  }
}

/** Starts no process before the first load. */
export const createOnnxRuntime = (options: OnnxRuntimeOptions = {}): Runtime => new OnnxRuntime(options);
