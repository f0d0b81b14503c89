'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Link } from '../../components/Link.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { type RpcBlock, useBlocks } from './blocks.ts';
import { placeOf } from './placeOf.ts';

const PER_PAGE = 12;
const COLUMNS: readonly Column<RpcBlock>[] = [
  {
    id: 'number',
    header: 'Block',
    cell: ({ number }) => (
      <Link href={`/local/?block=${Number(number)}`} className="link" data-figures>
        {formatNumber(Number(number))}
      </Link>
    ),
  },
  { id: 'time', header: 'Time', cell: ({ timestamp }) => formatTime(Number(timestamp)) },
  {
    id: 'transactions',
    header: 'Transactions',
    align: 'end',
    cell: ({ transactions }) => formatNumber(transactions.length),
  },
  {
    id: 'gas',
    header: 'Gas used',
    align: 'end',
    cell: ({ gasUsed }) => <span data-figures>{formatNumber(Number(gasUsed))}</span>,
  },
];

/** The newest blocks, and a search over blocks, transactions and addresses. */
export function BlocksCard(): ReactNode {
  const [page, setPage] = useState(1);
  const newest = useBlocks(PER_PAGE, undefined);
  const last = newest.data?.[0] === undefined ? undefined : Number(newest.data[0].number);
  const older = useBlocks(PER_PAGE, last === undefined || page === 1 ? 0 : last - (page - 1) * PER_PAGE);
  const shown = page === 1 ? newest : older;
  return (
    <Card title="Blocks" flush>
      <div className="px-4 pb-3 sm:px-5">
        <BlockSearch />
      </div>
      {shown.error !== undefined ? (
        <div className="p-4">
          <ErrorState problem={shown.error} onRetry={shown.refetch} />
        </div>
      ) : (
        <DataTable
          caption="Newest blocks of the local chain"
          columns={COLUMNS}
          rows={shown.data}
          rowKey={({ number }) => number}
          empty={<EmptyState title="No blocks" />}
          skeletonRows={PER_PAGE}
        />
      )}
      <div className="px-4 pb-4 sm:px-5">
        <Pagination page={page} hasNext={last !== undefined && last - page * PER_PAGE >= 0} onPage={setPage} />
      </div>
    </Card>
  );
}

function BlockSearch(): ReactNode {
  const router = useRouter();
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const go = (event: FormEvent): void => {
    event.preventDefault();
    const place = placeOf(text);
    setError(place === undefined ? 'Type a block number, a transaction hash or an address.' : undefined);
    if (place !== undefined) router.push(place);
  };
  return (
    <form onSubmit={go} className="flex max-w-xl items-end gap-2">
      <div className="min-w-0 flex-1">
        <TextInput
          label="Find"
          placeholder="Block number, transaction hash or address"
          value={text}
          onChange={setText}
          {...(error === undefined ? {} : { error })}
        />
      </div>
      <Button type="submit">Show</Button>
    </form>
  );
}
