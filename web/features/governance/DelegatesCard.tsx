'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber, formatPercent } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { shareOf } from './proposal.ts';
import { DELEGATES_QUERY, type DelegateRow, type DelegatesAnswer } from './query.ts';

const PER_PAGE = 20;

const columnsOf = (supplyWei: bigint): readonly Column<DelegateRow>[] => [
  {
    id: 'account',
    header: 'Account',
    cell: ({ id }) => <AddressTag address={id} />,
    csv: ({ id }) => id,
  },
  {
    id: 'votes',
    header: 'Votes',
    align: 'end',
    cell: ({ votesWei }) => <TokenAmount wei={votesWei} />,
    sort: ({ votesWei }) => BigInt(votesWei),
  },
  {
    id: 'share',
    header: 'Of the supply',
    align: 'end',
    cell: ({ votesWei }) => formatPercent(shareOf(BigInt(votesWei), supplyWei), 2),
  },
  {
    id: 'stake',
    header: 'From stake',
    align: 'end',
    cell: ({ stakeVotesWei }) => <TokenAmount wei={stakeVotesWei} />,
    sort: ({ stakeVotesWei }) => BigInt(stakeVotesWei),
  },
  {
    id: 'delegators',
    header: 'Token holders behind it',
    align: 'end',
    cell: ({ delegators }) => (delegators.length >= 1000 ? '1,000 or more' : formatNumber(delegators.length)),
    sort: ({ delegators }) => delegators.length,
  },
];

/** Who votes with how much. */
export function DelegatesCard(): ReactNode {
  const [page, setPage] = useState(1);
  const { data, error, refetch } = useSubgraph<DelegatesAnswer>(DELEGATES_QUERY, {
    first: PER_PAGE + 1,
    skip: (page - 1) * PER_PAGE,
  });
  return (
    <Card title="Delegates" flush>
      {error !== undefined && data === undefined ? (
        <div className="p-4">
          <ErrorState problem={error} onRetry={refetch} />
        </div>
      ) : (
        <DataTable
          caption="Accounts with votes"
          columns={columnsOf(BigInt(data?.protocol?.supplyWei ?? '0'))}
          rows={data?.accounts.slice(0, PER_PAGE)}
          rowKey={({ id }) => id}
          csvName="assay-delegates"
          empty={<EmptyState title="Nobody has votes yet">Tokens vote once they are delegated.</EmptyState>}
        />
      )}
      <div className="px-4 pb-4">
        <Pagination page={page} hasNext={(data?.accounts.length ?? 0) > PER_PAGE} onPage={setPage} />
      </div>
    </Card>
  );
}
