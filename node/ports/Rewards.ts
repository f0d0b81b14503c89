import type { Address } from '../core/codec/hex.ts';

/** What stock x402 clients paid for one version of a worker, waiting to be split. */
export interface TillBalance {
  readonly versionId: bigint;
  readonly till: Address;
  /** Wei, the shares of author and treasury included. */
  readonly balanceWei: bigint;
}

/** What the protocol owes an account. Wei of the Assay token. */
export interface RewardsOwed {
  readonly account: Address;
  /** Earnings, shares and refunds of JobMarket. */
  readonly marketWei: bigint;
  /** Bonds and rewards of the Court. */
  readonly courtWei: bigint;
  /** Fees of AuditPool. */
  readonly auditsWei: bigint;
  readonly tills: readonly TillBalance[];
}

export interface RewardsView {
  owed(account: Address): Promise<RewardsOwed>;
}

/** Pull payments: anybody may send them, and they go to the account they belong to. */
export interface Rewards extends RewardsView {
  /** Splits the tills that hold something, then pays every credit. Resolves with the wei that reached the account. */
  claim(account: Address): Promise<bigint>;
}
