import type { KuboRPCClient } from 'kubo-rpc-client';
import type { CID } from 'multiformats/cid';
import type { Cid } from '../ports/Store.ts';
import type { RootSet } from './blockStorage.ts';
import { textOf } from './cid.ts';
import { StoreKuboFailed } from './errors.ts';

const LOCAL = { offline: true } as object;
/** A root need not be UnixFS. */
const UNTYPED = { force: true, ...LOCAL } as object;
const ABSENT = /file does not exist/i;
const PRESENT = /already has entry|already exists/i;

/**
 * Roots as entries of an MFS folder, each named by its CID. The garbage collector keeps what MFS refers to. A pin would
 * do so too, but Kubo has one pin per CID, whoever made it: removing ours would remove everybody's.
 */
export class KuboRoots implements RootSet {
  readonly #client: KuboRPCClient;
  readonly #url: string;
  readonly #folder: string;

  constructor(client: KuboRPCClient, url: string, folder: string) {
    this.#client = client;
    this.#url = url;
    this.#folder = folder;
  }

  async open(): Promise<void> {
    await this.#call('open its folder', () => this.#client.files.mkdir(this.#folder, { parents: true, ...LOCAL }));
  }

  async list(): Promise<readonly Cid[]> {
    const names: string[] = [];
    await this.#call('list its roots', async () => {
      for await (const { name } of this.#client.files.ls(this.#folder, LOCAL)) names.push(name);
    });
    return names.filter((name) => /^b[a-z2-7]{58}$/.test(name)).sort() as Cid[];
  }

  async has(cid: CID): Promise<boolean> {
    const found = await this.#call('look for a root', () => this.#client.files.stat(this.#pathOf(cid), LOCAL), ABSENT);
    return found !== undefined;
  }

  async add(cid: CID): Promise<void> {
    const copy = () => this.#client.files.cp(`/ipfs/${textOf(cid)}`, this.#pathOf(cid), UNTYPED);
    await this.#call('record a root', copy, PRESENT);
  }

  async remove(cid: CID): Promise<void> {
    const options = { recursive: true, force: true, ...LOCAL };
    await this.#call('forget a root', () => this.#client.files.rm(this.#pathOf(cid), options), ABSENT);
  }

  #pathOf(cid: CID): string {
    return `${this.#folder}/${textOf(cid)}`;
  }

  /** @throws {StoreKuboFailed} unless its words are expected */
  async #call<T>(action: string, body: () => Promise<T>, expected?: RegExp): Promise<T | undefined> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof Error && expected?.test(error.message) === true) return undefined;
      throw new StoreKuboFailed(action, this.#url, error);
    }
  }
}
