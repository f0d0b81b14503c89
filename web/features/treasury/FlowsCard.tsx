'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge, type Tone } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { Select } from '../../components/Select.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatAssayExact, formatTime, shortHex } from '../../lib/format.ts';
import { ChainLink } from '../transactions/ChainLink.tsx';
import { FLOW_FILTERS, type FlowFilter } from './filters.ts';
import type { FlowRow } from './query.ts';

const KINDS: Readonly<Record<string, readonly [string, Tone]>> = {
  GENESIS: ['First allocation', 'neutral'],
  FEE: ['Share of a fee', 'positive'],
  LOST_BOND: ['Share of a lost bond', 'positive'],
  WITHDRAWN: ['Earnings brought in', 'neutral'],
  RECEIVED: ['Received', 'accent'],
  SPENT: ['Spent by the DAO', 'caution'],
};
const kindOf = ({ kind }: FlowRow): readonly [string, Tone] => KINDS[kind] ?? ['Moved', 'neutral'];

/** Every line of the treasury's book. */
export function FlowsCard({
  rows,
  filter,
  onFilter,
  page,
  hasNext,
  onPage,
}: {
  /** Undefined while loading. */
  readonly rows: readonly FlowRow[] | undefined;
  readonly filter: FlowFilter;
  readonly onFilter: (filter: FlowFilter) => void;
  readonly page: number;
  readonly hasNext: boolean;
  readonly onPage: (page: number) => void;
}): ReactNode {
  const site = useConfig();
  const nameOf = (address: string): string | undefined =>
    Object.entries(site?.contracts ?? {}).find(([, at]) => at.toLowerCase() === address)?.[0];
  return (
    <Card title="The treasury's book" flush>
      <div className="max-w-64 px-4 pb-2 sm:px-5">
        <Select
          label="Show"
          value={filter}
          options={FLOW_FILTERS}
          onChange={(value) => onFilter(FLOW_FILTERS.find((known) => known.value === value)?.value ?? 'all')}
        />
      </div>
      <DataTable
        caption="What came into and left the treasury, newest first"
        columns={[
          { id: 'at', header: 'Time', cell: ({ at }) => formatTime(at), sort: ({ at }) => Number(at) },
          {
            id: 'kind',
            header: 'What',
            cell: (row) => <Badge tone={kindOf(row)[1]}>{kindOf(row)[0]}</Badge>,
            csv: (row) => kindOf(row)[0],
          },
          {
            id: 'with',
            header: 'From or to',
            cell: ({ counterparty, job }) =>
              job !== null ? (
                <Link href={`/job/?id=${job.id}`} className="link font-mono text-[0.8125rem]">
                  job {shortHex(job.id, 8, 4)}
                </Link>
              ) : counterparty === null || /^0x0*$/.test(counterparty) ? (
                <span className="text-muted">–</span>
              ) : (
                <AddressTag
                  address={counterparty}
                  copy={false}
                  {...(nameOf(counterparty) === undefined ? {} : { name: nameOf(counterparty)! })}
                />
              ),
            csv: ({ counterparty, job }) => job?.id ?? counterparty ?? '',
          },
          {
            id: 'amount',
            header: 'Amount',
            align: 'end',
            cell: ({ amountWei, kind }) => (
              <>
                {kind === 'SPENT' && '−'}
                <TokenAmount wei={amountWei} />
              </>
            ),
            sort: ({ amountWei }) => BigInt(amountWei),
            csv: ({ amountWei }) => formatAssayExact(amountWei).replaceAll(',', ''),
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
        csvName="assay-treasury"
        empty={<EmptyState title="Nothing of this kind yet" />}
      />
      <div className="px-4 pb-4 sm:px-5">
        <Pagination page={page} hasNext={hasNext} onPage={onPage} />
      </div>
    </Card>
  );
}
