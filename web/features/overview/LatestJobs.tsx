import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge, type Tone } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAgo, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { JobRow, JobState } from './query.ts';

const STATES: Readonly<Record<JobState, { readonly label: string; readonly tone: Tone }>> = {
  OPEN: { label: 'open', tone: 'neutral' },
  FUNDED: { label: 'paid in', tone: 'neutral' },
  SUBMITTED: { label: 'answered', tone: 'accent' },
  COMPLETED: { label: 'settled', tone: 'positive' },
  REJECTED: { label: 'rejected', tone: 'critical' },
  EXPIRED: { label: 'expired', tone: 'caution' },
};

const columnsAt = (now: number | undefined): readonly Column<JobRow>[] => [
  {
    id: 'job',
    header: 'Job',
    cell: ({ id }) => (
      <Link href={`/job/?id=${id}`} className="link font-mono text-[0.8125rem]">
        {shortHex(id)}
      </Link>
    ),
  },
  { id: 'model', header: 'Model', cell: ({ model }) => (model === null ? '–' : <bdi>{safeText(model.slug, 40)}</bdi>) },
  {
    id: 'worker',
    header: 'Worker',
    cell: ({ worker }) => <AddressTag address={worker.id} copy={false} />,
    wideOnly: true,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state, held }) => (
      <Badge tone={held ? 'caution' : STATES[state].tone}>{held ? 'in dispute' : STATES[state].label}</Badge>
    ),
  },
  { id: 'fee', header: 'Fee', align: 'end', cell: ({ feeWei }) => <TokenAmount wei={feeWei} /> },
  {
    id: 'when',
    header: 'When',
    align: 'end',
    cell: ({ createdAt }) => (
      <time title={formatTime(createdAt)} className="whitespace-nowrap text-muted">
        {now === undefined ? formatTime(createdAt) : formatAgo(createdAt, now)}
      </time>
    ),
  },
];

/** The newest paid answers. */
export function LatestJobs({
  jobs,
  now,
}: {
  readonly jobs: readonly JobRow[] | undefined;
  readonly now: number | undefined;
}): ReactNode {
  return (
    <Card
      title="Latest answers"
      flush
      actions={
        <LinkButton size="small" variant="quiet" href="/jobs/">
          All jobs
        </LinkButton>
      }
    >
      <DataTable
        caption="Latest paid answers"
        columns={columnsAt(now)}
        rows={jobs}
        rowKey={({ id }) => id}
        skeletonRows={8}
        empty={
          <EmptyState title="Nobody has paid for an answer yet">
            Be the first: try a live model on the network.
          </EmptyState>
        }
      />
    </Card>
  );
}
