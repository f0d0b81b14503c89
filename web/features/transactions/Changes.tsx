import type { ReactNode } from 'react';
import { safeText } from '../../lib/safeText.ts';
import type { Change } from '../../lib/transactions/plan.ts';

/** What a transaction changes: before and after, line by line. */
export function Changes({ changes }: { readonly changes: readonly Change[] }): ReactNode {
  if (changes.length === 0) return null;
  return (
    <dl className="divide-y divide-line rounded-md border border-line text-sm">
      {changes.map(({ label, before, after }) => (
        <div key={label} className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 px-3 py-2">
          <dt className="text-muted">{safeText(label, 120)}</dt>
          <dd data-figures className="min-w-0 text-right break-words">
            {before !== undefined && (
              <>
                <span className="text-muted">{safeText(before, 300)}</span>
                <span aria-hidden className="px-1.5 text-muted">
                  →
                </span>
                <span className="sr-only"> becomes </span>
              </>
            )}
            <span className="font-medium">{safeText(after, 600)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
