import type { ProtocolError } from '../../core/errors.ts';
import type { ValueInfo } from '../../core/onnx/model.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { Log } from '../../ports/Log.ts';
import type { Session } from '../../ports/Runtime.ts';
import { checkInputs } from '../checkInputs.ts';
import { RuntimeClosed, RuntimeCrashed, RuntimeInputInvalid, RuntimeLoadFailed } from '../errors.ts';
import type { Command } from './confinement.ts';
import { type Limits, MAX_RUN_BYTES, RuntimeProcess, type Task } from './process.ts';
import type { Loaded } from './protocol.ts';
import { tensorsFrameBytes } from './wire.ts';

/** One model in one or more processes that share its runs. */
export class PooledSession implements Session {
  readonly #command: Command;
  readonly #model: Uint8Array;
  readonly #limits: Limits;
  readonly #log: Log | undefined;
  /** All that are not yet dead. */
  readonly #processes = new Set<RuntimeProcess>();
  readonly #ready = new Set<RuntimeProcess>();
  #starting = 0;
  readonly #queue: Task[] = [];
  /** Runs that nobody has answered. */
  #open = 0;
  #closed = false;
  #killed = false;
  readonly #idle = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #signature: Loaded = { inputs: [], outputs: [] };

  constructor(command: Command, model: Uint8Array, limits: Limits, log?: Log) {
    this.#command = command;
    this.#model = model;
    this.#limits = limits;
    this.#log = log;
  }

  get inputs(): readonly ValueInfo[] {
    return this.#signature.inputs;
  }

  get outputs(): readonly ValueInfo[] {
    return this.#signature.outputs;
  }

  /** Resolves when nothing of it is left. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Starts every process. @throws {RuntimeLoadFailed} {@link RuntimeTimeout} {@link RuntimeOutOfMemory} {@link RuntimeClosed} */
  async open(): Promise<void> {
    try {
      const all = await Promise.all(Array.from({ length: this.#limits.processes }, () => this.#start()));
      this.#signature = all[0]!;
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  async run(
    inputs: ReadonlyMap<string, Tensor>,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReadonlyMap<string, Tensor>> {
    if (this.#closed) throw new RuntimeClosed();
    signal?.throwIfAborted();
    const ordered = checkInputs(inputs, this.inputs);
    const size = tensorsFrameBytes(ordered);
    if (size > MAX_RUN_BYTES) throw new RuntimeInputInvalid(`it takes ${size} bytes, the limit is ${MAX_RUN_BYTES}`);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Tensor[]>();
    this.#queue.push({
      inputs: ordered,
      aborted: () => signal?.aborted ?? false,
      settle: (outputs) => {
        resolve(outputs);
        this.#dispatch();
      },
      fail: (error) => {
        reject(error);
        this.#dispatch();
      },
    });
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.#open++;
    this.#dispatch();
    try {
      const outputs = await promise;
      return new Map(this.outputs.map(({ name }, index) => [name, outputs[index]!]));
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#open--;
      if (this.#closed && this.#open === 0) this.#idle.resolve();
    }
  }

  /** Takes no new runs, answers the accepted ones, then ends. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#open > 0) await this.#idle.promise;
    await this.kill();
  }

  /** Ends at once: open runs fail. Resolves when the last process is dead. */
  async kill(): Promise<void> {
    this.#closed = true;
    this.#killed = true;
    const processes = [...this.#processes];
    for (const each of processes) each.end(new RuntimeClosed());
    this.#failQueue(new RuntimeClosed());
    await Promise.all(processes.map(({ closed }) => closed));
    this.#ended.resolve();
  }

  async #start(): Promise<Loaded> {
    const started = RuntimeProcess.start(this.#command, this.#model, this.#limits);
    this.#processes.add(started);
    void started.closed.then(() => this.#processes.delete(started));
    const loaded = await started.ready;
    if (started.isGone) throw new RuntimeLoadFailed('its process died at once');
    this.#ready.add(started);
    started.onGone = (error, unbegun) => this.#lost(started, error, unbegun);
    return loaded;
  }

  #lost(process: RuntimeProcess, error: ProtocolError, unbegun: readonly Task[]): void {
    this.#ready.delete(process);
    this.#queue.unshift(...unbegun);
    if (this.#killed) return;
    this.#log?.warn('runtime process lost', { pid: process.pid, error, requeued: unbegun.length });
    this.#replace();
  }

  /** When no process is left and none will come, waiting is in vain; the next run tries again. */
  #replace(): void {
    this.#starting++;
    this.#start()
      .catch((error: unknown) => {
        if (!this.#killed) this.#log?.error('runtime process not replaced', { error });
        if (this.#ready.size === 0 && this.#starting === 1)
          this.#failQueue(new RuntimeCrashed('it could not be started again', error));
      })
      .finally(() => {
        this.#starting--;
        this.#dispatch();
      });
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const process = this.#soonest();
      if (process === undefined) break;
      const task = this.#queue.shift()!;
      if (!task.aborted()) process.send(task);
    }
    if (this.#queue.length > 0 && this.#ready.size + this.#starting === 0 && !this.#killed) this.#replace();
  }

  /** The process with the shortest wait, if any may take another run. */
  #soonest(): RuntimeProcess | undefined {
    const now = performance.now();
    let best: RuntimeProcess | undefined;
    let shortest = Number.POSITIVE_INFINITY;
    for (const each of this.#ready) {
      const wait = each.wait(now);
      if (wait < shortest) [best, shortest] = [each, wait];
    }
    return best;
  }

  #failQueue(error: ProtocolError): void {
    for (const task of this.#queue.splice(0)) task.fail(error);
  }
}
