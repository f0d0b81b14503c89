import type { CID } from 'multiformats/cid';
import type { Cid, FetchOptions, Progress } from '../ports/Store.ts';
import { RAW, textOf } from './cid.ts';
import type { StoreParts } from './embeddedStore.ts';
import { StoreBudgetExceeded, StoreClosed, StoreDagRefused, StoreFetchFailed } from './errors.ts';
import type { Holds } from './holds.ts';
import { sweep } from './sweep.ts';
import { Transfer } from './transfer.ts';

interface Running {
  readonly listeners: Set<(progress: Progress) => void>;
  readonly stop: AbortController;
  /** True when the DAG is complete; never rejects. */
  readonly ended: Promise<boolean>;
}

/** The fetches of a store: one transfer per CID, however many ask for it. */
export class Fetches {
  readonly #running = new Map<Cid, Running>();
  readonly #parts: StoreParts;
  readonly #holds: Holds;
  readonly #closing: AbortSignal;

  constructor(parts: StoreParts, holds: Holds, closing: AbortSignal) {
    this.#parts = parts;
    this.#holds = holds;
    this.#closing = closing;
  }

  async fetch(root: CID, options: FetchOptions): Promise<void> {
    for (;;) {
      options.signal?.throwIfAborted();
      const running = this.#running.get(textOf(root));
      if (running === undefined) return this.#start(root, options);
      await join(running, options);
    }
  }

  /** Stops the transfer of one CID and waits for its end. */
  async abandon(root: CID): Promise<void> {
    const running = this.#running.get(textOf(root));
    running?.stop.abort(new StoreClosed());
    await running?.ended;
  }

  async #start(root: CID, options: FetchOptions): Promise<void> {
    const stop = new AbortController();
    const listeners = new Set(options.onProgress === undefined ? [] : [options.onProgress]);
    const transfer = this.#transfer(root, options, stop.signal, listeners);
    const ended = transfer.then(
      () => true,
      () => false,
    );
    this.#running.set(textOf(root), { listeners, stop, ended });
    try {
      await transfer;
    } finally {
      this.#running.delete(textOf(root));
    }
  }

  async #transfer(
    root: CID,
    options: FetchOptions,
    stop: AbortSignal,
    listeners: ReadonlySet<(progress: Progress) => void>,
  ): Promise<void> {
    const late = AbortSignal.timeout(this.#parts.fetchTimeoutMs);
    const signal = AbortSignal.any([this.#closing, stop, late, ...(options.signal ? [options.signal] : [])]);
    const hold = this.#holds.open();
    const { blocks, client, partial, roots } = this.#parts;
    // A single block is here or not: there is nothing in between to protect.
    const onIncomplete = async (): Promise<void> => (root.code === RAW ? undefined : partial.add(root));
    const onProgress = (progress: Progress): void => {
      for (const tell of listeners) tell(progress);
    };
    let transfer: Transfer | undefined;
    try {
      const begun = (await partial.has(root)) || (await roots.has(root));
      transfer = new Transfer(root, options, { blocks, client, hold, signal, begun, onIncomplete, onProgress });
      await transfer.run();
      await roots.add(root);
      await partial.remove(root);
    } catch (error) {
      if (error === late.reason) throw this.#tooLate(root, options, transfer?.bytes ?? 0);
      if (error instanceof StoreBudgetExceeded || error instanceof StoreDagRefused) await this.#discard(root, hold);
      throw error;
    } finally {
      hold.release();
    }
  }

  /** A DAG that breaks the rules is not worth keeping, unless it was complete before under a larger budget. */
  async #discard(root: CID, hold: { release(): void }): Promise<void> {
    if (await this.#parts.roots.has(root)) return;
    hold.release();
    await this.#parts.partial.remove(root);
    await sweep([root], this.#parts, this.#holds);
  }

  #tooLate(root: CID, options: FetchOptions, keptBytes: number): StoreFetchFailed {
    const why = `the fetch did not end within ${this.#parts.fetchTimeoutMs} ms`;
    return new StoreFetchFailed(
      textOf(root),
      options.providers.map((provider) => ({ provider, why })),
      keptBytes,
    );
  }
}

/** Follows a transfer that somebody else started; the caller then looks for itself. */
async function join(running: Running, { onProgress, signal }: FetchOptions): Promise<void> {
  const over = new AbortController();
  const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), over));
  if (onProgress !== undefined) running.listeners.add(onProgress);
  await Promise.race([running.ended, aborted]);
  if (onProgress !== undefined) running.listeners.delete(onProgress);
  over.abort();
}
