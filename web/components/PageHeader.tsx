import type { ReactNode } from 'react';
import { Link } from './Link.tsx';

/** Title of a page with one sentence about it. */
export function PageHeader({
  title,
  lead,
  back,
  actions,
}: {
  readonly title: ReactNode;
  readonly lead?: ReactNode;
  /** The list this page belongs to. */
  readonly back?: { readonly href: `/${string}`; readonly label: string };
  readonly actions?: ReactNode;
}): ReactNode {
  return (
    <header className="mb-6 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 sm:mb-8">
      <div className="min-w-0">
        {back !== undefined && (
          <p className="mb-1 text-sm">
            <Link href={back.href} className="text-muted hover:text-ink hover:underline">
              <span aria-hidden>← </span>
              {back.label}
            </Link>
          </p>
        )}
        <h1 className="text-2xl break-words sm:text-[1.75rem]">{title}</h1>
        {lead !== undefined && <div className="mt-1.5 max-w-prose text-muted">{lead}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
