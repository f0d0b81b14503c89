'use client';

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Chart } from '../../components/Chart.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatDate, formatNumber } from '../../lib/format.ts';
import type { DayRow } from './query.ts';
import { balanceSeries } from './series.ts';

/** What came in and went out of the treasury, day by day. */
export function BalanceCard({ days }: { readonly days: readonly DayRow[] | undefined }): ReactNode {
  const points = days === undefined ? undefined : balanceSeries(days);
  return (
    <Card title="In and out, by day">
      {points === undefined ? (
        <Skeleton className="h-72 w-full" />
      ) : points.length === 0 ? (
        <EmptyState title="Nothing has moved yet" />
      ) : (
        <Chart
          title="ASSAY that came into and left the treasury"
          kind="bar"
          points={points}
          xKey="time"
          xLabel="Day"
          series={[
            { key: 'in', label: 'In' },
            { key: 'out', label: 'Out' },
          ]}
          formatX={formatDate}
          formatY={(y) => formatNumber(y, 4)}
        />
      )}
    </Card>
  );
}
