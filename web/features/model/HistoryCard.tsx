import type { ReactNode } from 'react';
import { Card } from '../../components/Card.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { HashTag } from '../../components/HashTag.tsx';
import { formatTime } from '../../lib/format.ts';
import { safeText } from '../../lib/safeText.ts';
import type { LiveChange } from './model.ts';

/** What the DAO made live, and when. */
export function HistoryCard({ history }: { readonly history: readonly LiveChange[] }): ReactNode {
  return (
    <Card title="What was live">
      {history.length === 0 ? (
        <EmptyState title="No version was ever live">A vote decides which version is.</EmptyState>
      ) : (
        <ol className="space-y-3 border-l border-line pl-4 text-sm">
          {history.map(({ id, versionId, at, transaction }) => (
            <li key={id} className="flex flex-wrap items-center gap-x-3">
              <time>{formatTime(at)}</time>
              <span className="font-medium">
                {versionId === undefined ? 'The model was retired' : `Version ${safeText(versionId, 20)} went live`}
              </span>
              <HashTag value={transaction} label="transaction" />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
