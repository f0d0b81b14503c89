import type { CID } from 'multiformats/cid';
import type { Cid } from '../ports/Store.ts';

/** Where blocks are kept: a folder of this machine, or a Kubo node. Every read is hashed. */
export interface BlockStorage {
  /** True when somebody else deletes what no root needs: {@link delete} is then not called. */
  readonly collectsGarbage?: boolean;
  has(cid: CID): Promise<boolean>;
  /** The bytes, hashed now, or undefined. @throws StoreBlockCorrupt */
  read(cid: CID): Promise<Uint8Array | undefined>;
  /** False when the block is absent or has another size; `target` is then unspecified. @throws StoreBlockCorrupt */
  readInto(cid: CID, target: Uint8Array): Promise<boolean>;
  /** Keeps bytes that are known to hash to `cid`; durable when it resolves. @throws StoreFull, StoreIoFailed */
  put(cid: CID, bytes: Uint8Array): Promise<void>;
  /** Writes bytes to a file of this machine that has no name yet; {@link place} gives it one. */
  stage(bytes: Uint8Array): Promise<string>;
  place(staged: string, cid: CID): Promise<void>;
  delete(cid: CID): Promise<void>;
}

/** A durable set of CIDs. */
export interface RootSet {
  list(): Promise<readonly Cid[]>;
  has(cid: CID): Promise<boolean>;
  add(cid: CID): Promise<void>;
  remove(cid: CID): Promise<void>;
}
