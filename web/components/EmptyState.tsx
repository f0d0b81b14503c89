import type { ReactNode } from 'react';

/** A list without entries: says why it is empty and what to do. */
export function EmptyState({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}): ReactNode {
  return (
    <div className="flex flex-col items-center px-4 py-10 text-center">
      <svg aria-hidden viewBox="0 0 48 32" className="mb-4 h-8 w-12 text-line-strong" fill="none" stroke="currentColor">
        <path d="M24 4v20M8 8h32M8 8l-6 12h12L8 8ZM40 8l-6 12h12L40 8ZM16 28h16" strokeWidth="1.25" />
      </svg>
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="mt-1 max-w-prose text-sm text-muted">{children}</div>}
      {action !== undefined && <div className="mt-4">{action}</div>}
    </div>
  );
}
