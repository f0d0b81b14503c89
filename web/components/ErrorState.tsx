import type { ReactNode } from 'react';
import type { Problem } from '../lib/problem.ts';
import { safeText } from '../lib/safeText.ts';
import { Button } from './Button.tsx';
import { LinkButton } from './LinkButton.tsx';

/** A failure in three sentences: what happened, why, and what to do. */
export function ErrorState({
  problem,
  onRetry,
}: {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}): ReactNode {
  const { what, why, fix, link } = problem;
  return (
    <div role="alert" className="rounded-md border border-critical/40 bg-critical-soft px-4 py-3 text-sm">
      <p className="font-medium text-critical">{safeText(what)}</p>
      <p className="mt-1 break-words text-ink">
        {capital(safeText(why, 600))}. {safeText(fix, 400)}
      </p>
      {link !== undefined && (
        <LinkButton size="small" className="mt-3" href={link.href}>
          {link.label}
        </LinkButton>
      )}
      {onRetry !== undefined && (
        <Button size="small" className="mt-3" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`.replace(/\.$/, '');
