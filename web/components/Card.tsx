import { type ReactNode, useId } from 'react';

/** A section on its own surface; with a title it is a landmark of that name. */
export function Card({
  title,
  actions,
  children,
  className = '',
  flush = false,
}: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** No padding around the content: for tables. */
  readonly flush?: boolean;
}): ReactNode {
  const id = useId();
  return (
    <section
      aria-labelledby={title === undefined ? undefined : id}
      className={`min-w-0 rounded-lg border border-line bg-surface ${className}`}
    >
      {title !== undefined && (
        <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-4 sm:px-5">
          <h2 id={id} className="text-base">
            {title}
          </h2>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? 'pt-2' : 'p-4 sm:p-5'}>{children}</div>
    </section>
  );
}
