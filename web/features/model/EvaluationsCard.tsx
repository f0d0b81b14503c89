import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import type { CardResult } from '../models/useCard.ts';

/** Measurements that the card states. */
export function EvaluationsCard({ card: { card, isLoading } }: { readonly card: CardResult }): ReactNode {
  const results = card?.results ?? [];
  return (
    <Card title="Evaluations">
      {isLoading ? (
        <Skeleton className="h-16 w-full" />
      ) : results.length === 0 ? (
        <EmptyState title="The card states no measurements" />
      ) : (
        <>
          <dl data-figures className="-my-2 divide-y divide-line text-sm">
            {results.map(({ metric, value, dataset }) => (
              <div key={`${metric} ${dataset}`} className="flex justify-between gap-4 py-2">
                <dt>
                  {metric}
                  <span className="block text-xs text-muted">{dataset}</span>
                </dt>
                <dd className="font-medium">{value}</dd>
              </div>
            ))}
          </dl>
          <p className="mt-3 text-xs text-muted">Stated by the author in the card.</p>
        </>
      )}
      {card !== undefined && card.datasets.length > 0 && (
        <p className="mt-3 text-xs text-muted">Data sets: {card.datasets.join(', ')}</p>
      )}
    </Card>
  );
}
