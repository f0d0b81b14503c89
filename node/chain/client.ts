import { createPublicClient, defineChain, type PublicClient } from 'viem';
import type { Rpc } from './rpc/rpc.ts';

/** A viem chain that knows nothing but its number: endpoints are the {@link Rpc}'s business. */
export const chainOf = (chainId: number) =>
  defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });

/** A viem client over our transport: retries and failover happen there. */
export const clientOf = (rpc: Rpc, chainId: number): PublicClient =>
  createPublicClient({ chain: chainOf(chainId), transport: rpc.transport(), pollingInterval: 50, cacheTime: 0 });
