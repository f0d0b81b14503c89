'use client';

import type { ReactNode } from 'react';
import type { Address } from '../../../node/core/codec/hex.ts';
import { Badge, type Tone } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssayExact, formatTime } from '../../lib/format.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';

const QUERY = `query StakeHistory($worker: String!) {
  stakeChanges(first: 200, where: { worker: $worker }, orderBy: at, orderDirection: desc) {
    id kind amountWei stakeWei thawEndsAt at tx
  }
}`;

interface StakeChange {
  readonly id: string;
  readonly kind: 'ADDED' | 'UNSTAKE_REQUESTED' | 'WITHDRAWN' | 'SLASHED';
  readonly amountWei: string;
  readonly stakeWei: string;
  readonly thawEndsAt: string | null;
  readonly at: string;
  readonly tx: `0x${string}`;
}

const KINDS: Readonly<Record<StakeChange['kind'], readonly [string, Tone]>> = {
  ADDED: ['Staked', 'positive'],
  UNSTAKE_REQUESTED: ['Asked back', 'neutral'],
  WITHDRAWN: ['Withdrawn', 'neutral'],
  SLASHED: ['Slashed', 'critical'],
};
const kindOf = ({ kind }: StakeChange): readonly [string, Tone] => KINDS[kind] ?? ['Changed', 'neutral'];

const COLUMNS: readonly Column<StakeChange>[] = [
  {
    id: 'at',
    header: 'Time',
    cell: ({ at }) => formatTime(at),
    sort: ({ at }) => Number(at),
    csv: ({ at }) => Number(at),
  },
  {
    id: 'kind',
    header: 'What',
    cell: (row) => <Badge tone={kindOf(row)[1]}>{kindOf(row)[0]}</Badge>,
    csv: (row) => kindOf(row)[0],
  },
  {
    id: 'amount',
    header: 'Amount',
    align: 'end',
    cell: ({ amountWei }) => <TokenAmount wei={amountWei} />,
    sort: ({ amountWei }) => BigInt(amountWei),
    csv: ({ amountWei }) => formatAssayExact(amountWei).replaceAll(',', ''),
  },
  {
    id: 'stake',
    header: 'Active stake afterwards',
    align: 'end',
    cell: ({ stakeWei }) => <TokenAmount wei={stakeWei} />,
    csv: ({ stakeWei }) => formatAssayExact(stakeWei).replaceAll(',', ''),
  },
  {
    id: 'tx',
    header: 'Transaction',
    align: 'end',
    cell: ({ tx }) => <ChainLink kind="tx" value={tx} />,
    csv: ({ tx }) => tx,
  },
];

/** Everything that ever happened to a worker's stake, from the index. */
export function StakeHistory({ address }: { readonly address: Address }): ReactNode {
  const { data, error, refetch } = useSubgraph<{ stakeChanges: readonly StakeChange[] }>(QUERY, {
    worker: address.toLowerCase(),
  });
  return (
    <Card title="History" flush>
      {error !== undefined ? (
        <div className="p-4">
          <ErrorState problem={error} onRetry={refetch} />
        </div>
      ) : (
        <DataTable
          caption="Changes of the stake"
          columns={COLUMNS}
          rows={data?.stakeChanges}
          rowKey={({ id }) => id}
          empty={
            <EmptyState title="Nothing staked yet">Each change of this account’s stake is listed here.</EmptyState>
          }
          csvName="stake-history"
          skeletonRows={3}
        />
      )}
    </Card>
  );
}
