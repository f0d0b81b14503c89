'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { isDigest } from '../../../node/core/codec/hex.ts';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { besides, later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton, SkeletonRows } from '../../components/Skeleton.tsx';
import { shortHex } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { claimOf, DISPUTE_QUERY, type DisputeAnswer } from './query.ts';

const FileCard = later(
  () => import('./FileCard.tsx').then((file) => file.FileCard),
  <Skeleton className="h-44 w-full" />,
);
const DisputeBody = besides(
  () => import('./DisputeBody.tsx').then((file) => file.DisputeBody),
  <SkeletonRows rows={5} className="h-20" />,
);

const BACK = { href: '/disputes/', label: 'Disputes' } as const;

/** `/dispute/?id=`: one claim with its games; the id may be a claim's, a game's or a job's. */
export function DisputeView(): ReactNode {
  const params = useSearchParams();
  const id = (params.get('id') ?? params.get('job') ?? '').toLowerCase();
  const isFine = isDigest(id);
  const { data, error, isLoading, refetch } = useSubgraph<DisputeAnswer>(
    DISPUTE_QUERY,
    { id },
    { enabled: isFine, refetchMs: 5000 },
  );
  const claim = claimOf(data);
  if (claim !== undefined) return <DisputeBody claim={claim} />;
  if (data?.job != null)
    return (
      <>
        <PageHeader title={`Answer to job ${shortHex(data.job.id, 10, 6)}`} back={BACK} />
        <FileCard job={data.job} />
      </>
    );
  return (
    <>
      <PageHeader title="Dispute" back={BACK} />
      {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
      {isLoading && <SkeletonRows rows={5} className="h-20" />}
      {(!isFine || data !== undefined) && (
        <Card>
          <EmptyState title="There is no such dispute" action={<LinkButton href="/disputes/">All disputes</LinkButton>}>
            {isFine ? 'Nobody has filed this claim.' : 'The link has no number of a claim, a game or a job.'}
          </EmptyState>
        </Card>
      )}
    </>
  );
}
