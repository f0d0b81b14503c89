import type { PublicClient, TransactionReceipt } from 'viem';
import type { Address, Hex } from '../../core/codec/hex.ts';
import type { Addresses } from '../deploy.ts';

/** What reading needs. */
export interface Reading {
  readonly client: PublicClient;
  readonly addresses: Addresses;
  readonly chainId: bigint;
}

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
