import { useQuery } from '@tanstack/react-query';
import { useConfig } from '../../lib/config.ts';
import type { Action } from './proposal.ts';
import { simulate, type Trial } from './simulate.ts';

/** What trying the actions as the timelock gives now; undefined while unknown or not asked for. */
export function useTrials(actions: readonly Action[], enabled: boolean): readonly Trial[] | undefined {
  const site = useConfig();
  const spelled = JSON.stringify(actions.map(({ target, valueWei, calldata }) => [target, String(valueWei), calldata]));
  const { data } = useQuery({
    queryKey: ['trials', site?.chainId, spelled],
    queryFn: ({ signal }) => simulate(site!, actions, signal),
    enabled: enabled && site !== undefined && actions.length > 0,
    refetchInterval: 15_000,
  });
  return enabled ? data : undefined;
}
