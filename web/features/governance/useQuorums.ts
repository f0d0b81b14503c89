import { useQueries } from '@tanstack/react-query';
import { useConfig } from '../../lib/config.ts';
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
  const results = useQueries({
    queries: snapshots.map((snapshot) => ({
      queryKey: ['quorum', site?.chainId, snapshot],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        readContract(site!, { contract: 'governor', functionName: 'quorum', args: [BigInt(snapshot)] }, signal),
      enabled: site !== undefined && nowSeconds !== undefined && nowSeconds > Number(snapshot) + 1,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  return new Map(snapshots.map((snapshot, at) => [snapshot, results[at]?.data ?? presentQuorum(terms)]));
}
