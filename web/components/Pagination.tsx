import type { ReactNode } from 'react';
import { formatNumber } from '../lib/format.ts';
import { Button } from './Button.tsx';

/** Steps through pages of a list. Give `pageCount` when it is known, otherwise `hasNext`. Pages count from 1. */
export function Pagination({
  page,
  pageCount,
  hasNext,
  onPage,
}: {
  readonly page: number;
  readonly pageCount?: number;
  readonly hasNext?: boolean;
  readonly onPage: (page: number) => void;
}): ReactNode {
  const more = hasNext ?? (pageCount !== undefined && page < pageCount);
  if (page === 1 && !more) return null;
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-between gap-3">
      <Button size="small" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        Previous
      </Button>
      <span data-figures className="text-sm text-muted">
        Page {formatNumber(page)}
        {pageCount !== undefined && ` of ${formatNumber(pageCount)}`}
      </span>
      <Button size="small" disabled={!more} onClick={() => onPage(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
