'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { Countdown } from '../../components/Countdown.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber } from '../../lib/format.ts';
import { useTransactions } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { expireDemandPlan } from './plans.ts';
import type { ClaimDetail, DemandRow } from './query.ts';
import { SupplyDialog } from './SupplyDialog.tsx';

/** Pieces of the input that somebody wants to be public. */
export function DemandsCard({ claim }: { readonly claim: ClaimDetail }): ReactNode {
  const now = useNow(1000);
  const { send } = useTransactions();
  const [supplied, setSupplied] = useState<DemandRow>();
  if (claim.demands.length === 0) return null;
  const state = ({ supplier, deadline }: DemandRow): ReactNode => {
    if (supplier !== null) return <Badge tone="positive">Published</Badge>;
    if (claim.verdict !== 'PENDING') return <Badge>Over</Badge>;
    if (now !== undefined && now >= Number(deadline)) return <Badge tone="critical">Too late</Badge>;
    return (
      <>
        <Countdown until={deadline} /> left
      </>
    );
  };
  const action = (demand: DemandRow): ReactNode => {
    if (demand.supplier !== null || claim.outcome !== 'PENDING' || now === undefined)
      return <span className="text-muted">–</span>;
    if (now >= Number(demand.deadline))
      return (
        <Button size="small" onClick={() => void send(expireDemandPlan(claim.id as `0x${string}`, demand.leaf))}>
          Call time
        </Button>
      );
    return (
      <Button size="small" disabled={claim.receiptJobId === null} onClick={() => setSupplied(demand)}>
        Publish it
      </Button>
    );
  };
  return (
    <Card title="Input demanded" flush>
      <DataTable
        caption="Pieces of the input that were demanded"
        columns={[
          { id: 'leaf', header: 'Piece', cell: ({ leaf }) => formatNumber(leaf), sort: ({ leaf }) => Number(leaf) },
          {
            id: 'requester',
            header: 'By',
            cell: ({ requester }) => <AddressTag address={requester.id} copy={false} />,
          },
          { id: 'price', header: 'Price', align: 'end', cell: ({ priceWei }) => <TokenAmount wei={priceWei} /> },
          { id: 'state', header: 'State', cell: state },
          {
            id: 'supplier',
            header: 'Published by',
            cell: ({ supplier }) =>
              supplier === null ? (
                <span className="text-muted">–</span>
              ) : (
                <AddressTag address={supplier.id} copy={false} />
              ),
          },
          {
            id: 'act',
            header: 'Action',
            align: 'end',
            cell: action,
          },
        ]}
        rows={claim.demands}
        rowKey={({ id }) => id}
        empty={null}
      />
      {supplied !== undefined && (
        <SupplyDialog claim={claim} demand={supplied} onClose={() => setSupplied(undefined)} />
      )}
    </Card>
  );
}
