import type { CID } from 'multiformats/cid';
import type { BlockStorage, RootSet } from './blockStorage.ts';
import { LOCAL, Tally } from './budget.ts';
import { keyOf, parseCid, RAW } from './cid.ts';
import { StoreBlockCorrupt, StoreDagRefused } from './errors.ts';
import type { Holds } from './holds.ts';
import { walkDag } from './walk.ts';

export interface SweepParts {
  readonly blocks: BlockStorage;
  readonly roots: RootSet;
  readonly partial: RootSet;
}

/** Deletes the blocks under `tops` that no other root, no begun fetch and no running operation needs. */
export async function sweep(tops: readonly CID[], parts: SweepParts, holds: Holds): Promise<void> {
  if (tops.length === 0 || parts.blocks.collectsGarbage === true) return;
  await holds.sweep(async () => {
    const candidates = await reach(tops, parts.blocks);
    const kept = [...(await parts.roots.list()), ...(await parts.partial.list())];
    const needed = await reach(kept.map(parseCid), parts.blocks);
    for (const [key, cid] of candidates) if (!needed.has(key) && !holds.isHeld(cid)) await parts.blocks.delete(cid);
  });
}

/** What can be reached through inner nodes that are here, by digest. Leaves are not read. */
async function reach(tops: readonly CID[], blocks: BlockStorage): Promise<ReadonlyMap<string, CID>> {
  const reached = new Map<string, CID>();
  const load = async (cid: CID): Promise<Uint8Array | undefined> => {
    reached.set(keyOf(cid), cid);
    return cid.code === RAW ? undefined : readable(blocks, cid);
  };
  for (const cid of tops) {
    const steps = walkDag({ cid, depth: 0 }, load, new Tally(cid, LOCAL));
    try {
      for await (const _step of steps);
    } catch (error) {
      if (!(error instanceof StoreDagRefused)) throw error;
    }
  }
  return reached;
}

async function readable(blocks: BlockStorage, cid: CID): Promise<Uint8Array | undefined> {
  try {
    return await blocks.read(cid);
  } catch (error) {
    if (error instanceof StoreBlockCorrupt) return undefined;
    throw error;
  }
}
