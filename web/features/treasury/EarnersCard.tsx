'use client';

import { type ReactNode, useState } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Select } from '../../components/Select.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssayExact } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { EARNERS_QUERY, type EarnerRow, earnedWei, waitingWei } from './query.ts';

const ORDERS = [
  { value: 'workerRewardsWei', label: 'Workers' },
  { value: 'authorRewardsWei', label: 'Authors of models' },
  { value: 'challengerRewardsWei', label: 'Challengers' },
  { value: 'auditorRewardsWei', label: 'Auditors' },
] as const;

const amount = (id: string, header: string, of: (row: EarnerRow) => bigint): Column<EarnerRow> => ({
  id,
  header,
  align: 'end',
  cell: (row) => <TokenAmount wei={of(row)} unit={false} />,
  sort: of,
  csv: (row) => formatAssayExact(of(row)).replaceAll(',', ''),
});

const COLUMNS: readonly Column<EarnerRow>[] = [
  { id: 'account', header: 'Account', cell: ({ id }) => <AddressTag address={id} />, csv: ({ id }) => id },
  amount('worker', 'As worker', (row) => BigInt(row.workerRewardsWei)),
  amount('author', 'As author', (row) => BigInt(row.authorRewardsWei)),
  amount('challenger', 'As challenger', (row) => BigInt(row.challengerRewardsWei)),
  amount('auditor', 'As auditor', (row) => BigInt(row.auditorRewardsWei)),
  amount('all', 'In all', earnedWei),
  amount('waiting', 'Not taken yet', waitingWei),
];

/** Who earned what, in ASSAY. */
export function EarnersCard(): ReactNode {
  const [by, setBy] = useState<string>(ORDERS[0].value);
  const { data, error, refetch } = useSubgraph<{ readonly accounts: readonly EarnerRow[] }>(EARNERS_QUERY, {
    first: 50,
    by,
  });
  return (
    <Card title="Who earned what (ASSAY)" flush>
      <div className="max-w-64 px-4 pb-2 sm:px-5">
        <Select label="Who earned most as" value={by} options={ORDERS} onChange={setBy} />
      </div>
      {error !== undefined && data === undefined ? (
        <div className="p-4 sm:p-5">
          <ErrorState problem={error} onRetry={refetch} />
        </div>
      ) : (
        <DataTable
          caption="Rewards by account"
          columns={COLUMNS}
          rows={data?.accounts.filter((row) => earnedWei(row) > 0n)}
          rowKey={({ id }) => id}
          csvName="assay-rewards"
          initialSort={{ column: 'all', descending: true }}
          empty={<EmptyState title="Nobody has earned anything yet" />}
        />
      )}
    </Card>
  );
}
