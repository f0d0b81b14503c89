import { RpcError } from '../errors.ts';
import { Endpoint, type RpcCall, RpcRefused } from './endpoint.ts';

/** How long one that failed is passed over while another works. */
const COOL_MS = 10_000;

interface Entry {
  readonly endpoint: Endpoint;
  failedAt: number;
}

/** Endpoints of one chain, in order of preference: the first that works answers. */
export class RpcPool {
  readonly #endpoints: readonly Entry[];
  #last: Entry | undefined;

  constructor(urls: readonly string[]) {
    this.#endpoints = urls.map((url) => ({ endpoint: new Endpoint(url), failedAt: -COOL_MS }));
  }

  /**
   * @param check refuses answers that no honest chain gives; the next endpoint is asked then
   * @throws RpcRefused when an endpoint says no; RpcError when none is left
   */
  async batch<T>(calls: readonly RpcCall[], check: (results: unknown[]) => T, signal?: AbortSignal): Promise<T> {
    const now = performance.now();
    const ready = this.#endpoints.filter(({ failedAt }) => now - failedAt >= COOL_MS);
    const failures: string[] = [];
    for (const entry of ready.length > 0 ? ready : this.#endpoints) {
      try {
        const value = check(await entry.endpoint.batch(calls, signal));
        entry.failedAt = -COOL_MS;
        this.#last = entry;
        return value;
      } catch (error) {
        if (signal?.aborted === true || error instanceof RpcRefused || !(error instanceof RpcError)) throw error;
        entry.failedAt = performance.now();
        failures.push(error.message);
      }
    }
    throw new RpcError(failures.join('; '));
  }

  /** The last answers contradict each other: whoever gave them is passed over for a while. */
  distrust(): void {
    if (this.#last !== undefined) this.#last.failedAt = performance.now();
  }

  call<T>(method: string, params: readonly unknown[], check: (result: unknown) => T, signal?: AbortSignal): Promise<T> {
    return this.batch([{ method, params }], ([result]) => check(result), signal);
  }
}
