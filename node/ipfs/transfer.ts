import type { CID } from 'multiformats/cid';
import type { FetchOptions, Progress } from '../ports/Store.ts';
import type { BlockStorage } from './blockStorage.ts';
import { carLimit, MAX_BLOCK_BYTES, Tally } from './budget.ts';
import { RAW, textOf } from './cid.ts';
import { decodeNode } from './dagNode.ts';
import { StoreBlockCorrupt, StoreFetchFailed, StoreProviderFailed } from './errors.ts';
import type { Hold } from './holds.ts';
import { Provider } from './provider.ts';
import type { ProviderClient } from './providerClient.ts';
import { type Place, walkDag } from './walk.ts';

/** A provider that fails, but not without some progress, is asked this often. */
const MAX_FAILURES = 8;
const PARALLEL_BLOCKS = 4;

export interface TransferParts {
  readonly blocks: BlockStorage;
  readonly client: ProviderClient;
  readonly hold: Hold;
  /** Aborts everything; its reason is thrown. */
  readonly signal: AbortSignal;
  /** True when a fetch of this DAG began before: some of its blocks may be here although the root is not. */
  readonly begun: boolean;
  /** Called once, before the first request, when something is missing. */
  readonly onIncomplete: () => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Completes one DAG: hashes what is here, asks providers in turn for what is not (one CAR when nothing is here, else
 * single blocks), keeps every block the moment it is verified, and repeats until nothing is missing. Killed at any
 * point, the next transfer starts from the blocks that are here.
 */
export class Transfer {
  #tally: Tally;
  #kept = 0;
  #totalBytes: number | undefined;
  readonly #failures = new Map<string, string>();
  readonly #root: CID;
  readonly #options: FetchOptions;
  readonly #parts: TransferParts;

  constructor(root: CID, options: FetchOptions, parts: TransferParts) {
    this.#root = root;
    this.#options = options;
    this.#parts = parts;
    this.#tally = new Tally(root, options);
  }

  /** Bytes of the DAG that are here, verified. */
  get bytes(): number {
    return this.#tally.bytes;
  }

  /** @throws {StoreFetchFailed} {@link StoreBudgetExceeded} {@link StoreDagRefused} {@link StoreFull} */
  async run(): Promise<void> {
    const queue = this.#options.providers.map((url) => new Provider(url, this.#parts.client));
    for (let round = 0; ; round++) {
      const missing = await this.#survey();
      if (missing.length === 0) return;
      if (round === 0) await this.#parts.onIncomplete();
      const provider = queue.shift();
      if (provider === undefined) throw this.#failed();
      if (await this.#bring(provider, missing)) queue.push(provider);
    }
  }

  /** Hashes what is here and returns the borders of what is not. Corrupt blocks count as absent. */
  async #survey(): Promise<readonly Place[]> {
    this.#tally = new Tally(this.#root, this.#options);
    const missing: Place[] = [];
    for await (const { cid, depth, block } of walkDag({ cid: this.#root, depth: 0 }, this.#loadLocal, this.#tally)) {
      this.#parts.signal.throwIfAborted();
      if (block === undefined) missing.push({ cid, depth });
      else this.#measure(cid, block);
    }
    for (const { cid } of missing) this.#tally.leave(cid);
    this.#report(undefined);
    return missing;
  }

  #loadLocal = async (cid: CID): Promise<Uint8Array | undefined> => {
    await this.#parts.hold.add(cid);
    try {
      return await this.#parts.blocks.read(cid);
    } catch (error) {
      if (error instanceof StoreBlockCorrupt) return undefined;
      throw error;
    }
  };

  /** True when the provider may be asked again. */
  async #bring(provider: Provider, missing: readonly Place[]): Promise<boolean> {
    const keptBefore = this.#kept;
    const rawOnlyBefore = provider.rawOnly;
    try {
      if (this.#wantsCar(provider, missing)) await this.#bringCar(provider);
      else await this.#bringBlocks(provider, missing);
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      if (!(error instanceof StoreProviderFailed)) throw error;
      this.#failures.set(provider.url, error.why);
      if (error.dishonest || ++provider.failed >= MAX_FAILURES) return false;
    }
    return this.#kept > keptBefore || provider.rawOnly !== rawOnlyBefore;
  }

  /** A CAR always holds the whole DAG, so it is right only when nothing of the DAG is here. */
  #wantsCar(provider: Provider, missing: readonly Place[]): boolean {
    const fresh = !this.#parts.begun && missing.length === 1 && missing[0]!.cid.equals(this.#root);
    return fresh && !provider.rawOnly && this.#root.code !== RAW;
  }

  async #bringCar(provider: Provider): Promise<void> {
    const car = await provider.car(this.#root, carLimit(this.#options), this.#parts.signal);
    try {
      await this.#walk(provider, (cid) => car.take(cid, this.#tally));
    } finally {
      await car.close();
    }
  }

  /** Walks the DAG, taking from `remote` what is not here, and keeps it when the budget has allowed it. */
  async #walk(provider: Provider, remote: (cid: CID) => Promise<Uint8Array>): Promise<void> {
    let fresh: Uint8Array | undefined;
    let write: Promise<void> = Promise.resolve();
    const load = async (cid: CID): Promise<Uint8Array> => {
      const local = await this.#loadLocal(cid);
      fresh = local === undefined ? await remote(cid) : undefined;
      return local ?? fresh!;
    };
    try {
      for await (const { cid } of walkDag({ cid: this.#root, depth: 0 }, load, this.#tally)) {
        await write;
        if (fresh !== undefined) write = this.#keep(cid, fresh, provider);
        // Awaited one block later; until then a failure must not count as unhandled.
        write.catch(() => undefined);
      }
    } finally {
      await write;
    }
  }

  /** Several blocks at a time; the first failure stops all. What inner nodes link to is missing in the next round. */
  async #bringBlocks(provider: Provider, missing: readonly Place[]): Promise<void> {
    const places = [...missing];
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#parts.signal, stop.signal]);
    let active = PARALLEL_BLOCKS;
    // Near the end of the budget one worker remains, so that at most one block is transferred beyond it.
    const isSpare = (): boolean => {
      if (active === 1 || this.#options.maxBytes - this.#tally.bytes >= active * MAX_BLOCK_BYTES) return false;
      active--;
      return true;
    };
    const work = async (): Promise<void> => {
      while (!isSpare()) {
        const place = places.shift();
        if (place === undefined) return;
        await this.#bringBlock(provider, place, signal);
      }
    };
    const workers = Array.from({ length: PARALLEL_BLOCKS }, () =>
      work().catch((error) => {
        stop.abort();
        throw error;
      }),
    );
    const first = await Promise.all(workers).then(
      () => undefined,
      (error: unknown) => error,
    );
    await Promise.allSettled(workers);
    if (first !== undefined) throw first;
  }

  async #bringBlock(provider: Provider, { cid, depth }: Place, signal: AbortSignal): Promise<void> {
    const bytes = await provider.block(cid, signal);
    this.#tally.enter(cid, depth);
    this.#tally.count(bytes.length);
    await this.#keep(cid, bytes, provider);
  }

  async #keep(cid: CID, bytes: Uint8Array, provider: Provider): Promise<void> {
    await this.#parts.blocks.put(cid, bytes);
    this.#kept++;
    this.#measure(cid, bytes);
    this.#report(provider.url);
  }

  /** The root says how large everything claims to be; good enough for a progress bar. */
  #measure(cid: CID, block: Uint8Array): void {
    if (!cid.equals(this.#root)) return;
    const links = cid.code === RAW ? [] : decodeNode(cid, block).Links;
    const total = links.reduce((sum, link) => sum + (link.Tsize ?? Number.NaN), block.length);
    this.#totalBytes = Number.isSafeInteger(total) ? total : undefined;
  }

  #report(from: string | undefined): void {
    const doneBytes = this.#tally.bytes;
    const totalBytes = this.#totalBytes === undefined ? undefined : Math.max(this.#totalBytes, doneBytes);
    this.#parts.onProgress({ doneBytes, totalBytes, ...(from === undefined ? {} : { from }) });
  }

  #failed(): StoreFetchFailed {
    const failures = [...this.#failures].map(([provider, why]) => ({ provider, why }));
    return new StoreFetchFailed(textOf(this.#root), failures, this.#tally.bytes);
  }
}
