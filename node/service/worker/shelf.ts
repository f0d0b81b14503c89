import type { Directory, RegisteredFile } from '../../ports/Directory.ts';
import type { Governance } from '../../ports/Governance.ts';
import type { Log } from '../../ports/Log.ts';
import type { Cid, Store } from '../../ports/Store.ts';
import { dagBytes } from '../artifact.ts';

export interface ShelfOptions {
  readonly store: Pick<Store, 'roots' | 'remove'>;
  readonly directory: Pick<Directory, 'registered' | 'version'>;
  readonly governance: Pick<Governance, 'proposedVersions'>;
  /** What this worker serves now. */
  readonly serving: () => readonly Cid[];
  /** Bytes of all files together, as registered. */
  readonly maxBytes: number;
  readonly log: Log;
}

interface Book extends RegisteredFile {
  readonly cid: Cid;
}

/**
 * What strangers may put on this worker's disk: files that the registry names, within a quota. Registering costs only
 * gas, so what is neither served nor up for a vote makes room for what comes, the oldest first.
 */
export class Shelf {
  readonly #options: ShelfOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** How many bytes the blocks of `cid` may have; undefined: it is not taken. One decision at a time. */
  allowance(cid: Cid): Promise<{ readonly maxBytes: number } | undefined> {
    const decision = this.#last.then(() => this.#decide(cid));
    this.#last = decision.catch(() => undefined);
    return decision;
  }

  async #decide(cid: Cid): Promise<{ readonly maxBytes: number } | undefined> {
    const { store, directory, maxBytes } = this.#options;
    const here = (await store.roots()).filter((root) => root !== cid);
    const registered = await directory.registered([cid, ...here]);
    const wanted = registered.get(cid);
    if (wanted === undefined || wanted.sizeBytes > maxBytes) return undefined;
    const books = here
      .flatMap((root): Book[] => {
        const file = registered.get(root);
        return file === undefined ? [] : [{ cid: root, ...file }];
      })
      .sort((a, b) => Number(a.versionId - b.versionId));
    let held = books.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) + wanted.sizeBytes;
    if (held > maxBytes) {
      const kept = await this.#kept();
      for (const book of books) {
        if (held <= maxBytes) break;
        if (kept.has(book.cid)) continue;
        await this.#options.store.remove(book.cid);
        this.#options.log.info('made room on the shelf', { cid: book.cid, versionId: book.versionId });
        held -= book.sizeBytes;
      }
    }
    return held <= maxBytes ? { maxBytes: dagBytes(wanted.sizeBytes) } : undefined;
  }

  /** Files that are served, and files and cards that a vote is about. */
  async #kept(): Promise<ReadonlySet<Cid>> {
    const { governance, directory, serving } = this.#options;
    const proposed = await Promise.all((await governance.proposedVersions()).map((id) => directory.version(id)));
    return new Set([...serving(), ...proposed.flatMap(({ cid, cardCid }) => [cid, cardCid])]);
  }
}
