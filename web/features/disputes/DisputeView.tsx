'use client';

import { useSearchParams } from 'next/navigation';
import type { ReactNode } from 'react';
import { isDigest } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Skeleton, SkeletonRows } from '../../components/Skeleton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatTime, shortHex } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { ClaimFacts } from './ClaimFacts.tsx';
import { type ClaimDetail, claimOf, DISPUTE_QUERY, type DisputeAnswer } from './query.ts';
import { SlashCard } from './SlashCard.tsx';
import { resultOf, stateOf } from './words.ts';

const GameCard = later(
  () => import('./GameCard.tsx').then((file) => file.GameCard),
  <Skeleton className="h-96 w-full" />,
);
const ActionsCard = later(() => import('./ActionsCard.tsx').then((file) => file.ActionsCard));
const FileCard = later(
  () => import('./FileCard.tsx').then((file) => file.FileCard),
  <Skeleton className="h-44 w-full" />,
);
const DemandsCard = later(() => import('./DemandsCard.tsx').then((file) => file.DemandsCard));
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
  if (claim !== undefined) return <Detail claim={claim} />;
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

function Detail({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const now = useNow();
  const [label, tone] = stateOf(claim, now);
  return (
    <>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-3">
            Claim {shortHex(claim.id, 10, 6)} <Badge tone={tone}>{label}</Badge>
          </span>
        }
        lead={<HashTag value={claim.id} label="claim" full />}
        back={BACK}
      />
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-6">
          {claim.games.length === 0 && (
            <Card>
              <EmptyState title="Nobody has challenged it yet">
                The claim is filed, so the job waits. It stands when nobody challenges it in time.
              </EmptyState>
            </Card>
          )}
          {claim.games.map((game) => (
            <GameCard key={game.id} claim={claim} game={game} />
          ))}
          <DemandsCard claim={claim} />
          <Bonds claim={claim} />
        </div>
        <div className="min-w-0 space-y-6">
          <ActionsCard claim={claim} />
          <ClaimFacts claim={claim} />
          <SlashCard claim={claim} />
        </div>
      </div>
    </>
  );
}

function Bonds({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  if (claim.bonds.length === 0) return null;
  return (
    <Card title="Bonds" flush>
      <DataTable
        caption="Bonds of this claim"
        columns={[
          { id: 'account', header: 'By', cell: ({ account }) => <AddressTag address={account.id} copy={false} /> },
          { id: 'amount', header: 'Bond', align: 'end', cell: ({ amountWei }) => <TokenAmount wei={amountWei} /> },
          { id: 'posted', header: 'Put up', cell: ({ postedAt }) => formatTime(postedAt) },
          {
            id: 'result',
            header: 'Result',
            cell: ({ result }) => <Badge tone={resultOf(result)[1]}>{resultOf(result)[0]}</Badge>,
          },
          {
            id: 'returned',
            header: 'Came back',
            align: 'end',
            cell: ({ returnedWei }) => (returnedWei === null ? '–' : <TokenAmount wei={returnedWei} />),
          },
        ]}
        rows={claim.bonds}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Card>
  );
}
