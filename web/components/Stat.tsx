import type { ReactNode } from 'react';
import { Skeleton } from './Skeleton.tsx';

/** One figure with its name. Put several into a `<StatList>`. */
export function Stat({
  label,
  value,
  detail,
  isLoading = false,
}: {
  readonly label: string;
  readonly value?: ReactNode;
  readonly detail?: ReactNode;
  readonly isLoading?: boolean;
}): ReactNode {
  return (
    <div className="min-w-0 border-l border-line pl-4">
      <dt className="text-xs text-muted">{label}</dt>
      <dd data-figures className="mt-0.5 text-xl font-semibold tracking-tight break-words [&_*]:whitespace-normal">
        {isLoading ? <Skeleton className="my-1.5 h-5 w-20" /> : (value ?? '–')}
      </dd>
      {detail !== undefined && <dd className="mt-0.5 text-xs text-muted">{detail}</dd>}
    </div>
  );
}

export function StatList({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-5 sm:grid-cols-[repeat(auto-fit,minmax(9.5rem,1fr))]">{children}</dl>
  );
}
