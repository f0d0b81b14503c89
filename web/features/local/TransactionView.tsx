'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { Badge } from '../../components/Badge.tsx';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { Link } from '../../components/Link.tsx';
import { PageHeader } from '../../components/PageHeader.tsx';
import { SkeletonRows } from '../../components/Skeleton.tsx';
import type { SiteConfig } from '../../lib/config.ts';
import { formatEther, formatNumber } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import { reasonOfRevert } from '../../lib/transactions/reason.ts';
import { rpcOf } from '../../lib/transactions/watch.ts';
import { Exact, ExactList } from '../transactions/Exact.tsx';
import { showValue } from '../transactions/showValue.ts';
import { type TransactionRecord, useTransactionRecord } from './blocks.ts';
import { ChainAddress } from './ChainAddress.tsx';
import { type Decoded, decodeCall, decodeEvent } from './decode.ts';

const BACK = { href: '/local/', label: 'Local network' } as const;

/** One transaction of the local chain: decoded call, events, and why it failed. */
export function TransactionView({ hash, site }: { readonly hash: Hex; readonly site: SiteConfig }): ReactNode {
  const { data: record, error, isLoading, refetch } = useTransactionRecord(hash);
  return (
    <>
      <PageHeader title="Transaction" back={BACK} lead={<HashTag value={hash} label="transaction" full />} />
      {error !== undefined && <ErrorState problem={error} onRetry={refetch} />}
      {isLoading && <SkeletonRows />}
      {record === null && (
        <EmptyState title="The chain does not know this transaction">
          It was never sent here, or it was dropped.
        </EmptyState>
      )}
      {record != null && <Record record={record} site={site} />}
    </>
  );
}

function Record({
  record: { transaction, receipt },
  site,
}: {
  readonly record: TransactionRecord;
  readonly site: SiteConfig;
}): ReactNode {
  const call = transaction.to === null ? undefined : decodeCall(site, transaction.to, transaction.input);
  const failed = receipt !== null && BigInt(receipt.status) === 0n;
  const reason = useQuery({
    queryKey: ['reason', transaction.hash],
    queryFn: () =>
      reasonOfRevert(rpcOf(site.rpcUrls), transaction, Number(receipt?.blockNumber)).then((found) => found ?? null),
    enabled: failed,
  });
  return (
    <div className="space-y-6">
      <Card>
        <ExactList>
          <Exact label="Result">
            {receipt === null ? (
              <Badge tone="accent">Pending</Badge>
            ) : failed ? (
              <Badge tone="critical">Failed</Badge>
            ) : (
              <Badge tone="positive">Succeeded</Badge>
            )}
          </Exact>
          {receipt !== null && (
            <Exact label="Block">
              <Link href={`/local/?block=${Number(receipt.blockNumber)}`} className="link">
                {formatNumber(Number(receipt.blockNumber))}
              </Link>
            </Exact>
          )}
          <Exact label="From">
            <ChainAddress address={transaction.from} site={site} />
          </Exact>
          <Exact label="To">
            {transaction.to === null ? (
              <>
                new contract{' '}
                {receipt?.contractAddress != null && <ChainAddress address={receipt.contractAddress} site={site} />}
              </>
            ) : (
              <ChainAddress address={transaction.to} site={site} />
            )}
          </Exact>
          <Exact label="Ether sent">{formatEther(BigInt(transaction.value))}</Exact>
          {receipt !== null && (
            <Exact label="Fee">
              {formatEther(BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice))} (
              {formatNumber(Number(receipt.gasUsed))} gas)
            </Exact>
          )}
          <Exact label="Number of the account">{formatNumber(Number(transaction.nonce))}</Exact>
        </ExactList>
        {reason.data != null && (
          <div className="mt-4">
            <ErrorState problem={reason.data} />
          </div>
        )}
      </Card>
      <Card title={call === undefined ? 'Call data' : `Call: ${call.name}`}>
        {call === undefined ? (
          <p className="max-h-48 overflow-y-auto font-mono text-xs break-all text-muted">
            {safeText(transaction.input, 4000)}
          </p>
        ) : (
          <Values decoded={call} />
        )}
      </Card>
      {receipt !== null && (
        <Card title={`Events (${receipt.logs.length})`}>
          {receipt.logs.length === 0 && <p className="text-sm text-muted">It left no events.</p>}
          <ol className="divide-y divide-line">
            {receipt.logs.map((log) => {
              const event = decodeEvent(log);
              return (
                <li key={log.logIndex} className="py-3 first:pt-0 last:pb-0">
                  <p className="mb-2 flex flex-wrap items-center gap-2 text-sm">
                    <span className="font-medium">{event?.name ?? 'unknown event'}</span>
                    <ChainAddress address={log.address} site={site} />
                  </p>
                  {event === undefined ? (
                    <p className="font-mono text-xs break-all text-muted">
                      {safeText(`${log.topics.join(' ')} ${log.data}`, 2000)}
                    </p>
                  ) : (
                    <Values decoded={event} />
                  )}
                </li>
              );
            })}
          </ol>
        </Card>
      )}
    </div>
  );
}

function Values({ decoded }: { readonly decoded: Decoded }): ReactNode {
  if (decoded.args.length === 0) return <p className="text-sm text-muted">without values</p>;
  return (
    <ExactList>
      {decoded.args.map(({ name, value }) => (
        <Exact key={name} label={name}>
          <code className="font-mono text-[0.8125rem] break-all">{safeText(showValue(value), 3000)}</code>
        </Exact>
      ))}
    </ExactList>
  );
}
