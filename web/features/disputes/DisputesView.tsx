'use client';

import { type ReactNode, useMemo } from 'react';
import { isAddress } from '../../../node/core/codec/hex.ts';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Link } from '../../components/Link.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { Select } from '../../components/Select.tsx';
import { Stat, StatList } from '../../components/Stat.tsx';
import { TextInput } from '../../components/TextInput.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatNumber, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useNow } from '../../lib/useNow.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import { type ClaimRow, DISPUTES_QUERY, type DisputesAnswer } from './query.ts';
import { stateOf } from './words.ts';

const PER_PAGE = 25;

const FILTERS = [
  { value: 'all', label: 'All', where: {} },
  { value: 'open', label: 'Not ended', where: { outcome: 'PENDING' } },
  { value: 'played', label: 'Being played', where: { openGames_gt: 0 } },
  { value: 'stands', label: 'Claim stands', where: { outcome: 'STANDS' } },
  { value: 'fallen', label: 'Claim fallen', where: { outcome: 'FALLEN' } },
  { value: 'void', label: 'Program impossible', where: { outcome: 'VOID' } },
] as const;

const columnsAt = (now: number | undefined): readonly Column<ClaimRow>[] => [
  {
    id: 'claim',
    header: 'Claim',
    cell: ({ id }) => (
      <Link href={`/dispute/?id=${id}`} className="link font-mono text-[0.8125rem]">
        {shortHex(id, 10, 6)}
      </Link>
    ),
    csv: ({ id }) => id,
  },
  {
    id: 'state',
    header: 'State',
    cell: (row) => <Badge tone={stateOf(row, now)[1]}>{stateOf(row, now)[0]}</Badge>,
    sort: (row) => stateOf(row, now)[0],
  },
  {
    id: 'model',
    header: 'Model',
    cell: ({ version }) =>
      version === null ? (
        <span className="text-muted">not revealed</span>
      ) : (
        <Link href={`/model/?id=${encodeURIComponent(version.model.id)}`} className="link">
          {safeText(version.model.slug, 60)}
        </Link>
      ),
    sort: ({ version }) => version?.model.slug ?? '',
  },
  {
    id: 'worker',
    header: 'Worker',
    cell: ({ worker }) => <AddressTag address={worker.id} copy={false} />,
    csv: ({ worker }) => worker.id,
  },
  {
    id: 'games',
    header: 'Challengers',
    align: 'end',
    cell: ({ gameCount }) => formatNumber(gameCount),
    sort: ({ gameCount }) => gameCount,
  },
  {
    id: 'stake',
    header: 'At stake',
    align: 'end',
    cell: ({ lockWei, slashedWei }) => <TokenAmount wei={slashedWei === '0' ? lockWei : slashedWei} />,
    sort: ({ lockWei }) => BigInt(lockWei),
  },
  {
    id: 'filed',
    header: 'Filed',
    align: 'end',
    cell: ({ filedAt }) => formatTime(filedAt),
    sort: ({ filedAt }) => Number(filedAt),
  },
];

/** `/disputes/`: claims that were taken to the court. Filters live in the address, so that a list can be shared. */
export function DisputesView(): ReactNode {
  const [params, setQuery] = useQueryString();
  const now = useNow();
  const state = params.get('state') ?? 'all';
  const worker = (params.get('worker') ?? '').toLowerCase();
  const page = Math.max(1, Math.min(200, Number(params.get('page')) || 1));
  const filter = FILTERS.find(({ value }) => value === state) ?? FILTERS[0];
  const where = { ...filter.where, ...(isAddress(worker) ? { worker } : {}) };
  const { data, error, refetch } = useSubgraph<DisputesAnswer>(DISPUTES_QUERY, {
    first: PER_PAGE + 1,
    skip: (page - 1) * PER_PAGE,
    where,
  });
  const columns = useMemo(() => columnsAt(now), [now]);
  const change = (changes: Readonly<Record<string, string>>): void => {
    const next = new URLSearchParams(params);
    next.delete('page');
    for (const [name, value] of Object.entries(changes))
      if (value === '' || value === 'all' || value === '1') next.delete(name);
      else next.set(name, value);
    setQuery(next.size === 0 ? '' : `?${next}`);
  };
  const isLoading = data === undefined && error === undefined;
  const protocol = data?.protocol ?? undefined;
  const isFiltered = state !== 'all' || worker !== '';
  return (
    <>
      <PageHeader
        title="Disputes"
        lead="Anybody may challenge a paid answer. The worker opens his own computation, the challenger points at what is wrong, and the chain recomputes that one number."
      />
      <div className="space-y-6">
        <Card>
          <StatList>
            <Stat label="Answers disputed" isLoading={isLoading} value={protocol && formatNumber(protocol.claims)} />
            <Stat
              label="Proven false"
              isLoading={isLoading}
              value={protocol && formatNumber(protocol.claimsFallen)}
              detail={protocol && `${formatNumber(protocol.jobsCompleted)} answers paid in all`}
            />
            <Stat
              label="Games"
              isLoading={isLoading}
              value={protocol && formatNumber(protocol.games)}
              detail={protocol && `${formatNumber(protocol.gamesOpen)} being played`}
            />
            <Stat
              label="Stake slashed"
              isLoading={isLoading}
              value={protocol && <TokenAmount wei={protocol.slashedWei} />}
            />
          </StatList>
        </Card>
        <Card flush>
          <search
            aria-label="Filter"
            className="grid gap-4 px-4 pt-3 pb-2 sm:grid-cols-[12rem_minmax(0,26rem)] sm:px-5"
          >
            <Select
              label="State"
              value={filter.value}
              options={FILTERS}
              onChange={(value) => change({ state: value, worker })}
            />
            <TextInput
              label="Worker"
              value={worker}
              placeholder="0x…"
              onChange={(value) => change({ state, worker: value.trim().slice(0, 42) })}
              {...(worker !== '' && !isAddress(worker) ? { error: 'This is not an address' } : {})}
            />
          </search>
          {error !== undefined && data === undefined && (
            <div className="p-4 sm:p-5">
              <ErrorState problem={error} onRetry={refetch} />
            </div>
          )}
          {(data !== undefined || error === undefined) && (
            <DataTable
              caption="Disputed claims, newest first"
              columns={columns}
              rows={data?.claims.slice(0, PER_PAGE)}
              rowKey={({ id }) => id}
              csvName="assay-disputes"
              empty={
                isFiltered ? (
                  <EmptyState
                    title="No dispute fits the filter"
                    action={<Button onClick={() => setQuery('')}>Show all</Button>}
                  />
                ) : (
                  <EmptyState title="Nobody has disputed an answer yet">
                    Every answer can be checked, in the browser too. When one is wrong, its page has a button to dispute
                    it.
                  </EmptyState>
                )
              }
            />
          )}
          <div className="px-4 pb-4 sm:px-5">
            <Pagination
              page={page}
              hasNext={(data?.claims.length ?? 0) > PER_PAGE}
              onPage={(next) => change({ state, worker, page: String(next) })}
            />
          </div>
        </Card>
      </div>
    </>
  );
}
