import { useQueries } from '@tanstack/react-query';
import { useConfig } from '../../lib/config.ts';
import type { Card } from './card.ts';
import { cardQuery } from './useCard.ts';

/** Cards by CID, in the given order; undefined where one is missing or still on its way. */
export function useCards(cids: readonly string[]): readonly (Card | undefined)[] {
  const config = useConfig();
  return useQueries({
    queries: cids.map((cid) => cardQuery(config, cid)),
    combine: (results) => results.map(({ data }) => data),
  });
}
