import { useQuery } from '@tanstack/react-query';
import { useConfig } from './config.ts';
import { type Problem, problemOf } from './problem.ts';
import { rpcRequest } from './rpc.ts';
import { querySubgraph } from './subgraph.ts';

const POLL_MS = 5000;
/** The index reads block by block: a short distance is its normal state. */
const TOLERATED_BLOCKS = 5;
const META = '{ _meta { block { number hash } hasIndexingErrors } }';

interface Meta {
  readonly _meta: { readonly block: { readonly number: number }; readonly hasIndexingErrors: boolean };
}

/** What keeps the pages from being true right now. */
export type Health =
  | { readonly state: 'well'; readonly indexBlock?: number; readonly chainBlock?: number }
  | { readonly state: 'index-unreachable'; readonly problem: Problem }
  | { readonly state: 'index-failing'; readonly indexBlock: number }
  | { readonly state: 'index-behind'; readonly blocks: number; readonly indexBlock: number }
  | { readonly state: 'chain-unreachable'; readonly problem: Problem };

interface Signs {
  readonly meta?: Meta['_meta'];
  readonly indexError?: unknown;
  readonly chainBlock?: number;
  readonly chainError?: unknown;
}

/** The worst sign decides: an index that is gone matters more than a chain that is. */
export function healthOf({ meta, indexError, chainBlock, chainError }: Signs): Health {
  if (indexError != null) return { state: 'index-unreachable', problem: problemOf(indexError) };
  if (chainError != null) return { state: 'chain-unreachable', problem: problemOf(chainError) };
  if (meta === undefined) return { state: 'well' };
  const indexBlock = meta.block.number;
  if (meta.hasIndexingErrors) return { state: 'index-failing', indexBlock };
  if (chainBlock === undefined) return { state: 'well', indexBlock };
  const blocks = chainBlock - indexBlock;
  if (blocks > TOLERATED_BLOCKS) return { state: 'index-behind', blocks, indexBlock };
  return { state: 'well', indexBlock, chainBlock };
}

/** Asks index and chain for their newest block every five seconds. */
export function useHealth(): Health {
  const config = useConfig();
  const polled = { enabled: config !== undefined, refetchInterval: POLL_MS, retry: 1 };
  const index = useQuery({
    queryKey: ['health', 'index', config?.subgraphUrl],
    queryFn: ({ signal }) => querySubgraph<Meta>(config!, META, {}, signal),
    ...polled,
  });
  const chain = useQuery({
    queryKey: ['health', 'chain', config?.rpcUrls],
    queryFn: async ({ signal }) => Number(await rpcRequest<string>(config!.rpcUrls, 'eth_blockNumber', [], signal)),
    ...polled,
  });
  return healthOf({
    ...(index.data === undefined ? {} : { meta: index.data._meta }),
    indexError: index.error,
    ...(chain.data === undefined ? {} : { chainBlock: chain.data }),
    chainError: chain.error,
  });
}
