import { access, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CID } from 'multiformats/cid';
import type { Cid } from '../ports/Store.ts';
import type { RootSet } from './blockStorage.ts';
import { parseCid, textOf } from './cid.ts';
import { ioFailure, isAbsent, StoreCidInvalid } from './errors.ts';

/**
 * A set of CIDs that survives SIGKILL and power loss: one empty file each. Adding and removing are single atomic
 * operations of the file system, so that several processes can share the set without a lock.
 */
export class Roots implements RootSet {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true }).catch((error) => {
      throw ioFailure('open its folder', error);
    });
  }

  async list(): Promise<readonly Cid[]> {
    const names = await readdir(this.#folder).catch((error) => {
      throw ioFailure('list its roots', error);
    });
    return names.filter(isCid).sort() as Cid[];
  }

  async has(cid: CID): Promise<boolean> {
    return access(join(this.#folder, textOf(cid))).then(
      () => true,
      () => false,
    );
  }

  async add(cid: CID): Promise<void> {
    try {
      await (await open(join(this.#folder, textOf(cid)), 'a')).close();
      await this.#sync();
    } catch (error) {
      throw ioFailure('record a root', error);
    }
  }

  async remove(cid: CID): Promise<void> {
    try {
      await unlink(join(this.#folder, textOf(cid)));
      await this.#sync();
    } catch (error) {
      if (!isAbsent(error)) throw ioFailure('forget a root', error);
    }
  }

  async #sync(): Promise<void> {
    const handle = await open(this.#folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** Anything else in the folder is not ours. */
function isCid(name: string): boolean {
  try {
    parseCid(name);
    return true;
  } catch (error) {
    if (error instanceof StoreCidInvalid) return false;
    throw error;
  }
}
