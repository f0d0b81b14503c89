import type { Address, Digest, Hex } from '../../core/codec/hex.ts';
import type { Revert } from '../revert.ts';

/** One call that must take effect once. */
export interface TxRequest {
  /** Idempotency key: the same id is sent once, however often it is asked for and whatever dies in between. */
  readonly id: string;
  readonly to: Address;
  readonly data: Hex;
  /** wei */
  readonly value?: bigint;
  /** Gas limit; estimated when missing. */
  readonly gas?: bigint;
  /** For people, in the infinitive: `publish version 3 of model 1`. */
  readonly describe: string;
}

export type TxOutcome =
  /** In a block, with the configured number of confirmations. */
  | {
      readonly kind: 'confirmed';
      readonly hash: Digest;
      readonly blockNumber: number;
      readonly blockHash: Digest;
      readonly gasUsed: bigint;
    }
  /** Refused by the contract: in a simulation (no hash: nothing was sent), or in a block (no effect but the gas). */
  | { readonly kind: 'reverted'; readonly hash?: Digest; readonly revert: Revert }
  /** Refused by the chain after it got its nonce, which an empty transaction to oneself then used up. */
  | { readonly kind: 'cancelled'; readonly hash: Digest; readonly why: string };

/** One signed form of an intent; all of them carry the same nonce, so at most one is ever mined. */
export interface Attempt {
  readonly hash: Digest;
  readonly raw: Hex;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Height of the chain when it was signed. */
  readonly madeAt: number;
  /** True for the empty transaction that only uses up the nonce. */
  readonly empty?: boolean;
}

export interface Mined {
  readonly hash: Digest;
  readonly blockNumber: number;
  readonly blockHash: Digest;
}

/**
 * An intent as the journal keeps it. `queued`: no nonce yet; `sent`: nonce and signed bytes are fixed and recorded
 * before the first byte leaves; `done`: the outcome is known, and watched until no reorganisation can take it back.
 */
export interface Intent {
  readonly id: string;
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
  readonly gas?: bigint;
  readonly describe: string;
  readonly state: 'queued' | 'sent' | 'done';
  readonly nonce?: number;
  readonly gasLimit?: bigint;
  readonly attempts: readonly Attempt[];
  readonly mined?: Mined;
  readonly outcome?: TxOutcome;
  /** Why the call is being replaced by an empty transaction. */
  readonly cancelled?: string;
}

/** An intent that has its nonce. */
export type Sent = Intent & { readonly nonce: number; readonly gasLimit: bigint };
export const isSent = (intent: Intent): intent is Sent => intent.state === 'sent';
export const hasNonce = (intent: Intent): intent is Sent => intent.nonce !== undefined;

export const intentOf = (request: TxRequest): Intent => ({
  id: request.id,
  to: request.to,
  data: request.data,
  value: request.value ?? 0n,
  ...(request.gas === undefined ? {} : { gas: request.gas }),
  describe: request.describe,
  state: 'queued',
  attempts: [],
});
