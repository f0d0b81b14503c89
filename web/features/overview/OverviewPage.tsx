'use client';

import type { ReactNode } from 'react';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { useCard } from '../models/useCard.ts';
import { OverviewView } from './OverviewView.tsx';
import { OVERVIEW_QUERY, type OverviewAnswer } from './query.ts';

/** The first page, fresh every five seconds. */
export function OverviewPage(): ReactNode {
  const { data, error, refetch } = useSubgraph<OverviewAnswer>(OVERVIEW_QUERY, undefined, { refetchMs: 5000 });
  const cid = (at: number): string => data?.models[at]?.liveVersion.cardCid ?? '';
  // As many as the query asks for.
  const cards = [useCard(cid(0)), useCard(cid(1)), useCard(cid(2))];
  return (
    <OverviewView data={data} error={error} cards={cards.map(({ card }) => card)} now={useNow()} onRetry={refetch} />
  );
}
