import { useQuery } from '@tanstack/react-query';
import { useConfig } from './config.ts';
import { rpcRequest } from './rpc.ts';

/**
 * Seconds by which a local chain's clock is ahead of this machine's, after somebody has travelled in time; 0 on every
 * other chain. Without it countdowns would wait for what is long over.
 */
export function useChainAhead(): number {
  const site = useConfig();
  const { data } = useQuery({
    queryKey: ['chain-ahead', site?.rpcUrls],
    queryFn: async ({ signal }) => {
      const block = await rpcRequest<{ timestamp: string }>(
        site!.rpcUrls,
        'eth_getBlockByNumber',
        ['latest', false],
        signal,
      );
      return Math.max(0, Number(block.timestamp) - Math.floor(Date.now() / 1000));
    },
    enabled: site?.local === true,
    refetchInterval: 10_000,
  });
  // A block may be dated a second or two ahead without anybody travelling.
  return data !== undefined && data > 5 ? data : 0;
}
