'use client';

import type { ReactNode } from 'react';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatEther, formatNumber, shortHex } from '../../lib/format.ts';
import type { RpcTransaction } from './blocks.ts';
import { ChainAddress } from './ChainAddress.tsx';
import { decodeCall } from './decode.ts';

const columnsOf = (site: SiteConfig): readonly Column<RpcTransaction>[] => [
  {
    id: 'hash',
    header: 'Transaction',
    cell: ({ hash }) => (
      <Link href={`/local/?tx=${hash}`} className="link font-mono text-[0.8125rem]">
        {shortHex(hash, 10, 6)}
      </Link>
    ),
  },
  {
    id: 'call',
    header: 'Call',
    cell: ({ to, input }) =>
      to === null
        ? 'new contract'
        : input === '0x'
          ? 'plain transfer'
          : (decodeCall(site, to, input)?.name ?? input.slice(0, 10)),
  },
  { id: 'from', header: 'From', cell: ({ from }) => <ChainAddress address={from} site={site} /> },
  { id: 'to', header: 'To', cell: ({ to }) => (to === null ? '–' : <ChainAddress address={to} site={site} />) },
  {
    id: 'value',
    header: 'Ether',
    align: 'end',
    cell: ({ value }) => (BigInt(value) === 0n ? '–' : formatEther(BigInt(value))),
  },
  {
    id: 'block',
    header: 'Block',
    align: 'end',
    cell: ({ blockNumber }) => (blockNumber === null ? 'pending' : formatNumber(Number(blockNumber))),
    wideOnly: true,
  },
];

export function TransactionTable({
  site,
  transactions,
}: {
  readonly site: SiteConfig;
  readonly transactions: readonly RpcTransaction[] | undefined;
}): ReactNode {
  return (
    <DataTable
      caption="Transactions"
      columns={columnsOf(site)}
      rows={transactions}
      rowKey={({ hash }) => hash}
      empty={<EmptyState title="No transactions" />}
    />
  );
}
