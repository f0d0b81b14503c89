import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { ProtocolError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';
import type { LoadOptions } from '../../ports/Runtime.ts';
import { RuntimeCrashed, RuntimeLoadFailed, RuntimeOutOfMemory, RuntimeRunFailed, RuntimeTimeout } from '../errors.ts';
import type { Command } from './confinement.ts';
import {
  checkAnswer,
  isOutOfMemory,
  type Loaded,
  type LoadOrder,
  printable,
  readFailure,
  readLoaded,
} from './protocol.ts';
import {
  bytesFrame,
  expectFrame,
  type Frame,
  FrameBuffer,
  FrameReader,
  KINDS,
  tensorsFrameBytes,
  writeTensors,
} from './wire.ts';

export type Limits = Required<LoadOptions>;

/** One run: what to feed, and whom to tell. */
export interface Task {
  readonly inputs: readonly Tensor[];
  /** Nobody waits for it any more. */
  aborted(): boolean;
  settle(outputs: readonly Tensor[]): void;
  fail(error: ProtocolError): void;
}

/**
 * Runs are sent ahead, so that the process does not idle until we hear of its answer, but not far: whatever is sent
 * shares the wait for the run before it. Measured: a round trip through both event loops takes 0.1 to 0.3 ms.
 */
const PIPELINE = 16;
const PIPELINE_MS = 20;
/** Weight of the newest run in the average. */
const SMOOTHING = 1 / 8;

/** All inputs of one run together, and all outputs: beyond it an answer is a bomb. */
export const MAX_RUN_BYTES = 2 ** 28;
const STDERR_KEPT = 4000;

/** One child process with one model. It runs its tasks one after the other, in order. */
export class RuntimeProcess {
  /** Rejects with RuntimeLoadFailed, RuntimeTimeout, RuntimeOutOfMemory, or what {@link RuntimeProcess.end} was given. */
  readonly ready: Promise<Loaded>;
  /** Resolves when the process is dead and its folder removed. */
  readonly closed: Promise<void>;
  /** Called once when the process is gone after it was ready, with the tasks that it had not begun. */
  onGone: (error: ProtocolError, unbegun: readonly Task[]) => void = () => undefined;
  readonly #limits: Limits;
  readonly #folder = mkdtempSync(join(tmpdir(), 'assay-runtime-'));
  readonly #child: ChildProcess;
  readonly #socket: Duplex | undefined;
  readonly #reader = new FrameReader(MAX_RUN_BYTES);
  readonly #loading = Promise.withResolvers<Loaded>();
  readonly #loadTimer: NodeJS.Timeout;
  #runTimer: NodeJS.Timeout | undefined;
  #loaded: Loaded | undefined;
  /** The first one is running. */
  #tasks: Task[] = [];
  /** Id of the last run that was answered. */
  #answered = 0;
  #startedAt = 0;
  /** Of one run, smoothed. Nothing is sent ahead before the first answer. */
  #averageMs = PIPELINE_MS;
  #gone = false;
  #stderr = '';

  /** @throws {RuntimeLoadFailed} when the system gives no process or no folder */
  static start(command: Command, model: Uint8Array, limits: Limits): RuntimeProcess {
    try {
      return new RuntimeProcess(command, model, limits);
    } catch (error) {
      throw new RuntimeLoadFailed(`its process does not start: ${error}`, error);
    }
  }

  private constructor(command: Command, model: Uint8Array, limits: Limits) {
    const order: LoadOrder = { ...limits, maxAnswerBytes: MAX_RUN_BYTES };
    const frame = bytesFrame(KINDS.load, 0, [Buffer.from(JSON.stringify(order)), model]);
    this.#limits = limits;
    this.#child = this.#spawn(command);
    // Absent when the system had no descriptor left; then `error` follows.
    this.#socket = this.#child.stdio?.[3] as Duplex | undefined;
    this.#loadTimer = setTimeout(
      () => this.end(new RuntimeTimeout('load', limits.loadTimeoutMs)),
      limits.loadTimeoutMs,
    );
    this.ready = this.#loading.promise;
    this.closed = this.#listen();
    this.#write(frame);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** It takes no tasks any more, or never did. */
  get isGone(): boolean {
    return this.#gone;
  }

  /**
   * How long a new task would wait here, ms, as far as one can tell: what the running one has taken already counts, so
   * that nothing is sent behind one that does not end. Infinity: it must not be sent.
   */
  wait(now: number): number {
    const tasks = this.#tasks.length;
    if (tasks === 0) return 0;
    if (tasks >= PIPELINE) return Number.POSITIVE_INFINITY;
    const wait = now - this.#startedAt + tasks * this.#averageMs;
    return wait >= PIPELINE_MS ? Number.POSITIVE_INFINITY : wait;
  }

  send(task: Task): void {
    const frame = new FrameBuffer(tensorsFrameBytes(task.inputs));
    const id = (this.#answered + this.#tasks.length + 1) >>> 0;
    writeTensors(frame, 0, KINDS.run, id, task.inputs);
    this.#tasks.push(task);
    if (this.#tasks.length === 1) this.#startClock();
    this.#write(frame.bytes);
  }

  /** Kills the process; whatever runs in it fails with `error`. Idempotent. */
  end(error: ProtocolError): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#loadTimer);
    clearTimeout(this.#runTimer);
    this.#child.kill('SIGKILL');
    this.#loading.reject(error);
    const [running, ...unbegun] = this.#tasks;
    this.#tasks = [];
    this.onGone(error, unbegun);
    running?.fail(error);
  }

  #spawn({ file, args, env }: Command): ChildProcess {
    // Detached: an interrupt at the terminal is for the node, which lets running work finish.
    return spawn(file, args, {
      cwd: this.#folder,
      env,
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
  }

  /** Everything that is written in one turn of the event loop leaves in one system call. */
  #write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes);
  }

  async #listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#child.on('error', (error) => {
      this.end(new RuntimeLoadFailed(`its process does not start: ${error.message}`, error));
      if (this.pid === undefined) resolve();
    });
    // After the last byte of every pipe: an answer that was written before the death counts.
    this.#child.on('close', (code, signal) => {
      this.end(this.#obituary(code, signal));
      resolve();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    // A broken pipe means that the process died: `close` follows and says how.
    this.#socket?.on('error', () => undefined);
    this.#socket?.on('data', (chunk: Buffer) => this.#receive(chunk));
    await promise;
    this.#removeFolder();
  }

  /** Also while the process lives: then it has no place to write to, and nothing is left when we are killed. */
  #removeFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#take(frame);
    } catch (error) {
      this.end(this.#died('it broke the protocol and was killed', error));
    }
  }

  #take(frame: Frame): void {
    if (this.#gone) return;
    if (this.#loaded === undefined) this.#takeLoaded(frame);
    else this.#takeAnswer(frame, this.#loaded);
  }

  #takeAnswer(frame: Frame, { outputs }: Loaded): void {
    const task = this.#tasks[0];
    expectFrame(task !== undefined && frame.id === (this.#answered + 1) >>> 0, 'an answer that nobody waits for');
    const answer = frame.kind === KINDS.failed ? this.#failed(frame) : checkAnswer(frame, outputs);
    this.#tasks.shift();
    this.#answered = frame.id;
    this.#averageMs += SMOOTHING * (performance.now() - this.#startedAt - this.#averageMs);
    if (this.#tasks.length > 0) this.#startClock();
    if (answer instanceof ProtocolError) task.fail(answer);
    else task.settle(answer);
  }

  #takeLoaded(frame: Frame): void {
    clearTimeout(this.#loadTimer);
    if (frame.kind === KINDS.failed) {
      this.end(this.#failed(frame));
    } else {
      this.#loaded = readLoaded(frame);
      if (process.platform !== 'win32') this.#removeFolder();
      this.#loading.resolve(this.#loaded);
    }
  }

  #failed(frame: Frame): ProtocolError {
    const { message, outOfMemory } = readFailure(frame);
    const phase = this.#loaded === undefined ? 'load' : 'run';
    if (outOfMemory) return new RuntimeOutOfMemory(phase, this.#limits.memoryBytes, message);
    return phase === 'load' ? new RuntimeLoadFailed(message) : new RuntimeRunFailed(message);
  }

  #obituary(code: number | null, signal: NodeJS.Signals | null): ProtocolError {
    const phase = this.#loaded === undefined ? 'load' : 'run';
    const how = signal === null ? `its process ended with status ${code}` : `its process was ended by ${signal}`;
    const said = /^.*(error|what\(\)|fatal|terminate).*$/im.exec(this.#stderr)?.[0].trim();
    if (isOutOfMemory(this.#stderr)) return new RuntimeOutOfMemory(phase, this.#limits.memoryBytes, how);
    return this.#died(said === undefined ? how : `${how}: ${printable(said)}`);
  }

  #died(why: string, cause?: unknown): ProtocolError {
    return this.#loaded === undefined ? new RuntimeLoadFailed(why, cause) : new RuntimeCrashed(why, cause);
  }

  /** The limit counts from the moment in which a run is the first in line, not from its arrival. */
  #startClock(): void {
    this.#startedAt = performance.now();
    if (this.#runTimer === undefined) {
      this.#runTimer = setTimeout(() => this.#ring(), this.#limits.runTimeoutMs);
    } else this.#runTimer.refresh();
  }

  /** After a stall of our own event loop the answer may lie in the socket: it is read before the verdict. */
  #ring(): void {
    const running = this.#tasks[0];
    if (running === undefined) return;
    setImmediate(() => {
      if (this.#tasks[0] === running) this.end(new RuntimeTimeout('run', this.#limits.runTimeoutMs));
    });
  }
}
