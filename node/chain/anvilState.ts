import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
const MAX_UNPACKED = 2 ** 30;

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
      await writeFile(unpacked, await promisify(gunzip)(packed, { maxOutputLength: MAX_UNPACKED }));
      return unpacked;
    },
    clean: () => rm(unpacked, { force: true }),
    async write(gzip) {
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

/** A rename is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
