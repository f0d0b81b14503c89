import type { Log } from '../ports/Log.ts';

const PERIOD_MS = 10_000;

/** Tells the operator of refusals under load once per period, however many there are. */
export class RefusalLog {
  #refused = 0;
  #nextLine = Number.NEGATIVE_INFINITY;
  readonly #log: Log;
  readonly #now: () => number;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  refused(why: string): void {
    this.#refused++;
    if (this.#now() < this.#nextLine) return;
    this.#log.warn('requests refused: overloaded', { refused: this.#refused, why });
    this.#refused = 0;
    this.#nextLine = this.#now() + PERIOD_MS;
  }
}
