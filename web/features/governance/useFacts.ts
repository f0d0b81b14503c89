import { useMemo } from 'react';
import { useConfig } from '../../lib/config.ts';
import { useRead } from '../../lib/read.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { decodeCall, mentioned } from './decode.ts';
import { type Facts, type FactsAnswer, factsOf } from './facts.ts';
import type { Action } from './proposal.ts';
import { FACTS_QUERY, NO_END, NO_TX } from './query.ts';

/** How things stand that the actions would change, or stood before the transaction that executed them. */
export function useFacts(
  actions: readonly Action[],
  executedTx: string | null = null,
  executedAt: string | null = null,
): Facts | undefined {
  const site = useConfig();
  const { data: floorSeconds } = useRead({
    contract: 'parameters',
    functionName: 'windowFloorSeconds',
  });
  const wanted = useMemo(() => {
    if (site === undefined) return { models: [], versions: [] };
    return mentioned(actions.map((action) => decodeCall(action, site.contracts)));
  }, [site, actions]);
  const { data } = useSubgraph<FactsAnswer>(FACTS_QUERY, {
    ...wanted,
    tx: executedTx ?? NO_TX,
    at: executedAt ?? NO_END,
  });
  return useMemo(
    () =>
      site === undefined ? undefined : factsOf(data, site.contracts, BigInt(floorSeconds ?? 0n), executedTx !== null),
    [site, data, floorSeconds, executedTx],
  );
}
