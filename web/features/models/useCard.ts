import { useQuery } from '@tanstack/react-query';
import { type SiteConfig, useConfig } from '../../lib/config.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import type { Card } from './card.ts';

export interface CardResult {
  readonly card?: Card;
  readonly error?: Problem;
  readonly isLoading: boolean;
  refetch(): void;
}

/** Fetches and reads a card; what it needs for that loads with the first one. */
async function fetchCard(config: SiteConfig, cid: string, signal: AbortSignal): Promise<Card> {
  const [{ fetchFile }, { MAX_CARD_BYTES, parseCard }] = await Promise.all([
    import('../../lib/fetchFile.ts'),
    import('./card.ts'),
  ]);
  const bytes = await fetchFile(config.gateways, cid, { maxBytes: MAX_CARD_BYTES, signal });
  return parseCard(new TextDecoder().decode(bytes));
}

/** Options of the query for one card: a file with a CID never changes, so each is fetched once. */
export const cardQuery = (config: SiteConfig | undefined, cid: string) => ({
  queryKey: ['card', cid],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => fetchCard(config!, cid, signal),
  enabled: config !== undefined && cid !== '',
  staleTime: Number.POSITIVE_INFINITY,
  retry: 1,
});

/** The card with a CID; an empty CID stands for no card. */
export function useCard(cid: string): CardResult {
  const { data, error, isPending, refetch } = useQuery(cardQuery(useConfig(), cid));
  return {
    ...(data === undefined ? {} : { card: data }),
    ...(error === null ? {} : { error: problemOf(error) }),
    isLoading: isPending && cid !== '',
    refetch: () => void refetch(),
  };
}
