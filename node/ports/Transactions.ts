import type { Address, Hex } from '../core/codec/hex.ts';

/** One argument of a call, decoded for people. */
export interface CallArgument {
  readonly name: string;
  /** Solidity type. */
  readonly type: string;
  readonly value: unknown;
}

/** A transaction before it is signed: exactly what would be sent, and what the chain says of it now. */
export interface TransactionPreview {
  /** What it is for: `add stake`. */
  readonly describe: string;
  readonly chainId: bigint;
  readonly from: Address;
  readonly to: Address;
  /** Name of the contract in the deployment; undefined for any other address. */
  readonly contract: string | undefined;
  readonly functionName: string | undefined;
  readonly args: readonly CallArgument[];
  readonly data: Hex;
  readonly valueWei: bigint;
  /** Gas limit it would get; undefined when the chain refuses the call now. */
  readonly gas: bigint | undefined;
  /** Price offered, wei of ether per gas. */
  readonly maxFeePerGasWei: bigint;
  /** Most that its gas can cost at that price; undefined like `gas`. */
  readonly maxGasFeeWei: bigint | undefined;
  /** Why the chain refuses it now. */
  readonly refusal?: string;
}

/** What a gate lets a transaction have. */
export interface Passage {
  /** Never offer more, wei of ether per gas; undefined: the queue's own bound. */
  readonly maxFeePerGasWei?: bigint;
}

/** Looks at every transaction before it is signed. Throwing stops it: nothing is signed, nothing leaves. */
export type TransactionGate = (preview: TransactionPreview) => Promise<Passage>;
