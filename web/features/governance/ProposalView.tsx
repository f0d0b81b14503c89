'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { besides } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useTransactionsState } from '../../lib/transactions.tsx';
import { PROPOSAL_QUERY, type ProposalAnswer } from './query.ts';

const ProposalBody = besides(
  () => import('./ProposalBody.tsx').then((file) => file.ProposalBody),
  <SkeletonRows rows={5} className="h-20" />,
);

const BACK = { href: '/governance/', label: 'Governance' } as const;

/** `/proposal/?id=`: one proposal with everything it would do. */
export function ProposalView(): ReactNode {
  const id = useSearchParams().get('id') ?? '';
  const isFine = /^\d{1,78}$/.test(id);
  const { data, error, isLoading, refetch } = useSubgraph<ProposalAnswer>(
    PROPOSAL_QUERY,
    { id },
    { enabled: isFine, refetchMs: 2500 },
  );
  if (data?.proposal != null) return <ProposalBody proposal={data.proposal} terms={data.protocol} refetch={refetch} />;
  return (
    <>
      <PageHeader title="Proposal" back={BACK} />
      {error !== undefined ? (
        <ErrorState problem={error} onRetry={refetch} />
      ) : isFine && isLoading ? (
        <SkeletonRows rows={5} className="h-20" />
      ) : (
        <Missing isFine={isFine} />
      )}
    </>
  );
}

/** A proposal just sent may not be in the index yet; the page keeps asking. */
function Missing({ isFine }: { readonly isFine: boolean }): ReactNode {
  const { list } = useTransactionsState();
  const isNew = list.slice(0, 3).some(({ title }) => title.startsWith('Propose'));
  return (
    <EmptyState title={isFine && isNew ? 'Waiting for the index' : 'There is no such proposal'}>
      {isFine && isNew
        ? 'Your proposal was sent. It appears here as soon as it is in a block and the index has read it.'
        : isFine
          ? 'The index knows no proposal of this number. If it is new, it appears here by itself.'
          : 'The number of a proposal is missing in the address of this page.'}
    </EmptyState>
  );
}
