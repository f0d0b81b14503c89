import type { Address, Digest } from '../core/codec/hex.ts';
import type { Cid } from './Store.ts';

export interface ModelRecord {
  readonly modelId: bigint;
  readonly slug: string;
  readonly author: Address;
  /** 0n: no version is live. */
  readonly liveVersionId: bigint;
}

export interface VersionRecord {
  readonly versionId: bigint;
  readonly modelId: bigint;
  readonly cid: Cid;
  readonly sha256: Digest;
  /** 32 zero bytes: a float version, which the exact tier does not serve. */
  readonly programRoot: Digest;
  readonly sizeBytes: number;
  readonly licence: string;
  readonly cardCid: string;
  readonly parents: readonly bigint[];
}

export interface WorkerRecord {
  /** Owner address: the worker's identity. */
  readonly worker: Address;
  readonly hotKey: Address;
  readonly endpoint: string;
  readonly stakeWei: bigint;
  readonly active: boolean;
}

export interface OfferRecord extends WorkerRecord {
  readonly feeWei: bigint;
}

/** Who serves what: the on-chain registries, read. */
export interface Directory {
  models(): Promise<readonly ModelRecord[]>;
  /** @throws VersionUnknown */
  version(versionId: bigint): Promise<VersionRecord>;
  /** Every version of a model, oldest first. */
  versions(modelId: bigint): Promise<readonly VersionRecord[]>;
  workers(): Promise<readonly WorkerRecord[]>;
  /** Active workers that offer the version, cheapest first. */
  offers(versionId: bigint): Promise<readonly OfferRecord[]>;
  /** What the registry says of files and cards; those are missing that no version names with a size anybody reads. */
  registered(cids: readonly Cid[]): Promise<ReadonlyMap<Cid, RegisteredFile>>;
}

export interface RegisteredFile {
  /**
   * The largest readable size that any version declares for the CID. Anybody may register any CID with any size, so a
   * smaller claim must not shut out the file itself.
   */
  readonly sizeBytes: number;
  /** The first version that names it. */
  readonly versionId: bigint;
}

/** What a worker writes into the registry with its hot key. */
export interface Offering {
  offer(versionId: bigint, feeWei: bigint): Promise<void>;
  withdrawOffer(versionId: bigint): Promise<void>;
}
