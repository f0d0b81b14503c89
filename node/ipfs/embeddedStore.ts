import type { CID } from 'multiformats/cid';
import type { Added, Budget, Cid, DagScope, FetchOptions, Store } from '../ports/Store.ts';
import { addFile } from './addFile.ts';
import type { BlockStorage, RootSet } from './blockStorage.ts';
import { LOCAL, Tally } from './budget.ts';
import { carHeader, carSection } from './carFrames.ts';
import { parseCid, RAW, textOf } from './cid.ts';
import { StoreBlockCorrupt, StoreBlockMissing, StoreBudgetExceeded, StoreClosed, StoreDagRefused } from './errors.ts';
import { Fetches } from './fetches.ts';
import { type Hold, Holds } from './holds.ts';
import { interruptible } from './interruptible.ts';
import type { ProviderClient } from './providerClient.ts';
import { readCar } from './readCar.ts';
import { scopedLinks } from './scope.ts';
import { Staging } from './staging.ts';
import { sweep } from './sweep.ts';
import { UnixfsFile } from './unixfsFile.ts';
import { walkDag } from './walk.ts';

export interface StoreParts {
  readonly blocks: BlockStorage;
  /** Complete DAGs. */
  readonly roots: RootSet;
  /** DAGs whose fetch has begun: their blocks wait for the next one. */
  readonly partial: RootSet;
  readonly client: ProviderClient;
  readonly fetchTimeoutMs: number;
}

const PRESENT = new Uint8Array(0);

/** {@link Store} over a {@link BlockStorage}. Make it with `openStore` or `openKuboStore`. */
export class EmbeddedStore implements Store {
  readonly #parts: StoreParts;
  readonly #holds = new Holds();
  readonly #fetches: Fetches;
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#fetches = new Fetches(parts, this.#holds, this.#closing.signal);
  }

  async add(file: Uint8Array | AsyncIterable<Uint8Array>): Promise<Added> {
    const source = file instanceof Uint8Array ? file : interruptible(file, this.#closing.signal);
    return this.#run(() =>
      this.#build(
        (staging) => addFile(source, staging),
        (added) => parseCid(added.cid),
      ),
    );
  }

  async has(cid: Cid): Promise<boolean> {
    return this.#run(() => this.#isComplete(parseCid(cid)));
  }

  async read(cid: Cid, budget: Budget): Promise<Uint8Array> {
    const root = parseCid(cid);
    const source = {
      load: (block: CID) => this.#load(root, block),
      loadInto: (block: CID, target: Uint8Array) => this.#parts.blocks.readInto(block, target),
    };
    return this.#run(() => new UnixfsFile(root, source, budget).read());
  }

  async fetch(cid: Cid, options: FetchOptions): Promise<void> {
    return this.#run(() => this.#fetches.fetch(parseCid(cid), options));
  }

  async *exportCar(cid: Cid, scope: DagScope = 'all'): AsyncGenerator<Uint8Array> {
    this.#assertOpen();
    const root = parseCid(cid);
    const children = (parent: CID, block: Uint8Array): readonly CID[] => scopedLinks(parent, block, scope);
    const steps = walkDag(
      { cid: root, depth: 0 },
      (block) => this.#load(root, block),
      new Tally(root, LOCAL),
      children,
    );
    let begun = false;
    for await (const { cid: block, block: bytes } of steps) {
      this.#assertOpen();
      if (!begun) yield carHeader(root);
      begun = true;
      yield* carSection({ cid: block, bytes: bytes! });
    }
  }

  async importCar(cid: Cid, car: AsyncIterable<Uint8Array>, budget: Budget): Promise<void> {
    const root = parseCid(cid);
    const source = interruptible(car, this.#closing.signal);
    return this.#run(() =>
      this.#build(
        (staging) => readCar(root, source, budget, staging),
        () => root,
      ),
    );
  }

  async block(cid: Cid): Promise<Uint8Array | undefined> {
    return this.#run(() => this.#parts.blocks.read(parseCid(cid)));
  }

  async roots(): Promise<readonly Cid[]> {
    return this.#run(() => this.#parts.roots.list());
  }

  async remove(cid: Cid): Promise<void> {
    const root = parseCid(cid);
    return this.#run(async () => {
      await this.#fetches.abandon(root);
      await this.#parts.roots.remove(root);
      await this.#parts.partial.remove(root);
      await sweep([root], this.#parts, this.#holds);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort(new StoreClosed());
    await Promise.allSettled(this.#running);
    this.#parts.client.close();
  }

  /** Stages blocks, makes them visible together and records their root; on any failure nothing remains. */
  async #build<T>(fill: (staging: Staging) => Promise<T>, rootOf: (result: T) => CID): Promise<T> {
    const hold: Hold = this.#holds.open();
    const staging = new Staging(this.#parts.blocks, hold);
    try {
      const result = await fill(staging);
      this.#assertOpen();
      await staging.commit();
      await this.#parts.roots.add(rootOf(result));
      await this.#parts.partial.remove(rootOf(result));
      return result;
    } catch (error) {
      hold.release();
      await staging.discard();
      await sweep(staging.cids, this.#parts, this.#holds);
      throw error;
    } finally {
      hold.release();
    }
  }

  /** @throws {StoreBlockMissing} {@link StoreBlockCorrupt} */
  async #load(root: CID, cid: CID): Promise<Uint8Array> {
    const block = await this.#parts.blocks.read(cid);
    if (block === undefined) throw new StoreBlockMissing(textOf(root), textOf(cid));
    return block;
  }

  async #isComplete(root: CID): Promise<boolean> {
    const load = async (cid: CID): Promise<Uint8Array | undefined> => {
      if (cid.code !== RAW) return this.#parts.blocks.read(cid);
      return (await this.#parts.blocks.has(cid)) ? PRESENT : undefined;
    };
    try {
      for await (const { block } of walkDag({ cid: root, depth: 0 }, load, new Tally(root, LOCAL)))
        if (block === undefined) return false;
      return true;
    } catch (error) {
      if (
        error instanceof StoreBlockCorrupt ||
        error instanceof StoreDagRefused ||
        error instanceof StoreBudgetExceeded
      )
        return false;
      throw error;
    }
  }

  #assertOpen(): void {
    this.#closing.signal.throwIfAborted();
  }

  async #run<T>(body: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const task = body();
    this.#running.add(task);
    try {
      return await task;
    } finally {
      this.#running.delete(task);
    }
  }
}
