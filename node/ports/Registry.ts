import type { Address, Digest } from '../core/codec/hex.ts';
import type { Cid } from './Store.ts';

export interface VersionInput {
  readonly cid: Cid;
  readonly sha256: Digest;
  readonly programRoot: Digest;
  readonly sizeBytes: number;
  /** SPDX expression. */
  readonly licence: string;
  readonly cardCid: Cid;
  readonly parents: readonly bigint[];
}

/** What an author writes. Writes resolve when confirmed. */
export interface Authoring {
  registerModel(slug: string, metadataCid: Cid): Promise<bigint>;
  publishVersion(modelId: bigint, version: VersionInput): Promise<bigint>;
}

/** What a worker's owner writes with his cold key. */
export interface Staking {
  /** Registers with a permit: one transaction. */
  register(hotKey: Address, endpoint: string, stakeWei: bigint): Promise<void>;
  setEndpoint(endpoint: string): Promise<void>;
}

/** Money that the market keeps for an account until it is withdrawn. */
export interface Credits {
  creditOf(account: Address): Promise<bigint>;
  withdraw(): Promise<bigint>;
  balanceOf(account: Address): Promise<bigint>;
  /** Sends the account's own tokens. */
  transfer(to: Address, amountWei: bigint): Promise<void>;
}
