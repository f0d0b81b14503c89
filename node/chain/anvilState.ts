import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** The saved local chain: one gzip file, replaced atomically, so it is always one complete state. */
export interface AnvilState {
  /** Unpacks the state for `--load-state`; undefined when there is none. */
  unpack(): Promise<string | undefined>;
  /** Removes what {@link unpack} made. */
  clean(): Promise<void>;
  /** @param gzip answer of `anvil_dumpState` */
  write(gzip: Uint8Array): Promise<void>;
}

/** An anvil state is JSON and compresses about ten times; more is not one. */
const MAX_UNPACKED = 500_000_000;

export function openAnvilState(path: string): AnvilState {
  const unpacked = `${path}.unpacked`;
  const draft = `${path}.draft`;
  return {
    async unpack() {
      const packed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (packed === undefined) return undefined;
      const json = await promisify(gunzip)(packed, { maxOutputLength: MAX_UNPACKED });
      await writeFile(unpacked, withOneGenesis(json.toString('utf8')));
      return unpacked;
    },
    clean: () => rm(unpacked, { force: true }),
    async write(gzip) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(gzip);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
      await syncFolder(dirname(path));
    },
  };
}

interface Block {
  readonly header: { readonly number: string; readonly timestamp: string };
}

/**
 * Every life of anvil makes a block 0 of its own before it loads the old ones, and dumps both; which of them the next
 * life shows is chance. The oldest is the one that block 1 names as its parent.
 */
function withOneGenesis(json: string): string {
  const state = JSON.parse(json) as { readonly blocks: readonly Block[] };
  const age = ({ header }: Block): number => Number(header.timestamp);
  const first = state.blocks.filter(({ header }) => Number(header.number) === 0).sort((a, b) => age(a) - age(b));
  if (first.length < 2) return json;
  const spare = new Set(first.slice(1));
  return JSON.stringify({ ...state, blocks: state.blocks.filter((block) => !spare.has(block)) });
}

/** A rename is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
