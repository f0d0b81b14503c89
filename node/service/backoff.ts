import type { Clock } from '../ports/Clock.ts';

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Remembers what failed and when it may be tried again: each failure in a row doubles the wait. */
export class Backoff {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #options: BackoffOptions;
  readonly #failed = new Map<string, { readonly until: number; readonly waitMs: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>, options: BackoffOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  due(key: string): boolean {
    const entry = this.#failed.get(key);
    return entry === undefined || this.#clock.monotonic() >= entry.until;
  }

  failed(key: string): void {
    const { firstMs, mostMs } = this.#options;
    const waitMs = Math.min(mostMs, (this.#failed.get(key)?.waitMs ?? firstMs / 2) * 2);
    this.#failed.set(key, { until: this.#clock.monotonic() + waitMs, waitMs });
  }

  /** Also for keys that ended in another way: they are forgotten. */
  forget(key: string): void {
    this.#failed.delete(key);
  }
}
