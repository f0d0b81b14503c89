'use client';

import type { ReactNode } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { ErrorState } from '../../components/ErrorState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { useConfig } from '../../lib/config.ts';
import { formatAgo, formatTime, isoTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { TrackedTransaction } from '../../lib/transactions/tracked.ts';
import { useTransactionsState, useTransactionsStore } from '../../lib/transactions.tsx';
import { useNow } from '../../lib/useNow.ts';
import { ChainLink } from './ChainLink.tsx';
import { contractLabel } from './contractLabel.ts';
import { statusText } from './statusText.ts';

/** The transactions that this browser has sent, newest first. */
export function ActivityList(): ReactNode {
  const { list } = useTransactionsState();
  const store = useTransactionsStore();
  if (list.length === 0)
    return (
      <EmptyState title="Nothing sent yet">
        What you send from this browser appears here and stays, also when you reload the page.
      </EmptyState>
    );
  return (
    <div>
      <ul className="divide-y divide-line">
        {list.map((tx) => (
          <ActivityItem key={tx.id} tx={tx} onWatchAgain={() => store.watchAgain(tx.id)} />
        ))}
      </ul>
      {list.some(({ status }) => status !== 'pending') && (
        <p className="mt-4 text-right">
          <Button size="small" variant="quiet" onClick={store.clear}>
            Forget what is finished
          </Button>
        </p>
      )}
    </div>
  );
}

function ActivityItem({
  tx,
  onWatchAgain,
}: {
  readonly tx: TrackedTransaction;
  readonly onWatchAgain: () => void;
}): ReactNode {
  const now = useNow(10_000);
  const chainId = useConfig()?.chainId;
  const { tone, label, sentence } = statusText(tx);
  const sentAt = Math.floor(tx.sentAtMs / 1000);
  return (
    <li className="py-3" data-status={tx.status}>
      <div className="flex items-start justify-between gap-3">
        <p className="min-w-0 font-medium break-words">{safeText(tx.title, 200)}</p>
        <Badge tone={tone}>{label}</Badge>
      </div>
      <p className="mt-0.5 text-sm text-muted">
        {tx.contract === undefined ? '' : `${contractLabel(tx.contract)} · `}
        <time dateTime={isoTime(sentAt)} title={formatTime(sentAt)}>
          {now === undefined ? formatTime(sentAt) : formatAgo(sentAt, now)}
        </time>
      </p>
      <p className="mt-1 text-sm">{sentence}</p>
      {tx.problem !== undefined && (
        <div className="mt-2">
          <ErrorState problem={tx.problem} />
        </div>
      )}
      <p className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <HashTag value={tx.hash} label="transaction" />
        {tx.chainId === chainId && <ChainLink kind="tx" value={tx.hash} />}
        {tx.status === 'dropped' && (
          <Button size="small" variant="quiet" onClick={onWatchAgain}>
            Look again
          </Button>
        )}
      </p>
    </li>
  );
}
