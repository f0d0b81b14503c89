import type { PublicClient, TransactionReceipt } from 'viem';
import type { Address, Hex } from '../../core/codec/hex.ts';
import type { Addresses } from '../deploy.ts';

/** What reading needs. */
export interface Reading {
  readonly client: PublicClient;
  readonly addresses: Addresses;
  readonly chainId: bigint;
  /**
   * Age in seconds of chain time from which a block stays: before that a reorganisation (or a local chain that died and
   * lost its last moments) may take it back. 0n: blocks stay at once. @default 0n
   */
  readonly finalitySeconds?: bigint;
}

const LOCAL_CHAIN = 31337;
/** More than the local chain can lose when it is killed: its saves are a fraction of a second apart. */
const LOCAL_FINALITY_SECONDS = 2n;
/** Fifteen blocks of twelve seconds: deeper reorganisations have not been seen since the merge. */
const FINALITY_SECONDS = 180n;

export const finalitySecondsOf = (chainId: number): bigint =>
  chainId === LOCAL_CHAIN ? LOCAL_FINALITY_SECONDS : FINALITY_SECONDS;

export interface Call {
  /** Idempotency key: the same id is sent once, however often it is asked for. */
  readonly id: string;
  readonly to: Address;
  readonly data: Hex;
  /** For people, in logs and errors: `publish version of model 1`. */
  readonly describe: string;
}

/** What writing needs: one account behind one persisted queue. */
export interface Writing extends Reading {
  readonly account: Address;
  /** Resolves with the receipt of the confirmed, successful transaction. @throws ChainReverted BalanceTooLow ... */
  readonly send: (call: Call) => Promise<TransactionReceipt>;
  /** A fresh suffix for ids of calls that may be repeated on purpose. */
  readonly fresh: () => string;
}

/** Reads a paged view to its end. */
export async function pages<T>(
  read: (first: bigint, count: bigint) => Promise<readonly T[]>,
  size = 100n,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const page = await read(BigInt(all.length), size);
    all.push(...page);
    if (page.length < Number(size)) return all;
  }
}
