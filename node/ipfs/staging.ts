import { rm } from 'node:fs/promises';
import type { CID } from 'multiformats/cid';
import type { BlockStorage } from './blockStorage.ts';
import { keyOf } from './cid.ts';
import type { Hold } from './holds.ts';

/** Blocks that become visible together or not at all: files without a name until {@link commit}. */
export class Staging {
  readonly #staged = new Map<string, { readonly cid: CID; readonly path: Promise<string> }>();
  #discarded = false;
  readonly #blocks: BlockStorage;
  readonly #hold: Hold;

  constructor(blocks: BlockStorage, hold: Hold) {
    this.#blocks = blocks;
    this.#hold = hold;
  }

  get cids(): readonly CID[] {
    return [...this.#staged.values()].map(({ cid }) => cid);
  }

  /** Writes once, however often a file repeats the block. @throws {StoreFull} {@link StoreIoFailed} */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    if (this.#discarded) return;
    const known = this.#staged.get(keyOf(cid));
    const path = known?.path ?? this.#blocks.stage(bytes);
    if (known === undefined) this.#staged.set(keyOf(cid), { cid, path });
    await path;
  }

  async commit(): Promise<void> {
    for (const { cid, path } of this.#staged.values()) {
      await this.#hold.add(cid);
      await this.#blocks.place(await path, cid);
    }
  }

  /** Removes what has no name yet; later puts do nothing. */
  async discard(): Promise<void> {
    this.#discarded = true;
    const paths = await Promise.allSettled([...this.#staged.values()].map(({ path }) => path));
    for (const path of paths) if (path.status === 'fulfilled') await rm(path.value, { force: true });
  }
}
