'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Badge } from '../../components/Badge.tsx';
import { Button } from '../../components/Button.tsx';
import { safeText } from '../../lib/safeText.ts';
import type { TrackedTransaction } from '../../lib/transactions/tracked.ts';
import { useTransactionsState, useTransactionsStore } from '../../lib/transactions.tsx';
import { statusText } from './statusText.ts';

const SHOWN_MS = 9000;
const MAX_SHOWN = 3;
const FRESH_MS = 5000;

/** What {@link Notices} shows: that a transaction was sent, and how it ended. */
export function NoticeStack(): ReactNode {
  const store = useTransactionsStore();
  const { list } = useTransactionsState();
  const [shown, setShown] = useState<readonly TrackedTransaction[]>([]);
  const seen = useRef<ReadonlyMap<string, string>>(undefined);
  useEffect(() => {
    const before = seen.current;
    seen.current = new Map(list.map(({ id, status }) => [id, status]));
    // What has changed; at first only what was sent a moment ago, not the list of an earlier visit.
    const news = list.filter(({ id, status, sentAtMs }) =>
      before?.has(id) === true ? before.get(id) !== status : Date.now() - sentAtMs < FRESH_MS,
    );
    if (news.length > 0) setShown((old) => news.reduce(add, old));
  }, [list]);
  const dismiss = (id: string): void => setShown((old) => old.filter((tx) => tx.id !== id));
  return shown.map((tx) => (
    <Notice key={`${tx.id}${tx.status}`} tx={tx} onDismiss={() => dismiss(tx.id)} onOpen={store.openDrawer} />
  ));
}

const add = (old: readonly TrackedTransaction[], tx: TrackedTransaction): readonly TrackedTransaction[] =>
  [...old.filter(({ id }) => id !== tx.id), tx].slice(-MAX_SHOWN);

function Notice({
  tx,
  onDismiss,
  onOpen,
}: {
  readonly tx: TrackedTransaction;
  readonly onDismiss: () => void;
  readonly onOpen: () => void;
}): ReactNode {
  const { tone, label, sentence } = statusText(tx);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time starts once for each notice
  useEffect(() => {
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div
      className="pointer-events-auto rounded-lg border border-line bg-raised p-3 text-sm shadow-raised"
      data-notice={tx.status}
    >
      <div className="flex items-start justify-between gap-3">
        <p className="min-w-0 font-medium break-words">{safeText(tx.title, 100)}</p>
        <Badge tone={tone}>{label}</Badge>
      </div>
      <p className="mt-1 text-muted">{sentence}</p>
      <p className="mt-1.5 -mb-1 -ml-2 flex gap-1">
        <Button size="small" variant="quiet" onClick={onOpen}>
          Details
        </Button>
        <Button size="small" variant="quiet" onClick={onDismiss}>
          Dismiss
        </Button>
      </p>
    </div>
  );
}
