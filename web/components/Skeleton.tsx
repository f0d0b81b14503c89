import type { ReactNode } from 'react';

/** Room for what is still loading. Give it the size of what will come, so that nothing moves. */
export function Skeleton({ className = 'h-4 w-full' }: { readonly className?: string }): ReactNode {
  return <span aria-hidden className={`skeleton block ${className}`} />;
}

/** Rows of a list that is still loading; screen readers hear one word. */
export function SkeletonRows({
  rows = 4,
  className = 'h-10',
}: {
  readonly rows?: number;
  readonly className?: string;
}): ReactNode {
  return (
    <div role="status" className="space-y-2">
      <span className="sr-only">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have nothing else
        <Skeleton key={row} className={`w-full ${className}`} />
      ))}
    </div>
  );
}
