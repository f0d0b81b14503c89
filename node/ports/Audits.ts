import type { Address, Digest } from '../core/codec/hex.ts';
import type { JobTerms } from '../core/codec/job.ts';
import type { Receipt, SignedReceipt } from '../core/codec/receipt.ts';

export type AuditOutcome = 'pending' | 'agreed' | 'disagreed' | 'receipt-withheld' | 'input-withheld' | 'missed';

/** Rules of the rounds to come (`IAuditPool.Rules`), as far as a player needs them. */
export interface AuditTerms {
  readonly bondWei: bigint;
  readonly baseFeeWei: bigint;
  readonly missWei: bigint;
  readonly canaryWei: bigint;
  readonly auditBps: number;
  readonly seats: number;
  readonly startSeconds: bigint;
  readonly commitSeconds: bigint;
  readonly revealSeconds: bigint;
  readonly canarySeconds: bigint;
  readonly contestSeconds: bigint;
}

/** The round a job belongs to. `unopened` and `waiting`: somebody has to {@link Audits.tick}. */
export type JobRound =
  | { readonly state: 'unopened' | 'waiting' }
  | { readonly state: 'drawn'; readonly round: bigint; readonly auditors: readonly Address[] };

/** A submitted job, as the market keeps it. */
export interface AuditableJob {
  readonly worker: Address;
  readonly versionId: bigint;
  readonly deliverable: Digest;
  readonly submittedAt: bigint;
  readonly state: 'submitted' | 'other';
}

/** An audit that has started. Times are Unix seconds, chain time; windows are half-open. */
export interface AuditRecord {
  readonly startedAt: bigint;
  readonly commitEndsAt: bigint;
  readonly revealEndsAt: bigint;
  /** Until then the job may turn out to be a canary. */
  readonly canaryEndsAt: bigint;
  readonly outcome: AuditOutcome;
  /** Somebody should open the game in the Court. */
  readonly triggered: boolean;
  readonly canary: 'none' | 'pending' | 'proven' | 'refuted';
  /** Undefined until the worker's receipt was shown. */
  readonly receiptRoot?: Digest;
  /** A shown canary's true output, and the claim in the Court that says so. */
  readonly canaryRoot?: Digest;
  readonly canaryClaimId?: Digest;
}

export interface AuditSeat {
  readonly commitment?: Digest;
  readonly revealed?: Digest;
}

export interface AuditorRecord {
  readonly operator: Address;
  readonly bondWei: bigint;
  readonly frozenWei: bigint;
  readonly thawEndsAt: bigint;
  readonly open: number;
  readonly seated: boolean;
  readonly creditWei: bigint;
}

/** The pool as a whole. */
export interface AuditPoolState {
  readonly auditors: number;
  readonly fundsWei: bigint;
  readonly reservedWei: bigint;
  readonly round: bigint;
  readonly terms: AuditTerms;
}

/** Random audits (`IAuditPool`). Writes resolve when confirmed; doing what is done already fails and harms nothing. */
export interface Audits {
  chainTime(): Promise<bigint>;
  head(): Promise<bigint>;
  pool(): Promise<AuditPoolState>;
  /** Jobs submitted in the blocks `from..to`. */
  submitted(from: bigint, to: bigint): Promise<readonly Digest[]>;
  /** Audits started in the blocks `from..to`. */
  started(from: bigint, to: bigint): Promise<readonly Digest[]>;
  job(jobId: Digest): Promise<AuditableJob>;
  /** The terms that the job's id commits to, out of the market's events; undefined when they are not all there. */
  terms(jobId: Digest): Promise<JobTerms | undefined>;
  /** `auditors` is empty when the draw spared the job. */
  roundOf(jobId: Digest, submittedAt: bigint): Promise<JobRound>;
  audit(jobId: Digest): Promise<AuditRecord | undefined>;
  /** Who was drawn for an audit that has started; empty before. */
  auditorsOf(jobId: Digest): Promise<readonly Address[]>;
  seat(jobId: Digest, auditor: Address): Promise<AuditSeat>;
  auditor(account: Address): Promise<AuditorRecord>;
  /** Opens or draws a round; false when the beacon is not ready, or somebody else was faster. */
  tick(): Promise<boolean>;
  start(jobId: Digest, round: bigint): Promise<void>;
  commit(jobId: Digest, auditor: Address, commitment: Digest): Promise<void>;
  reveal(jobId: Digest, auditor: Address, outputRoot: Digest, salt: Digest): Promise<void>;
  revealReceipt(terms: JobTerms, receipt: Receipt): Promise<void>;
  settle(jobId: Digest): Promise<void>;
  revealCanary(terms: JobTerms, nonce: Digest, proof: Receipt): Promise<void>;
  /** Files a signed free receipt with the Court, unless it is filed: what proves a canary's true output. */
  fileProof(proof: SignedReceipt): Promise<void>;
  /** Ends the claim of a filed proof when its window and games are over; true when it is over. */
  endProof(proof: SignedReceipt): Promise<boolean>;
  concludeCanary(jobId: Digest): Promise<void>;
  /** Approves the missing part of the bond and takes a seat. */
  join(operator: Address): Promise<void>;
  leave(): Promise<void>;
  withdrawBond(): Promise<void>;
  /** Pays an account's fees to it. */
  withdrawFor(account: Address): Promise<void>;
  fund(amountWei: bigint): Promise<void>;
}
