import { StoreProviderFailed } from './errors.ts';

/** How long a peer may keep us waiting. Time that we spend on our own (disk, hashing) does not count. */
export interface PaceLimits {
  /** A peer must answer, and must send `minBytesPerSecond`, within every window of waiting. @default 10000 */
  readonly windowMs: number;
  /** @default 16384 */
  readonly minBytesPerSecond: number;
  /** Waiting for one block. @default 60000 */
  readonly blockTimeoutMs: number;
}

export const DEFAULT_PACE: PaceLimits = { windowMs: 10_000, minBytesPerSecond: 16_384, blockTimeoutMs: 60_000 };

/** Measures one answer against {@link PaceLimits}: silent and slow-drip peers are given up (threats I1, I2). */
export class Pace {
  #bytes = 0;
  #windowMs = 0;
  #windowBytes = 0;
  #blockMs = 0;
  readonly #provider: string;
  readonly #limits: PaceLimits;

  constructor(provider: string, limits: PaceLimits) {
    this.#provider = provider;
    this.#limits = limits;
  }

  /** Bytes received. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Waits for the beginning of the answer. @throws {StoreProviderFailed} */
  async first<T>(answer: Promise<T>): Promise<T> {
    if (await endsWithin(answer, this.#limits.windowMs)) return answer;
    throw new StoreProviderFailed(this.#provider, `it did not answer within ${this.#limits.windowMs} ms`);
  }

  /** Waits for the next chunk. @throws {StoreProviderFailed} */
  async next(read: () => Promise<IteratorResult<Uint8Array>>): Promise<IteratorResult<Uint8Array>> {
    const chunk = read();
    for (;;) {
      const started = performance.now();
      const arrived = await endsWithin(chunk, this.#patience());
      const waited = performance.now() - started;
      this.#windowMs += waited;
      this.#blockMs += waited;
      if (arrived) this.#count(await chunk);
      this.#judge();
      if (arrived) return chunk;
    }
  }

  /** A whole block has arrived. */
  blockDone(): void {
    this.#blockMs = 0;
  }

  #patience(): number {
    return Math.max(1, Math.min(this.#limits.windowMs - this.#windowMs, this.#limits.blockTimeoutMs - this.#blockMs));
  }

  #count(chunk: IteratorResult<Uint8Array>): void {
    const bytes = chunk.done === true ? 0 : chunk.value.length;
    this.#bytes += bytes;
    this.#windowBytes += bytes;
  }

  #judge(): void {
    const { windowMs, minBytesPerSecond, blockTimeoutMs } = this.#limits;
    if (this.#blockMs >= blockTimeoutMs)
      throw new StoreProviderFailed(this.#provider, `a block took longer than ${blockTimeoutMs} ms`);
    if (this.#windowMs < windowMs) return;
    const rate = Math.floor((this.#windowBytes * 1000) / this.#windowMs);
    if (rate < minBytesPerSecond)
      throw new StoreProviderFailed(
        this.#provider,
        `it sent ${this.#windowBytes} bytes in ${Math.round(this.#windowMs)} ms, and the minimum is ${minBytesPerSecond} bytes per second`,
      );
    this.#windowMs = 0;
    this.#windowBytes = 0;
  }
}

/** False when `ms` pass first; a rejection counts as an end and is found when the promise is awaited. */
async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const ended = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
