'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { VOTES_QUERY, type VoteRow, type VotesAnswer } from './query.ts';
import { SUPPORT_WORDS } from './words.ts';

const PER_PAGE = 20;

const COLUMNS: readonly Column<VoteRow>[] = [
  {
    id: 'voter',
    header: 'Voter',
    cell: ({ voter }) => <AddressTag address={voter.id} copy={false} />,
    csv: ({ voter }) => voter.id,
  },
  {
    id: 'vote',
    header: 'Vote',
    cell: ({ support }) => {
      const [label, tone] = SUPPORT_WORDS[support];
      return <Badge tone={tone}>{label}</Badge>;
    },
    sort: ({ support }) => support,
  },
  {
    id: 'weight',
    header: 'Votes',
    align: 'end',
    cell: ({ weightWei }) => <TokenAmount wei={weightWei} />,
    sort: ({ weightWei }) => BigInt(weightWei),
  },
  {
    id: 'reason',
    header: 'Reason',
    cell: ({ reason }) =>
      reason === '' ? (
        <span className="text-muted">none given</span>
      ) : (
        <span className="whitespace-pre-line [overflow-wrap:anywhere]">
          <bdi>{safeText(reason, 500)}</bdi>
        </span>
      ),
    csv: ({ reason }) => reason,
  },
  {
    id: 'at',
    header: 'When',
    align: 'end',
    cell: ({ at }) => formatTime(at),
    sort: ({ at }) => Number(at),
    wideOnly: true,
  },
];

/** Who voted how, heaviest first. */
export function VotersCard({ id, count }: { readonly id: string; readonly count: number }): ReactNode {
  const [page, setPage] = useState(1);
  const { data } = useSubgraph<VotesAnswer>(
    VOTES_QUERY,
    { proposal: id, first: PER_PAGE + 1, skip: (page - 1) * PER_PAGE },
    { refetchMs: 5000 },
  );
  return (
    <Card title={`Votes (${count})`} flush>
      <DataTable
        caption="Votes, heaviest first"
        columns={COLUMNS}
        rows={data?.votes.slice(0, PER_PAGE)}
        rowKey={(row) => row.id}
        csvName={`assay-votes-${id.slice(0, 12)}`}
        empty={<EmptyState title="Nobody has voted yet" />}
        skeletonRows={2}
      />
      <div className="px-4 pb-4">
        <Pagination page={page} hasNext={(data?.votes.length ?? 0) > PER_PAGE} onPage={setPage} />
      </div>
    </Card>
  );
}
