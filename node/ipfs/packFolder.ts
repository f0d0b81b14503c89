import { importer } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { invariant } from '../core/errors.ts';
import type { FolderFile, PackedFolder } from '../ports/Store.ts';
import { LOCAL, Tally } from './budget.ts';
import { carHeader, carSection } from './carFrames.ts';
import { textOf } from './cid.ts';
import { walkDag } from './walk.ts';

/**
 * A folder as UnixFS by the profile `unixfs-v1-2025` (IPIP-0499): equal files under equal names have equal CIDs, whatever
 * their order and wherever they are packed. Its blocks are in memory until the result is let go.
 */
export async function packFolder(files: AsyncIterable<FolderFile>): Promise<PackedFolder> {
  const blocks = new Map<string, Uint8Array>();
  const storage = {
    put: async (cid: CID, bytes: Uint8Array): Promise<CID> => {
      blocks.set(textOf(cid), bytes);
      return cid;
    },
  };
  let root: CID | undefined;
  for await (const { cid } of importer(files, storage, { profile: 'unixfs-v1-2025', wrapWithDirectory: true }))
    root = cid;
  invariant(root !== undefined, 'a folder has a root, even when it is empty');
  const top = root;
  return {
    cid: textOf(top),
    blocks: blocks.size,
    bytes: [...blocks.values()].reduce((sum, { length }) => sum + length, 0),
    car: () => carOf(top, blocks),
  };
}

async function* carOf(root: CID, blocks: ReadonlyMap<string, Uint8Array>): AsyncGenerator<Uint8Array> {
  yield carHeader(root);
  const load = async (cid: CID): Promise<Uint8Array | undefined> => blocks.get(textOf(cid));
  for await (const { cid, block } of walkDag({ cid: root, depth: 0 }, load, new Tally(root, LOCAL))) {
    invariant(block !== undefined, 'every block of a packed folder is there');
    yield* carSection({ cid, bytes: block });
  }
}
