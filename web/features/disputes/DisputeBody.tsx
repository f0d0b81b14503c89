'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatTime, shortHex } from '../../lib/format.ts';
import { useNow } from '../../lib/useNow.ts';
import { ActionsCard } from './ActionsCard.tsx';
import { ClaimFacts } from './ClaimFacts.tsx';
import { DemandsCard } from './DemandsCard.tsx';
import { GameCard } from './GameCard.tsx';
import type { ClaimDetail } from './query.ts';
import { SlashCard } from './SlashCard.tsx';
import { resultOf, stateOf } from './words.ts';

const BACK = { href: '/disputes/', label: 'Disputes' } as const;

/** A claim with its games, bonds and what can be done about it. */
export function DisputeBody({ claim }: { readonly claim: ClaimDetail }): ReactNode {
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
