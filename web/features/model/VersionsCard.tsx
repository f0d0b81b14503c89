import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Link } from '../../components/Link.tsx';
import { formatBytes, formatDate, formatNumber } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { isExact, type ModelDetail, type VersionDetail } from './model.ts';

const columnsFor = (model: ModelDetail, shown: string): readonly Column<VersionDetail>[] => [
  {
    id: 'version',
    header: 'Version',
    sort: ({ id }) => Number(id),
    cell: ({ id }) => (
      <span className="inline-flex flex-wrap items-center gap-1.5">
        {id === shown ? (
          <span className="font-medium">{safeText(id, 20)}</span>
        ) : (
          <Link href={`/model/?id=${model.id}&version=${id}`} className="link">
            {safeText(id, 20)}
          </Link>
        )}
        {id === model.liveVersionId && <Badge tone="accent">live</Badge>}
      </span>
    ),
  },
  {
    id: 'published',
    header: 'Published',
    sort: ({ publishedAt }) => publishedAt,
    cell: ({ publishedAt }) => formatDate(publishedAt),
  },
  {
    id: 'size',
    header: 'Size',
    align: 'end',
    sort: ({ sizeBytes }) => sizeBytes,
    cell: ({ sizeBytes }) => formatBytes(sizeBytes),
  },
  {
    id: 'kind',
    header: 'Arithmetic',
    sort: (version) => (isExact(version) ? 'exact' : 'float'),
    cell: (version) => (isExact(version) ? 'exact' : 'float'),
  },
  {
    id: 'jobs',
    header: 'Answers',
    align: 'end',
    sort: ({ jobCount }) => jobCount,
    cell: ({ jobCount }) => formatNumber(jobCount),
  },
  {
    id: 'cid',
    header: 'CID',
    csv: ({ cid }) => cid,
    cell: ({ cid }) => <HashTag value={cid} label="CID" />,
    wideOnly: true,
  },
];

export function VersionsCard({ model, shown }: { readonly model: ModelDetail; readonly shown: string }): ReactNode {
  return (
    <Card title="Versions" flush>
      <DataTable
        caption="Versions of this model"
        columns={columnsFor(model, shown)}
        rows={model.versions}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No version yet" />}
        csvName={`${safeText(model.slug, 40)}-versions`}
      />
    </Card>
  );
}
