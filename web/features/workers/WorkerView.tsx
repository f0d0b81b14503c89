'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { isAddress } from '../../../node/core/codec/hex.ts';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { besides } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { shortHex } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { WORKER_QUERY, type WorkerDetail, type WorkerGame } from './query.ts';

const WorkerBody = besides(
  () => import('./WorkerBody.tsx').then((file) => file.WorkerBody),
  <SkeletonRows rows={5} className="h-16" />,
);

const BACK = { href: '/workers/', label: 'Workers' } as const;

interface Answer {
  readonly worker: WorkerDetail | null;
  readonly games: readonly WorkerGame[];
}

/** `/worker/?id=`: one worker. */
export function WorkerView(): ReactNode {
  const id = (useSearchParams().get('id') ?? '').toLowerCase();
  const isFine = isAddress(id);
  const { data, error, isLoading, refetch } = useSubgraph<Answer>(
    WORKER_QUERY,
    { id, worker: id },
    { enabled: isFine },
  );
  if (!isFine || data?.worker === null)
    return (
      <>
        <PageHeader title="Worker" back={BACK} />
        <Card>
          <EmptyState title="There is no such worker" action={<LinkButton href="/workers/">All workers</LinkButton>}>
            {isFine ? 'Nobody registered with this address.' : 'The address in the link is not one.'}
          </EmptyState>
        </Card>
      </>
    );
  return (
    <>
      <PageHeader title={`Worker ${shortHex(id)}`} back={BACK} lead={<HashTag value={id} label="address" full />} />
      {error !== undefined && data === undefined && <ErrorState problem={error} onRetry={refetch} />}
      {isLoading && <SkeletonRows rows={5} className="h-16" />}
      {data?.worker != null && <WorkerBody worker={data.worker} games={data.games} />}
    </>
  );
}
