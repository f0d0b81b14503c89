import { ServiceOverloaded } from '../service/inference.ts';
import type { GatewayLimits } from './limits.ts';

interface Waiter {
  readonly admit: () => void;
}

/** Gives a turn back. Calling it twice does nothing. */
export type Leave = () => void;

/** The client went away while it waited; nobody is left to answer. */
export const GONE = Symbol('the client went away');

const MAX_RETRY_SECONDS = 30;
/** Weight of the newest duration in the running mean. */
const SMOOTHING = 0.05;

/**
 * Bounds the work in progress: so many inferences at the same time, so many waiting, everybody else is told when to
 * come back. Those who brought a payment wait in front of those who did not.
 */
export class Admission {
  #inFlight = 0;
  #meanMs = 1;
  readonly #paid = new Set<Waiter>();
  readonly #free = new Set<Waiter>();
  readonly #limits: GatewayLimits;
  readonly #now: () => number;

  constructor(limits: GatewayLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#paid.size + this.#free.size;
  }

  /**
   * A turn, at once (no promise) or after waiting.
   * @returns the way out, or GONE when `signal` fired before the turn came
   * @throws {ServiceOverloaded} the queue is full, or the turn did not come within `queueTimeoutMs`
   */
  enter(paid: boolean, signal: AbortSignal): Leave | Promise<Leave | typeof GONE> {
    if (this.#inFlight < this.#limits.maxInFlight) return this.#take();
    this.requireRoom();
    return this.#wait(paid, signal);
  }

  /** For a look before the work of reading a request. @throws {ServiceOverloaded} there is neither a turn nor a place in the queue */
  requireRoom(): void {
    const { maxInFlight, maxQueue } = this.#limits;
    if (this.#inFlight < maxInFlight || this.waiting < maxQueue) return;
    throw this.#overloaded(`${this.#inFlight} requests are being answered and ${this.waiting} are waiting`);
  }

  #wait(paid: boolean, signal: AbortSignal): Promise<Leave | typeof GONE> {
    const { queueTimeoutMs } = this.#limits;
    return new Promise((resolve, reject) => {
      const queue = paid ? this.#paid : this.#free;
      const stop = (): void => {
        queue.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', gone);
      };
      const waiter: Waiter = {
        admit: () => {
          stop();
          resolve(this.#take());
        },
      };
      const gone = (): void => {
        stop();
        resolve(GONE);
      };
      const timer = setTimeout(() => {
        stop();
        reject(this.#overloaded(`no turn came within ${queueTimeoutMs} ms`));
      }, queueTimeoutMs);
      queue.add(waiter);
      if (signal.aborted) gone();
      else signal.addEventListener('abort', gone);
    });
  }

  #take(): Leave {
    const started = this.#now();
    let left = false;
    this.#inFlight++;
    return () => {
      if (left) return;
      left = true;
      this.#inFlight--;
      this.#meanMs += SMOOTHING * (this.#now() - started - this.#meanMs);
      const [next] = this.#paid.size > 0 ? this.#paid : this.#free;
      next?.admit();
    };
  }

  #overloaded(why: string): ServiceOverloaded {
    const ahead = (this.#inFlight + this.waiting) / this.#limits.maxInFlight;
    const seconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil((ahead * this.#meanMs) / 1000)));
    return new ServiceOverloaded(
      {
        what: 'The node has more requests than it can answer',
        why,
        fix: `Ask again in ${seconds} s, or ask another worker of this model.`,
      },
      seconds,
    );
  }
}
