import type { ReactNode } from 'react';
import { AddressTag } from '../../components/AddressTag.tsx';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Link } from '../../components/Link.tsx';
import { TokenAmount } from '../../components/TokenAmount.tsx';
import { formatAssayExact } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { type Offer, sortOffers } from './model.ts';

const COLUMNS: readonly Column<Offer>[] = [
  {
    id: 'worker',
    header: 'Worker',
    csv: ({ worker }) => worker,
    cell: ({ worker }) => (
      <Link href={`/worker/?id=${worker.toLowerCase()}`} className="link">
        <AddressTag address={worker} link={false} copy={false} />
      </Link>
    ),
  },
  {
    id: 'endpoint',
    header: 'Endpoint',
    csv: ({ endpoint }) => endpoint,
    wideOnly: true,
    cell: ({ endpoint }) => <code className="font-mono text-xs break-all">{safeText(endpoint, 80)}</code>,
  },
  {
    id: 'state',
    header: 'State',
    sort: ({ isActive }) => Number(!isActive),
    csv: ({ isActive }) => (isActive ? 'active' : 'inactive'),
    cell: ({ isActive }) => (isActive ? <Badge tone="positive">active</Badge> : <Badge>inactive</Badge>),
  },
  {
    id: 'price',
    header: 'Price of an answer',
    align: 'end',
    sort: ({ feeWei }) => feeWei,
    csv: ({ feeWei }) => formatAssayExact(feeWei),
    cell: ({ feeWei }) => <TokenAmount wei={feeWei} />,
  },
];

/** Who serves the version, and for how much. */
export function OffersCard({ offers }: { readonly offers: readonly Offer[] }): ReactNode {
  return (
    <Card title="Workers and prices" flush>
      <DataTable
        caption="Workers that offer this version"
        columns={COLUMNS}
        rows={sortOffers(offers)}
        rowKey={({ worker }) => worker}
        csvName="offers"
        empty={
          <EmptyState title="No worker offers this version">
            Workers serve what is live, and may offer other versions too.
          </EmptyState>
        }
      />
    </Card>
  );
}
