'use client';

import { type ReactNode, useState } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssayExact, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { type AccountActivity, type AccountReward, type AccountVote, pageOf, sentenceCase } from './query.ts';

const exact = (wei: string): string => formatAssayExact(wei).replaceAll(',', '');

export function ActivityTable({ rows }: { readonly rows: readonly AccountActivity[] }): ReactNode {
  return (
    <Card title="History" flush>
      <DataTable
        caption="History of the account"
        columns={[
          { id: 'at', header: 'Time', cell: ({ at }) => formatTime(at), sort: ({ at }) => Number(at) },
          { id: 'kind', header: 'What', cell: ({ kind }) => safeText(sentenceCase(kind), 60), csv: ({ kind }) => kind },
          {
            id: 'subject',
            header: 'About',
            cell: (row) => {
              const page = pageOf(row);
              const text = `${safeText(row.subjectType, 20)} ${safeText(shortHex(row.subject), 40)}`;
              return page === undefined ? (
                text
              ) : (
                <Link href={page.href} className="link">
                  {text}
                </Link>
              );
            },
            csv: ({ subjectType, subject }) => `${subjectType} ${subject}`,
          },
          {
            id: 'amount',
            header: 'Amount',
            align: 'end',
            cell: ({ amountWei }) =>
              amountWei === null ? <span className="text-muted">–</span> : <TokenAmount wei={amountWei} />,
            csv: ({ amountWei }) => (amountWei === null ? '' : exact(amountWei)),
          },
          {
            id: 'tx',
            header: 'Transaction',
            align: 'end',
            cell: ({ tx }) => <ChainLink kind="tx" value={tx} />,
            csv: ({ tx }) => tx,
          },
        ]}
        rows={rows}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No history yet" />}
        csvName="account-history"
      />
    </Card>
  );
}

const PER_PAGE = 10;

export function RewardTable({ rows }: { readonly rows: readonly AccountReward[] }): ReactNode {
  const [page, setPage] = useState(1);
  return (
    <Card title="Newest rewards" flush>
      <DataTable
        caption="Rewards"
        columns={[
          { id: 'at', header: 'Time', cell: ({ at }) => formatTime(at), sort: ({ at }) => Number(at) },
          { id: 'kind', header: 'As', cell: ({ kind }) => safeText(kind.toLowerCase(), 20), csv: ({ kind }) => kind },
          {
            id: 'amount',
            header: 'Amount',
            align: 'end',
            cell: ({ amountWei }) => <TokenAmount wei={amountWei} />,
            sort: ({ amountWei }) => BigInt(amountWei),
            csv: ({ amountWei }) => exact(amountWei),
          },
        ]}
        rows={rows.slice((page - 1) * PER_PAGE, page * PER_PAGE)}
        rowKey={({ id }) => id}
        empty={<EmptyState title="Nothing earned yet" />}
        csvName="account-rewards"
      />
      <div className="px-4 pb-4 sm:px-5">
        <Pagination page={page} pageCount={Math.ceil(rows.length / PER_PAGE)} onPage={setPage} />
      </div>
    </Card>
  );
}

const SUPPORTS: Readonly<Record<string, readonly [string, 'positive' | 'critical' | 'neutral']>> = {
  FOR: ['for', 'positive'],
  AGAINST: ['against', 'critical'],
  ABSTAIN: ['abstain', 'neutral'],
};

export function VoteTable({ rows }: { readonly rows: readonly AccountVote[] }): ReactNode {
  return (
    <Card title="Votes" flush>
      <DataTable
        caption="Votes"
        columns={[
          { id: 'at', header: 'Time', cell: ({ at }) => formatTime(at), sort: ({ at }) => Number(at) },
          {
            id: 'proposal',
            header: 'Proposal',
            cell: ({ proposal }) => (
              <Link href={`/proposal/?id=${encodeURIComponent(proposal.id)}`} className="link">
                {safeText(shortHex(proposal.id), 40)}
              </Link>
            ),
          },
          {
            id: 'support',
            header: 'Vote',
            cell: ({ support }) => {
              const [label, tone] = SUPPORTS[support] ?? [safeText(support, 20), 'neutral' as const];
              return <Badge tone={tone}>{label}</Badge>;
            },
          },
          {
            id: 'weight',
            header: 'Votes',
            align: 'end',
            cell: ({ weightWei }) => <TokenAmount wei={weightWei} unit={false} />,
            sort: ({ weightWei }) => BigInt(weightWei),
          },
        ]}
        rows={rows}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No votes yet" />}
      />
    </Card>
  );
}
