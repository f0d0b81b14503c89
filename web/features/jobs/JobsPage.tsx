'use client';

import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { later } from '../../components/later.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { Pagination } from '../../components/Pagination.tsx';
import { Select } from '../../components/Select.tsx';
import { Skeleton } from '../../components/Skeleton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatDuration, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { useSubgraph } from '../../lib/subgraph.ts';
import { useQueryString } from '../../lib/useQueryString.ts';
import { useWallet } from '../../lib/wallet.tsx';
import { JOBS_QUERY, type JobRow, type JobsAnswer } from './query.ts';
import { jobStateIn } from './words.ts';

const SavedAnswers = later(
  () => import('./SavedAnswers.tsx').then((file) => file.SavedAnswers),
  <Skeleton className="h-44 w-full" />,
);
const PER_PAGE = 25;
/** As many as fill a screen, so that what comes below them does not move when the list is there. */
const SKELETON_ROWS = 15;
/** graph-node looks no further than this many entities back. */
const LAST_PAGE = Math.floor(5000 / PER_PAGE);

const FILTERS = [
  { value: 'all', label: 'All', where: {} },
  { value: 'running', label: 'Not ended', where: { state_in: ['OPEN', 'FUNDED', 'SUBMITTED'] } },
  { value: 'held', label: 'Disputed', where: { held: true } },
  { value: 'completed', label: 'Completed', where: { state: 'COMPLETED' } },
  { value: 'rejected', label: 'Rejected', where: { state: 'REJECTED' } },
  { value: 'expired', label: 'Expired', where: { state: 'EXPIRED' } },
] as const;

const COLUMNS: readonly Column<JobRow>[] = [
  {
    id: 'job',
    header: 'Job',
    cell: ({ id }) => (
      <Link href={`/job/?id=${encodeURIComponent(id)}`} className="link font-mono text-[0.8125rem]">
        {shortHex(id, 10, 6)}
      </Link>
    ),
    csv: ({ id }) => id,
  },
  {
    id: 'state',
    header: 'State',
    cell: (row) => <Badge tone={jobStateIn(row)[1]}>{jobStateIn(row)[0]}</Badge>,
    sort: (row) => jobStateIn(row)[0],
  },
  {
    id: 'model',
    header: 'Model',
    cell: ({ model }) =>
      model === null ? (
        <span className="text-muted">unknown</span>
      ) : (
        <Link href={`/model/?id=${encodeURIComponent(model.id)}`} className="link">
          {safeText(model.slug, 40)}
        </Link>
      ),
    sort: ({ model }) => model?.slug ?? '',
  },
  {
    id: 'worker',
    header: 'Worker',
    cell: ({ worker }) => <AddressTag address={worker.id} copy={false} />,
    csv: ({ worker }) => worker.id,
  },
  {
    id: 'fee',
    header: 'Fee',
    align: 'end',
    cell: ({ feeWei }) => <TokenAmount wei={feeWei} />,
    sort: ({ feeWei }) => BigInt(feeWei),
  },
  {
    id: 'settled',
    header: 'Settled in',
    align: 'end',
    wideOnly: true,
    cell: ({ submittedAt, endedAt }) =>
      submittedAt === null || endedAt === null ? '' : formatDuration(Number(endedAt) - Number(submittedAt)),
  },
  {
    id: 'created',
    header: 'Ordered',
    cell: ({ createdAt }) => formatTime(createdAt),
    sort: ({ createdAt }) => BigInt(createdAt),
  },
];

/** `/jobs/`: paid answers, newest first. */
export function JobsPage(): ReactNode {
  const [params, setQuery] = useQueryString();
  /** What is not given stays; undefined leaves out. */
  const setParams = (changes: Readonly<Record<string, string | undefined>>): void => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes))
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    setQuery(next.size === 0 ? '' : `?${next}`);
  };
  const { address, connect } = useWallet();
  const filter = FILTERS.find(({ value }) => value === params.get('state')) ?? FILTERS[0];
  const isMine = params.get('mine') === '1';
  const page = Math.min(LAST_PAGE, Math.max(1, Number(params.get('page')) || 1));
  const where = { ...filter.where, ...(isMine && address !== undefined ? { client: address.toLowerCase() } : {}) };
  const { data, error, refetch } = useSubgraph<JobsAnswer>(JOBS_QUERY, {
    where,
    first: PER_PAGE + 1,
    skip: (page - 1) * PER_PAGE,
  });
  return (
    <>
      <PageHeader
        title="Jobs"
        lead="Every paid answer is a claim with stake behind it. It is final when its challenge window has passed."
        actions={<LinkButton href="/try/">Try a model</LinkButton>}
      />
      <div className="space-y-6">
        <Card
          title="Paid answers"
          actions={
            <div className="flex flex-wrap items-end gap-3">
              <Select
                label="Show"
                value={filter.value}
                options={FILTERS.map(({ value, label }) => ({ value, label }))}
                onChange={(state) => setParams({ state: state === 'all' ? undefined : state, page: undefined })}
              />
              <Button
                variant={isMine ? 'primary' : 'secondary'}
                aria-pressed={isMine}
                onClick={() => {
                  if (address === undefined) connect();
                  setParams({ mine: isMine ? undefined : '1', page: undefined });
                }}
              >
                Mine
              </Button>
            </div>
          }
        >
          {error !== undefined && data === undefined ? (
            <ErrorState problem={error} onRetry={refetch} />
          ) : (
            <>
              <DataTable
                caption="Jobs, newest first"
                columns={COLUMNS}
                rows={data?.jobs.slice(0, PER_PAGE)}
                skeletonRows={SKELETON_ROWS}
                rowKey={({ id }) => id}
                csvName="assay-jobs"
                empty={
                  <EmptyState title="No such jobs">Pay for an answer, and it shows here within seconds.</EmptyState>
                }
              />
              <Pagination
                page={page}
                hasNext={(data?.jobs.length ?? 0) > PER_PAGE && page < LAST_PAGE}
                onPage={(next) => setParams({ page: next === 1 ? undefined : String(next) })}
              />
            </>
          )}
        </Card>
        <SavedAnswers />
      </div>
    </>
  );
}
