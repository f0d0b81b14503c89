import { useQuery } from '@tanstack/react-query';
import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { rpcRequest } from '../../lib/rpc.ts';

export interface RpcTransaction {
  readonly hash: Hex;
  readonly from: Address;
  readonly to: Address | null;
  readonly input: Hex;
  readonly value: Hex;
  readonly nonce: Hex;
  readonly gas: Hex;
  readonly blockNumber: Hex | null;
}
export interface RpcBlock {
  readonly number: Hex;
  readonly hash: Hex;
  readonly timestamp: Hex;
  readonly gasUsed: Hex;
  readonly baseFeePerGas?: Hex;
  readonly transactions: readonly RpcTransaction[];
}
export interface RpcLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly logIndex: Hex;
}
export interface RpcReceipt {
  readonly status: Hex;
  readonly gasUsed: Hex;
  readonly effectiveGasPrice: Hex;
  readonly blockNumber: Hex;
  readonly contractAddress: Address | null;
  readonly logs: readonly RpcLog[];
}

interface Asked<T> {
  readonly data?: T;
  readonly error?: Problem;
  readonly isLoading: boolean;
  refetch(): void;
}

function useRpc<T>(
  key: readonly unknown[],
  ask: (site: SiteConfig, signal: AbortSignal) => Promise<T>,
  refetchMs?: number,
): Asked<T> {
  const site = useConfig();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['chain', site?.rpcUrls, ...key],
    queryFn: ({ signal }) => ask(site!, signal),
    enabled: site !== undefined,
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  });
  return {
    ...(data === undefined ? {} : { data }),
    ...(error === null ? {} : { error: problemOf(error) }),
    isLoading: isPending,
    refetch: () => void refetch(),
  };
}

const quantity = (value: number): Hex => `0x${value.toString(16)}`;
const blockAt = ({ rpcUrls }: SiteConfig, number: number, signal: AbortSignal): Promise<RpcBlock | null> =>
  rpcRequest<RpcBlock | null>(rpcUrls, 'eth_getBlockByNumber', [quantity(number), true], signal);

/** `count` blocks, newest first, ending at `until` or at the newest. */
export const useBlocks = (count: number, until: number | undefined): Asked<readonly RpcBlock[]> =>
  useRpc(
    ['blocks', count, until],
    async (site, signal) => {
      const last = until ?? Number(await rpcRequest<Hex>(site.rpcUrls, 'eth_blockNumber', [], signal));
      const numbers = Array.from({ length: Math.min(count, last + 1) }, (_, i) => last - i);
      const blocks = await Promise.all(numbers.map((number) => blockAt(site, number, signal)));
      return blocks.filter((block) => block !== null);
    },
    3000,
  );

export const useBlock = (number: number): Asked<RpcBlock | null> =>
  useRpc(['block', number], (site, signal) => blockAt(site, number, signal));

export interface TransactionRecord {
  readonly transaction: RpcTransaction;
  /** Null while it is pending. */
  readonly receipt: RpcReceipt | null;
}

export const useTransactionRecord = (hash: Hex): Asked<TransactionRecord | null> =>
  useRpc(['transaction', hash], async ({ rpcUrls }, signal) => {
    const [transaction, receipt] = await Promise.all([
      rpcRequest<RpcTransaction | null>(rpcUrls, 'eth_getTransactionByHash', [hash], signal),
      rpcRequest<RpcReceipt | null>(rpcUrls, 'eth_getTransactionReceipt', [hash], signal),
    ]);
    return transaction === null ? null : { transaction, receipt };
  });

export interface AccountRecord {
  readonly balance: Hex;
  readonly nonce: Hex;
  readonly codeBytes: number;
  /** Transactions from or to it in the newest blocks, newest first. */
  readonly transactions: readonly RpcTransaction[];
  readonly searchedBlocks: number;
}

const SEARCHED = 200;

export const useAccountRecord = (address: Address): Asked<AccountRecord> =>
  useRpc(['account', address.toLowerCase()], async (site, signal) => {
    const ask = <T>(method: string): Promise<T> => rpcRequest<T>(site.rpcUrls, method, [address, 'latest'], signal);
    const [balance, nonce, code, newest] = await Promise.all([
      ask<Hex>('eth_getBalance'),
      ask<Hex>('eth_getTransactionCount'),
      ask<Hex>('eth_getCode'),
      rpcRequest<Hex>(site.rpcUrls, 'eth_blockNumber', [], signal),
    ]);
    const count = Math.min(SEARCHED, Number(newest) + 1);
    const found: RpcTransaction[] = [];
    for (let start = 0; start < count; start += 25) {
      const numbers = Array.from({ length: Math.min(25, count - start) }, (_, i) => Number(newest) - start - i);
      const blocks = await Promise.all(numbers.map((number) => blockAt(site, number, signal)));
      const wanted = address.toLowerCase();
      for (const block of blocks)
        found.push(
          ...(block?.transactions ?? []).filter(
            ({ from, to }) => from.toLowerCase() === wanted || to?.toLowerCase() === wanted,
          ),
        );
    }
    return { balance, nonce, codeBytes: (code.length - 2) / 2, transactions: found, searchedBlocks: count };
  });
