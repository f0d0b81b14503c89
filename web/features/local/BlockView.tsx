'use client';

import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { LinkButton } from '../../components/LinkButton.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatNumber, formatTime } from '../../lib/format.ts';
import { Exact, ExactList } from '../transactions/Exact.tsx';
import { useBlock } from './blocks.ts';
import { TransactionTable } from './TransactionTable.tsx';

const BACK = { href: '/local/', label: 'Local network' } as const;

/** One block of the local chain. */
export function BlockView({ number, site }: { readonly number: number; readonly site: SiteConfig }): ReactNode {
  const { data: block, error, isLoading, refetch } = useBlock(number);
  return (
    <>
      <PageHeader
        title={`Block ${formatNumber(number)}`}
        back={BACK}
        actions={
          <>
            {number > 0 && (
              <LinkButton size="small" href={`/local/?block=${number - 1}`}>
                Previous
              </LinkButton>
            )}
            <LinkButton size="small" href={`/local/?block=${number + 1}`}>
              Next
            </LinkButton>
          </>
        }
      />
      {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
      {isLoading && <SkeletonRows />}
      {block === null && <EmptyState title="There is no such block yet">The chain has not come this far.</EmptyState>}
      {block != null && (
        <div className="space-y-6">
          <Card>
            <ExactList>
              <Exact label="Time">{formatTime(Number(block.timestamp))}</Exact>
              <Exact label="Hash">
                <HashTag value={block.hash} label="block hash" full />
              </Exact>
              <Exact label="Gas used">{formatNumber(Number(block.gasUsed))}</Exact>
              {block.baseFeePerGas !== undefined && (
                <Exact label="Base fee">{formatNumber(BigInt(block.baseFeePerGas))} wei</Exact>
              )}
            </ExactList>
          </Card>
          <Card title="Transactions" flush>
            <TransactionTable site={site} transactions={block.transactions} />
          </Card>
        </div>
      )}
    </>
  );
}
