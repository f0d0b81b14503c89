import { randomBytes } from 'node:crypto';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NextToLast } from 'blockstore-fs/sharding';
import type { CID } from 'multiformats/cid';
import type { BlockStorage } from './blockStorage.ts';
import { MAX_BLOCK_BYTES } from './budget.ts';
import { isHashOf, textOf } from './cid.ts';
import { ioFailure, isAbsent, StoreBlockCorrupt } from './errors.ts';

/** Tells the temporary files of this process from those of a predecessor with the same process number. */
const SESSION = randomBytes(4).toString('hex');

/**
 * Blocks as files in the layout of `blockstore-fs`, so that its readers can open the folder. Reading and writing are
 * our own, because that package neither verifies what it reads nor survives two writers of one block. A file is
 * complete before it gets its name, and several processes may share the folder.
 */
export class Blocks implements BlockStorage {
  readonly #shards = new NextToLast();
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the folders and removes what a killed process left half-written. */
  async open(): Promise<void> {
    try {
      for (const name of ['blocks', 'tmp', 'quarantine']) await mkdir(join(this.#folder, name), { recursive: true });
      for (const name of await readdir(join(this.#folder, 'tmp')))
        if (isAbandoned(name)) await rm(join(this.#folder, 'tmp', name), { force: true });
    } catch (error) {
      throw ioFailure('open its folder', error);
    }
  }

  async has(cid: CID): Promise<boolean> {
    return access(this.#pathOf(cid)).then(
      () => true,
      () => false,
    );
  }

  /**
   * The bytes, hashed now, or undefined.
   * @throws {StoreBlockCorrupt} they are not what the CID names; the file is in quarantine/ already
   */
  async read(cid: CID): Promise<Uint8Array | undefined> {
    const path = this.#pathOf(cid);
    const found = await load(path, (size) => (size > MAX_BLOCK_BYTES ? undefined : Buffer.allocUnsafeSlow(size)));
    if (found !== undefined) await this.#verify(cid, path, found);
    return found?.bytes;
  }

  /**
   * Reads into memory that the caller has, without copying. False when the block is absent or has another size;
   * `target` is then unspecified.
   * @throws {StoreBlockCorrupt}
   */
  async readInto(cid: CID, target: Uint8Array): Promise<boolean> {
    const path = this.#pathOf(cid);
    const found = await load(path, (size) => (size === target.length ? target : undefined));
    if (found?.bytes === undefined) return false;
    await this.#verify(cid, path, found);
    return true;
  }

  /** Keeps bytes that are known to hash to `cid`; durable when it resolves. @throws {StoreFull} {@link StoreIoFailed} */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    await this.place(await this.stage(bytes), cid);
  }

  /** Writes bytes to a file that has no name yet; {@link place} gives it one. */
  async stage(bytes: Uint8Array): Promise<string> {
    const path = join(this.#folder, 'tmp', `${process.pid}-${SESSION}-${randomBytes(8).toString('hex')}`);
    try {
      await write(path, bytes);
    } catch (error) {
      await rm(path, { force: true });
      throw ioFailure('write a block', error);
    }
    return path;
  }

  async place(staged: string, cid: CID): Promise<void> {
    const path = this.#pathOf(cid);
    try {
      await rename(staged, path).catch(async (error) => {
        if (!isAbsent(error)) throw error;
        await mkdir(dirname(path), { recursive: true });
        await rename(staged, path);
      });
    } catch (error) {
      await rm(staged, { force: true });
      throw ioFailure('name a block', error);
    }
  }

  async delete(cid: CID): Promise<void> {
    await unlink(this.#pathOf(cid)).catch((error) => {
      if (!isAbsent(error)) throw ioFailure('delete a block', error);
    });
  }

  async #verify(cid: CID, path: string, { size, bytes }: Loaded): Promise<void> {
    if (bytes !== undefined && isHashOf(cid, bytes)) return;
    await this.#quarantine(cid, path);
    const large = `the file has ${size} bytes and no block has more than ${MAX_BLOCK_BYTES}`;
    throw new StoreBlockCorrupt(textOf(cid), bytes === undefined ? large : `its ${size} bytes hash to something else`);
  }

  /** Puts the file aside, one per CID; back again if a repair by somebody else came between the read and the move. */
  async #quarantine(cid: CID, path: string): Promise<void> {
    const aside = join(this.#folder, 'quarantine', textOf(cid));
    try {
      await rename(path, aside);
      const moved = await load(aside, (size) => new Uint8Array(Math.min(size, MAX_BLOCK_BYTES)));
      if (moved?.bytes !== undefined && isHashOf(cid, moved.bytes)) await rename(aside, path);
    } catch (error) {
      if (!isAbsent(error)) throw ioFailure('quarantine a block', error);
    }
  }

  #pathOf(cid: CID): string {
    const { dir, file } = this.#shards.encode(cid);
    return join(this.#folder, 'blocks', dir, file);
  }
}

interface Loaded {
  readonly size: number;
  /** Undefined when `room` had none for this size. */
  readonly bytes: Uint8Array | undefined;
}

/** Reads a file into the memory that `room` gives for its size; undefined when there is no file. */
async function load(path: string, room: (size: number) => Uint8Array | undefined): Promise<Loaded | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    const bytes = room(size);
    return { size, bytes: bytes?.subarray(0, await fill(handle, bytes)) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw ioFailure('read a block', error);
  } finally {
    await handle?.close();
  }
}

/** The number of bytes read, which is less than asked when the file shrinks meanwhile. */
async function fill(handle: FileHandle, bytes: Uint8Array): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** A half-written file of a process that is gone; one of our own number but another session is a predecessor's. */
function isAbandoned(name: string): boolean {
  const [pid, session] = name.split('-');
  if (Number(pid) === process.pid) return session !== SESSION;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}
