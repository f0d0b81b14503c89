/** A CID version 1 in its canonical base32 text form. */
export type Cid = string & { readonly __brand?: 'Cid' };

export interface Progress {
  readonly doneBytes: number;
  /** Unknown until the root block is read. */
  readonly totalBytes: number | undefined;
  /** The provider the bytes come from, for people to read. */
  readonly from?: string;
}

export interface Budget {
  /** Bytes of all blocks together; the walk stops one block past it at most. */
  readonly maxBytes: number;
  /** @default 10000 */
  readonly maxBlocks?: number;
  /** @default 32 */
  readonly maxDepth?: number;
}

/** What a CAR holds: the root block; the file or directory without its entries; everything (the default). */
export type DagScope = 'block' | 'entity' | 'all';

export interface Added {
  readonly cid: Cid;
  /** Bytes of the file (not of the DAG). */
  readonly size: number;
  /** SHA-256 of the file, lower-case hex with 0x. */
  readonly sha256: string;
}

/** One file of a folder; `path` is relative, with `/`. */
export interface FolderFile {
  readonly path: string;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

/** A folder as one DAG. */
export interface PackedFolder {
  readonly cid: Cid;
  readonly blocks: number;
  /** Bytes of all blocks together. */
  readonly bytes: number;
  /** A CARv1 of it, depth first, without duplicates. */
  car(): AsyncIterable<Uint8Array>;
}

/**
 * Content-addressed storage. Every block is hashed on every read: bytes that come out of here are the bytes the CID
 * names, or an error. Files use the UnixFS profile `unixfs-v1-2025` (IPIP-0499), so equal files have equal CIDs.
 */
export interface Store {
  add(file: Uint8Array | AsyncIterable<Uint8Array>): Promise<Added>;
  /** True when the whole DAG under `cid` is present (not verified). */
  has(cid: Cid): Promise<boolean>;
  /**
   * The file under `cid`, from the local blocks.
   * @throws StoreBlockMissing; StoreBlockCorrupt (the block is quarantined, so that the next fetch repairs it); StoreBudgetExceeded
   */
  read(cid: Cid, budget: Budget): Promise<Uint8Array>;
  /**
   * Brings the DAG from the first provider that delivers it (trustless gateways, base URLs), block by block verified,
   * resuming at the blocks already present. No-op when it is already complete and sound.
   * @throws StoreCidInvalid; StoreFetchFailed (names what each provider did); StoreBudgetExceeded; StoreDagRefused
   */
  fetch(cid: Cid, options: FetchOptions): Promise<void>;
  /**
   * A CARv1 of the DAG, depth first, without duplicates. A stream that ends by a throw is incomplete.
   * @throws StoreCidInvalid; StoreBlockMissing; StoreBlockCorrupt
   */
  exportCar(cid: Cid, scope?: DagScope): AsyncIterable<Uint8Array>;
  /**
   * Reads a CAR whose only root must be `cid`; keeps nothing when it is wrong or truncated.
   * @throws StoreCidInvalid; StoreCarMalformed; StoreDagRefused; StoreBudgetExceeded; StoreFull
   */
  importCar(cid: Cid, car: AsyncIterable<Uint8Array>, budget: Budget): Promise<void>;
  /** One verified block, or undefined. */
  block(cid: Cid): Promise<Uint8Array | undefined>;
  /** Roots that were added, fetched or imported, and that nobody removed. */
  roots(): Promise<readonly Cid[]>;
  remove(cid: Cid): Promise<void>;
  close(): Promise<void>;
}

export interface FetchOptions extends Budget {
  readonly providers: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
