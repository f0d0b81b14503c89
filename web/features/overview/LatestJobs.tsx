import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAgo, formatTime, shortHex } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { jobStateIn } from '../jobs/words.ts';
import type { JobRow } from './query.ts';

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
    cell: (job) => {
      const [words, tone] = jobStateIn(job);
      return <Badge tone={tone}>{words}</Badge>;
    },
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
