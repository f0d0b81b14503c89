import type { CID } from 'multiformats/cid';
import type { FetchOptions, Progress } from '../ports/Store.ts';
import type { Blocks } from './blocks.ts';
import { carLimit, MAX_BLOCK_BYTES, Tally } from './budget.ts';
import { CarSource } from './carSource.ts';
import { isHashOf, RAW, textOf } from './cid.ts';
import { decodeNode } from './dagNode.ts';
import {
  StoreBlockCorrupt,
  StoreCarMalformed,
  StoreFetchFailed,
  StoreProviderFailed,
  StoreProviderStatus,
} from './errors.ts';
import type { Hold } from './holds.ts';
import type { ProviderClient, ProviderReply } from './providerClient.ts';
import { type Place, walkDag } from './walk.ts';

const CAR = 'application/vnd.ipld.car';
const RAW_BLOCK = 'application/vnd.ipld.raw';
/** A provider that keeps failing after some progress is asked this often. */
const MAX_ATTEMPTS = 8;
const PARALLEL_BLOCKS = 4;

export interface TransferParts {
  readonly blocks: Blocks;
  readonly client: ProviderClient;
  readonly hold: Hold;
  /** Aborts everything; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Called once, before the first request, when something is missing. */
  readonly onIncomplete: () => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

interface Provider {
  readonly url: string;
  attempts: number;
  /** It does not serve CARs in depth-first order, so it is asked block by block. */
  rawOnly: boolean;
}

/**
 * Completes one DAG: hashes what is here, asks providers in turn for what is not (missing inner nodes as the CAR of
 * their sub-DAG, missing leaves as raw blocks), keeps every block the moment it is verified, and repeats until nothing
 * is missing. Killed at any point, the next transfer starts from the blocks that are here.
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

  /** @throws {StoreFetchFailed} {@link StoreBudgetExceeded} {@link StoreDagRefused} {@link StoreFull} */
  async run(): Promise<void> {
    const queue = this.#options.providers.map((url): Provider => ({ url, attempts: 0, rawOnly: false }));
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
    provider.attempts++;
    try {
      for (const place of missing) if (place.cid.code !== RAW) await this.#bringTree(provider, place);
      await this.#bringLeaves(provider, missing);
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      if (!(error instanceof StoreProviderFailed)) throw error;
      this.#failures.set(provider.url, error.why);
      if (error.dishonest) return false;
      if (provider.rawOnly === rawOnlyBefore && this.#kept === keptBefore) return false;
    }
    return provider.attempts < MAX_ATTEMPTS;
  }

  async #bringTree(provider: Provider, place: Place): Promise<void> {
    if (this.#tally.has(place.cid)) return;
    if (provider.rawOnly)
      return this.#walk(provider, place, (cid) => this.#requestBlock(provider, cid, this.#parts.signal));
    const reply = await this.#requestCar(provider, place.cid);
    const car = new CarSource(reply.body, carLimit(this.#options));
    try {
      await blameFor(provider, () => car.roots());
      await this.#walk(provider, place, async (cid) => {
        const block = await blameFor(provider, () => car.take(cid, this.#tally));
        reply.pace.blockDone();
        return block;
      });
    } finally {
      await car.close();
    }
  }

  /** Walks a sub-DAG, taking from `remote` what is not here, and keeps it when the budget has allowed it. */
  async #walk(provider: Provider, place: Place, remote: (cid: CID) => Promise<Uint8Array>): Promise<void> {
    let fresh: Uint8Array | undefined;
    let write: Promise<void> = Promise.resolve();
    const load = async (cid: CID): Promise<Uint8Array> => {
      const local = await this.#loadLocal(cid);
      fresh = local === undefined ? await remote(cid) : undefined;
      return local ?? fresh!;
    };
    try {
      for await (const { cid, block } of walkDag(place, load, this.#tally)) {
        await write;
        if (fresh === undefined) this.#measure(cid, block!);
        else write = this.#keep(cid, fresh, provider);
        // Awaited one block later; until then a failure must not count as unhandled.
        write.catch(() => undefined);
      }
    } finally {
      await write;
    }
  }

  async #requestCar(provider: Provider, cid: CID): Promise<ProviderReply> {
    const path = `ipfs/${textOf(cid)}?format=car&dag-scope=all`;
    const accept = `${CAR}; version=1; order=dfs; dups=n`;
    try {
      const reply = await this.#parts.client.get(provider.url, path, accept, this.#parts.signal);
      if (reply.contentType.startsWith(CAR)) return reply;
      await reply.body.return(undefined);
      provider.rawOnly = true;
      throw new StoreProviderFailed(
        provider.url,
        `it answered with ${reply.contentType.slice(0, 60)} instead of a CAR`,
      );
    } catch (error) {
      if (error instanceof StoreProviderStatus && [400, 405, 406, 415, 501].includes(error.status))
        provider.rawOnly = true;
      throw error;
    }
  }

  async #bringLeaves(provider: Provider, missing: readonly Place[]): Promise<void> {
    const leaves = missing.filter(({ cid }) => cid.code === RAW);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#parts.signal, stop.signal]);
    let active = PARALLEL_BLOCKS;
    // Near the end of the budget one worker remains, so that at most one block is transferred beyond it.
    const fits = (): boolean =>
      active === 1 || this.#options.maxBytes - this.#tally.bytes >= active * MAX_BLOCK_BYTES || --active === 0;
    const work = async (): Promise<void> => {
      while (fits()) {
        const leaf = leaves.shift();
        if (leaf === undefined) return;
        await this.#bringLeaf(provider, leaf, signal);
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

  async #bringLeaf(provider: Provider, { cid, depth }: Place, signal: AbortSignal): Promise<void> {
    if (this.#tally.has(cid)) return;
    const bytes = await this.#requestBlock(provider, cid, signal);
    this.#tally.enter(cid, depth);
    this.#tally.count(bytes.length);
    await this.#keep(cid, bytes, provider);
  }

  async #requestBlock(provider: Provider, cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const path = `ipfs/${textOf(cid)}?format=raw`;
    const reply = await this.#parts.client.get(provider.url, path, RAW_BLOCK, signal);
    const bytes = await collect(provider, reply);
    if (!isHashOf(cid, bytes))
      throw new StoreProviderFailed(
        provider.url,
        `the ${bytes.length} bytes it gives for ${cid} hash to something else`,
        {
          dishonest: true,
        },
      );
    return bytes;
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

/** What a malformed CAR says of its sender: cut short is bad luck, another order is a lesser gateway, the rest is a lie. */
async function blameFor<T>(provider: Provider, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StoreCarMalformed)) throw error;
    const outOfOrder = error.meta['outOfOrder'] === true;
    if (outOfOrder) provider.rawOnly = true;
    const dishonest = !outOfOrder && error.meta['truncated'] !== true;
    throw new StoreProviderFailed(provider.url, `its CAR is wrong: ${error.why}`, { dishonest, cause: error });
  }
}

async function collect(provider: Provider, reply: ProviderReply): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = reply.contentLength ?? 0;
  const tooLarge = (): StoreProviderFailed =>
    new StoreProviderFailed(
      provider.url,
      `its answer has ${size} bytes or more, and no block has more than ${MAX_BLOCK_BYTES}`,
      {
        dishonest: true,
      },
    );
  try {
    if (size > MAX_BLOCK_BYTES) throw tooLarge();
    size = 0;
    for await (const chunk of reply.body) {
      size += chunk.length;
      if (size > MAX_BLOCK_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    await reply.body.return(undefined);
  }
  return Buffer.concat(chunks, size);
}
