import { createPublicClient, defineChain, type PublicClient } from 'viem';
import { ProtocolError } from '../core/errors.ts';
import { RpcRefused } from './rpc/errors.ts';
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
  plainErrors(
    createPublicClient({ chain: chainOf(chainId), transport: rpc.transport(), pollingInterval: 50, cacheTime: 0 }),
  );

/** viem wraps what our transport throws; callers get our own error back: what, why, fix, and whether to try again. */
function plainErrors(client: PublicClient): PublicClient {
  const unwrap = (error: unknown): never => {
    for (let inner = error; inner instanceof Error; inner = inner.cause) {
      // What the chain itself refuses (a revert) is told best by viem, which knows the contract.
      if (inner instanceof ProtocolError && !(inner instanceof RpcRefused)) throw inner;
    }
    throw error;
  };
  return new Proxy(client, {
    get: (target, key, receiver) => {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(value, target, args);
        return result instanceof Promise ? result.catch(unwrap) : result;
      };
    },
  });
}
