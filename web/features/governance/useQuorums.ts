import { useQuery } from '@tanstack/react-query';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { readContract } from '../../lib/read.ts';
import type { GovernanceTerms } from './query.ts';

/** Quorum by the present settings: right unless a vote changed them or tokens were burned since the snapshot. */
export const presentQuorum = (
  terms: Pick<GovernanceTerms, 'supplyWei' | 'quorumPercent'> | null | undefined,
): bigint => (terms == null ? 0n : (BigInt(terms.supplyWei) * BigInt(terms.quorumPercent)) / 100n);

/**
 * Quorums at the given moments, read from the governor once and kept, because the past does not change. A moment to come
 * has the quorum of now.
 */
export function useQuorums(
  snapshots: readonly string[],
  nowSeconds: number | undefined,
  terms: GovernanceTerms | null | undefined,
): ReadonlyMap<string, bigint> {
  const site = useConfig();
  const past = snapshots.filter((snapshot) => nowSeconds !== undefined && nowSeconds > Number(snapshot) + 1);
  const { data } = useQuery({
    queryKey: ['quorums', site?.chainId, ...past],
    queryFn: async ({ client, signal }) => {
      const read = (snapshot: string): Promise<readonly [string, bigint]> =>
        client.fetchQuery({
          queryKey: ['quorum', site?.chainId, snapshot],
          queryFn: async () => [snapshot, await quorumAt(site!, snapshot, signal)] as const,
          staleTime: Number.POSITIVE_INFINITY,
        });
      return new Map(await Promise.all(past.map(read)));
    },
    enabled: site !== undefined && past.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: (previous) => previous,
  });
  return new Map(snapshots.map((snapshot) => [snapshot, data?.get(snapshot) ?? presentQuorum(terms)]));
}

const quorumAt = (site: SiteConfig, snapshot: string, signal: AbortSignal): Promise<bigint> =>
  readContract(site, { contract: 'governor', functionName: 'quorum', args: [BigInt(snapshot)] }, signal);
