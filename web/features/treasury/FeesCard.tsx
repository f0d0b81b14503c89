'use client';

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Chart } from '../../components/Chart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { RECENT_REWARDS_QUERY, type RewardPoint } from './query.ts';
import { rewardSeries } from './series.ts';

const SERIES = [
  { key: 'worker', label: 'Workers' },
  { key: 'author', label: 'Authors' },
  { key: 'other', label: 'Challengers, auditors and others' },
] as const;

/** What was earned lately, over time. */
export function FeesCard(): ReactNode {
  const { data, error, refetch } = useSubgraph<{ readonly rewards: readonly RewardPoint[] }>(RECENT_REWARDS_QUERY);
  const points = data === undefined ? undefined : rewardSeries(data.rewards);
  return (
    <Card title="Earned over time">
      {error !== undefined && data === undefined ? (
        <ErrorState problem={error} onRetry={refetch} />
      ) : points === undefined ? (
        <Skeleton className="h-72 w-full" />
      ) : points.length === 0 ? (
        <EmptyState title="Nobody has earned anything yet">The first paid answer starts this chart.</EmptyState>
      ) : (
        <Chart
          title="ASSAY, from the last 1,000 rewards"
          kind="bar"
          stacked
          points={points}
          xKey="time"
          xLabel="From"
          series={SERIES}
          formatX={formatTime}
          formatY={(y) => formatNumber(y, 6)}
        />
      )}
    </Card>
  );
}
