import type { Address, Digest } from '../core/codec/hex.ts';
import type { JobTerms } from '../core/codec/job.ts';
import type { Receipt, SignedReceipt } from '../core/codec/receipt.ts';
import type { ChallengerMove } from '../core/dispute/challengerMove.ts';
import type { Board, Game } from '../core/dispute/game.ts';
import type { TraceAnswer, WorkerMove } from '../core/dispute/workerMove.ts';

/** Index = `ICourt.Outcome`. */
export const OUTCOMES = ['pending', 'stands', 'fallen', 'void'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A filed claim. Times are Unix seconds, chain time. */
export interface FiledClaim {
  readonly claimId: Digest;
  readonly worker: Address;
  readonly windowEndsAt: bigint;
  /** Games and demands that have not ended. */
  readonly open: number;
  readonly revealed: boolean;
  readonly verdict: Outcome;
  readonly outcome: Outcome;
  readonly lockWei: bigint;
  readonly slashedWei: bigint;
  /** Whether {@link Court.finalize} would end it now. */
  readonly endable: boolean;
}

/** A game as the chain keeps it: what the worker needs to move. */
export interface GameRecord extends Board {
  readonly gameId: Digest;
  readonly claimId: Digest;
  readonly challenger: Address;
  readonly deadline: bigint;
  readonly bondWei: bigint;
}

/** A game with all that was shown in it. */
export interface GameHistory extends Game {
  readonly gameId: Digest;
  readonly claimId: Digest;
  readonly challenger: Address;
  readonly openedAt: bigint;
}

/** Something that concerns a claim happened in a block. */
export type CourtNotice =
  | { readonly kind: 'filed'; readonly claimId: Digest; readonly block: bigint; readonly worker: Address }
  | { readonly kind: 'game'; readonly claimId: Digest; readonly block: bigint; readonly gameId: Digest }
  | { readonly kind: 'demand'; readonly claimId: Digest; readonly block: bigint; readonly leaf: number };

export interface InputDemand {
  /** 0n: met or expired. */
  readonly deadline: bigint;
  readonly priceWei: bigint;
}

/** A leaf of an input that was made public on demand. */
export interface SuppliedLeaf {
  readonly leaf: number;
  readonly header: Uint8Array;
  /** Empty: the input has no such leaf. */
  readonly data: Uint8Array;
}

/** How a claim is taken up: a job with what it answers, or a signed receipt of an answer that no job carries. */
export type Filing =
  | { readonly kind: 'job'; readonly jobId: Digest; readonly receipt?: Receipt; readonly terms?: JobTerms }
  | {
      readonly kind: 'receipt';
      readonly signed: SignedReceipt;
      /** The x402 payment behind the receipt; absent for a free answer. */
      readonly payment?: { readonly from: Address; readonly nonce: Digest };
    };

/** Claims and games (`ICourt`, `IArena`), read. */
export interface CourtView {
  chainTime(): Promise<bigint>;
  head(): Promise<bigint>;
  /** What happened in the blocks `from..to`. */
  notices(from: bigint, to: bigint): Promise<readonly CourtNotice[]>;
  claimIdOf(receipt: Receipt): Digest;
  /** The same out of its parts: a job and the digest of its receipt. */
  claimOf(jobId: Digest, digest: Digest): Digest;
  gameIdOf(claimId: Digest, challenger: Address): Digest;
  /** Undefined when nobody has filed it. */
  claim(claimId: Digest): Promise<FiledClaim | undefined>;
  /** Undefined when there is no such game. */
  game(gameId: Digest): Promise<GameRecord | undefined>;
  /** The game out of its events, from block `since` on. */
  history(gameId: Digest, since: bigint): Promise<GameHistory | undefined>;
  /** The receipt behind a claim, once it is public, out of the events from block `since` on. */
  receiptOf(claimId: Digest, since: bigint): Promise<Receipt | undefined>;
  /** The job behind a claim; undefined when none is. */
  jobOf(claimId: Digest): Promise<Digest | undefined>;
  /** When the challenges to a submitted job end; undefined when it cannot be challenged. */
  windowEndOf(jobId: Digest): Promise<bigint | undefined>;
  demand(claimId: Digest, leaf: number): Promise<InputDemand | undefined>;
  supplied(claimId: Digest, since: bigint): Promise<readonly SuppliedLeaf[]>;
  /** What an account may withdraw. */
  creditOf(account: Address): Promise<bigint>;
  bondWei(): Promise<bigint>;
}

/** Claims and games as one account plays them. Doing what is done already does no harm: a call that the state has overtaken resolves. */
export interface Court extends CourtView {
  readonly account: Address;
  file(filing: Filing): Promise<void>;
  reveal(jobId: Digest, receipt: Receipt, terms: JobTerms): Promise<void>;
  /** Opens a game, with the bond of now; lets the Court take it first. */
  challenge(claimId: Digest): Promise<void>;
  answer(claimId: Digest, receipt: Receipt, answer: TraceAnswer): Promise<void>;
  defend(game: GameRecord, move: Exclude<WorkerMove, { readonly kind: 'answer' }>): Promise<void>;
  accuse(gameId: Digest, receipt: Receipt, move: ChallengerMove): Promise<void>;
  timeout(gameId: Digest): Promise<void>;
  leave(gameId: Digest): Promise<void>;
  demandInput(claimId: Digest, leaf: number): Promise<void>;
  supplyInput(
    claimId: Digest,
    receipt: Receipt,
    leaf: SuppliedLeaf & { readonly path: readonly Uint8Array[] },
  ): Promise<void>;
  expireDemand(claimId: Digest, leaf: number): Promise<void>;
  finalize(claimId: Digest): Promise<void>;
  /** Pays the account's credit to it; resolves with the amount. */
  withdraw(account: Address): Promise<bigint>;
}
