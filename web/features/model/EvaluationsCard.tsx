import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { formatNumber } from '../../lib/format.ts';
import type { CardResult } from '../models/useCard.ts';
import type { VersionDetail } from './model.ts';

/** What is known of a version's quality: what the chain counted, and what its author states. */
export function EvaluationsCard({
  version: { jobsCompleted, jobsRejected },
  card: { card, isLoading },
}: {
  readonly version: VersionDetail;
  readonly card: CardResult;
}): ReactNode {
  const results = card?.results ?? [];
  return (
    <Card title="Evaluations">
      <h3 className="text-xs text-muted">Counted by the chain</h3>
      <dl data-figures className="divide-y divide-line text-sm">
        <Line name="Answers settled" value={formatNumber(jobsCompleted)} />
        <Line name="Answers rejected" value={formatNumber(jobsRejected)} />
      </dl>
      <h3 className="mt-4 text-xs text-muted">Stated by the author in the card</h3>
      {isLoading ? (
        <Skeleton className="mt-2 h-5 w-full" />
      ) : results.length === 0 ? (
        <p className="py-2 text-sm">The card states no measurement.</p>
      ) : (
        <dl data-figures className="divide-y divide-line text-sm">
          {results.map(({ metric, value, dataset }) => (
            <Line key={`${metric} ${dataset}`} name={metric} detail={dataset} value={value} />
          ))}
        </dl>
      )}
      {card !== undefined && card.datasets.length > 0 && (
        <p className="text-xs break-words text-muted">Data sets: {card.datasets.join(', ')}</p>
      )}
    </Card>
  );
}

function Line({
  name,
  value,
  detail,
}: {
  readonly name: string;
  readonly value: string;
  readonly detail?: string;
}): ReactNode {
  return (
    <div className="flex justify-between gap-4 py-2">
      <dt>
        {name}
        {detail !== undefined && <span className="block text-xs text-muted">{detail}</span>}
      </dt>
      <dd className="font-medium">{value}</dd>
    </div>
  );
}
