import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface SupervisedOptions {
  readonly name: string;
  readonly args: readonly string[];
  /** Standard output and error go here. */
  readonly logFile: string;
  /** Told about every unexpected end. */
  readonly onCrash: (name: string, how: string) => void;
}

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 10_000;
/** A process that lived this long is healthy again: its next crash starts with the first delay. */
const HEALTHY_MS = 30_000;

/** One child process that is started again when it dies, with growing delays, until it is stopped. */
export class Supervised {
  readonly #options: SupervisedOptions;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #lastExit: number | undefined;
  #delayMs = FIRST_DELAY_MS;

  constructor(options: SupervisedOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Exit code of the last end, when it was one. */
  get lastExit(): number | undefined {
    return this.#lastExit;
  }

  start(): void {
    const { args, logFile } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const born = performance.now();
    // The child ends when this pipe does: also when we are killed and cannot tell it.
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we end the parts in their order.
    const options = { stdio: ['pipe', log, log] as ['pipe', number, number], detached: true };
    const child = spawn(process.execPath, [...args, '--until-stdin-ends'], options);
    closeSync(log);
    this.#child = child;
    child.once('error', (error) => this.#ended(error.message, born));
    child.once('exit', (code, signal) => {
      this.#lastExit = code ?? undefined;
      this.#ended(signal ?? `exit code ${code}`, born);
    });
  }

  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when the process is gone. */
  async stop(graceMs = 10_000): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(timer);
  }

  #ended(how: string, born: number): void {
    if (this.#stopping) return;
    this.#options.onCrash(this.#options.name, how);
    if (performance.now() - born > HEALTHY_MS) this.#delayMs = FIRST_DELAY_MS;
    this.#timer = setTimeout(() => this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LAST_DELAY_MS);
  }
}
