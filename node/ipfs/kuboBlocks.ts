import { readFile, rm } from 'node:fs/promises';
import type { KuboRPCClient } from 'kubo-rpc-client';
import type { CID } from 'multiformats/cid';
import type { BlockStorage } from './blockStorage.ts';
import type { Blocks } from './blocks.ts';
import { MAX_BLOCK_BYTES } from './budget.ts';
import { isHashOf, RAW, textOf } from './cid.ts';
import { ioFailure, StoreBlockCorrupt, StoreKuboFailed } from './errors.ts';

/** Never from the network: what is not here is fetched from workers, within a budget. */
const LOCAL = { offline: true } as object;
/** Kubo's words; a server that is no Kubo also says `not found`. */
const ABSENT = /block was not found locally/i;

/** Blocks of a Kubo node. It does not hash what it reads from its disk by default; we do. */
export class KuboBlocks implements BlockStorage {
  /** Blocks that no root needs go with `ipfs repo gc`: other programs may need them. */
  readonly collectsGarbage = true;
  readonly #client: KuboRPCClient;
  readonly #url: string;
  readonly #staging: Blocks;

  constructor(client: KuboRPCClient, url: string, staging: Blocks) {
    this.#client = client;
    this.#url = url;
    this.#staging = staging;
  }

  async has(cid: CID): Promise<boolean> {
    return (await this.#size(cid)) !== undefined;
  }

  async read(cid: CID): Promise<Uint8Array | undefined> {
    const size = await this.#size(cid);
    if (size === undefined) return undefined;
    // Asked before anything is allocated.
    if (size > MAX_BLOCK_BYTES)
      throw new StoreBlockCorrupt(textOf(cid), `it has ${size} bytes and no block has more than ${MAX_BLOCK_BYTES}`);
    const bytes = await this.#call('read a block', () => this.#client.block.get(cid, LOCAL));
    if (bytes === undefined || isHashOf(cid, bytes)) return bytes;
    // Away with it, so that the next fetch brings the right one.
    await this.#call('drop a corrupt block', () => drain(this.#client.block.rm(cid, { force: true, ...LOCAL })));
    throw new StoreBlockCorrupt(textOf(cid), `its ${bytes.length} bytes hash to something else`);
  }

  async readInto(cid: CID, target: Uint8Array): Promise<boolean> {
    if ((await this.#size(cid)) !== target.length) return false;
    const bytes = await this.read(cid);
    if (bytes?.length !== target.length) return false;
    target.set(bytes);
    return true;
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    const options = { cidCodec: cid.code === RAW ? 'raw' : 'dag-pb', allowBigBlock: true, pin: false, ...LOCAL };
    const made = await this.#call('write a block', () => this.#client.block.put(bytes, options as object));
    if (made === undefined || !cid.equals(made))
      throw new StoreKuboFailed('write a block', this.#url, `it named the block ${String(made)}, not ${textOf(cid)}`);
  }

  stage(bytes: Uint8Array): Promise<string> {
    return this.#staging.stage(bytes);
  }

  async place(staged: string, cid: CID): Promise<void> {
    try {
      const bytes = await readFile(staged).catch((error: unknown) => {
        throw ioFailure('read a staged block', error);
      });
      await this.put(cid, bytes);
    } finally {
      await rm(staged, { force: true });
    }
  }

  async delete(_cid: CID): Promise<void> {
    // See collectsGarbage.
  }

  /** Undefined when Kubo does not have it. */
  async #size(cid: CID): Promise<number | undefined> {
    return (await this.#call('look for a block', () => this.#client.block.stat(cid, LOCAL)))?.size;
  }

  /** @throws {StoreKuboFailed} */
  async #call<T>(action: string, body: () => Promise<T>): Promise<T | undefined> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof Error && ABSENT.test(error.message)) return undefined;
      throw new StoreKuboFailed(action, this.#url, error);
    }
  }
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _each of source);
}
