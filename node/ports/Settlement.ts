import type { Address, Digest, Hex } from '../core/codec/hex.ts';
import type { JobTerms } from '../core/codec/job.ts';

/** One served escrow job on its way to the chain. */
export interface ServedJob {
  readonly jobId: Digest;
  readonly terms: JobTerms;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** The client's signature over ReceiveWithAuthorization. */
  readonly signature: Hex;
  /** EIP-712 digest of the receipt. */
  readonly deliverable: Digest;
}

/** One served x402 `exact` payment. */
export interface ServedTransfer {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Digest;
  readonly signature: Hex;
}

export type JobState = 'none' | 'open' | 'funded' | 'submitted' | 'completed' | 'rejected' | 'expired';

/** What the market asks of new jobs, and what one worker can still back with his stake. */
export interface Standing {
  /** Registered with the minimum stake, and the key that signs receipts is his hot key. */
  readonly active: boolean;
  /** Active stake that backs no claim. */
  readonly freeStakeWei: bigint;
  /** Stake that the next claim locks. */
  readonly claimLockWei: bigint;
  readonly maxFeeWei: bigint;
  readonly maxJobSeconds: bigint;
  /** Whether new jobs may name the evaluator. */
  readonly evaluatorApproved: boolean;
}

/** What the worker's money needs from the chain. Every write is idempotent: asking twice has the effect of once. */
export interface Settlement {
  /** Timestamp of the newest block, Unix seconds. May be a poll interval old. */
  chainTime(): Promise<bigint>;
  balanceOf(owner: Address): Promise<bigint>;
  /** True when the authorization was used or cancelled (ERC-3009). */
  authorizationUsed(owner: Address, nonce: Digest): Promise<boolean>;
  /**
   * True when the account's own key made the signature, whether or not the account has code (EIP-7702): the token takes
   * it for ever. What a contract says of a signature (ERC-1271) can change after the answer, so it does not count here.
   * Needs no chain.
   */
  isSignatureOf(signer: Address, digest: Uint8Array, signature: Hex): boolean;
  standing(worker: Address, evaluator: Address): Promise<Standing>;
  /** Where a stock x402 client pays this worker for this version. */
  tillOf(worker: Address, versionId: bigint): Promise<Address>;
  /** Opens, funds and submits up to 64 jobs in one transaction; resolves when it is confirmed. A job that the contract skips does not harm the others; read `jobState` to see. */
  openAndSubmit(jobs: readonly ServedJob[]): Promise<void>;
  /** Submits an ERC-3009 transfer; resolves with the transaction hash when it is confirmed. */
  transfer(payment: ServedTransfer): Promise<Hex>;
  /** The transaction that made this very transfer, whoever sent it; undefined when there is none, e.g. after a cancellation. */
  transferOf(payment: ServedTransfer): Promise<Hex | undefined>;
  /** An end (`completed`, `rejected`, `expired`) is reported when no reorganisation can take it back; until then `submitted`. */
  jobStates(jobs: readonly Digest[]): Promise<readonly JobState[]>;
  /** Chain time at which the challenge window of each job ends; 0n for a job that is not submitted. */
  finalizableAt(jobs: readonly Digest[]): Promise<readonly bigint[]>;
  /** Completes submitted jobs whose challenge window is over; others are left alone. */
  finalize(jobs: readonly Digest[]): Promise<void>;
  /** Splits what stock clients paid into a till. */
  collect(worker: Address, versionId: bigint): Promise<void>;
}
