import { useQueries } from '@tanstack/react-query';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { type Card, MAX_CARD_BYTES, parseCard } from './card.ts';

export interface CardResult {
  readonly card?: Card;
  readonly error?: Problem;
  readonly isLoading: boolean;
  refetch(): void;
}

async function fetchCard(config: SiteConfig, cid: string, signal: AbortSignal): Promise<Card> {
  const { fetchFile } = await import('../../lib/gateway.ts');
  const bytes = await fetchFile(config.gateways, cid, { maxBytes: MAX_CARD_BYTES, signal });
  return parseCard(new TextDecoder().decode(bytes));
}

/** Cards by CID, in the given order; a file with a CID never changes, so each is fetched once. */
export function useCards(cids: readonly string[]): readonly CardResult[] {
  const config = useConfig();
  return useQueries({
    queries: cids.map((cid) => ({
      queryKey: ['card', cid],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchCard(config!, cid, signal),
      enabled: config !== undefined && cid !== '',
      staleTime: Number.POSITIVE_INFINITY,
      retry: 1,
    })),
    combine: (results) =>
      results.map(({ data, error, isPending, refetch }, at) => ({
        ...(data === undefined ? {} : { card: data }),
        ...(error === null ? {} : { error: problemOf(error) }),
        isLoading: isPending && cids[at] !== '',
        refetch: () => void refetch(),
      })),
  });
}
