import { useQuery } from '@tanstack/react-query';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { useConfig } from '../../lib/config.ts';
import { rpcRequest } from '../../lib/rpc.ts';
import type { Verdict } from './verdict.ts';

/** Reads how a game was ended from its last transaction. Undefined while unknown, null when nothing can be told. */
export function useVerdict(gameId: string, endedTx: Hex | null): Verdict | null | undefined {
  const site = useConfig();
  const { data } = useQuery({
    queryKey: ['verdict', site?.chainId, gameId, endedTx],
    queryFn: async ({ signal }) => {
      const tx = await rpcRequest<{ input?: Hex } | null>(site!.rpcUrls, 'eth_getTransactionByHash', [endedTx], signal);
      const { readVerdict } = await import('./verdict.ts');
      return tx?.input === undefined ? null : (readVerdict(tx.input, gameId) ?? null);
    },
    enabled: site !== undefined && endedTx !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
}
