import type { Address } from '../core/codec/hex.ts';

/** A worker's stake and keys, as the registry has them. */
export interface StakePosition {
  readonly worker: Address;
  readonly hotKey: Address;
  readonly endpoint: string;
  /** Unix seconds. */
  readonly registeredAt: bigint;
  /** Active stake, locked part included, wei. */
  readonly stakeWei: bigint;
  /** Part of it behind open claims, wei. */
  readonly lockedWei: bigint;
  /** Part of it that backs no claim, wei. */
  readonly freeWei: bigint;
  /** Stake on its way out, wei; still slashable. */
  readonly thawingWei: bigint;
  /** Unix seconds from which it may be withdrawn; 0n when nothing thaws. */
  readonly thawEndsAt: bigint;
  /** Whether the stake reaches the minimum of now. */
  readonly active: boolean;
}

/** Stake as everybody can read it. */
export interface StakesView {
  /** Undefined when the address is no worker. */
  position(worker: Address): Promise<StakePosition | undefined>;
  /** The worker an address acts for: itself, or whose hot key it is; undefined for others. */
  workerOf(account: Address): Promise<Address | undefined>;
}

/** What a worker's owner does with the cold key. Writes resolve when confirmed; each is one transaction. */
export interface Stakes extends StakesView {
  add(amountWei: bigint): Promise<void>;
  /** Starts the thaw of free stake. */
  requestUnstake(amountWei: bigint): Promise<void>;
  /** Pays out what has thawed; resolves with the amount in wei. */
  withdraw(): Promise<bigint>;
  /** @param hotKey its own signature says that it serves this worker */
  setHotKey(hotKey: { readonly address: Address; readonly consent: (digest: Uint8Array) => string }): Promise<void>;
  setEndpoint(endpoint: string): Promise<void>;
}
