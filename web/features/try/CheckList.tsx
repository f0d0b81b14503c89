import type { ReactNode } from 'react';
import type { AnswerCheck } from '../../lib/inference/checkAnswer.ts';

/** What was checked, in order, each with what was found. */
export function CheckList({ checks }: { readonly checks: readonly AnswerCheck[] }): ReactNode {
  return (
    <ol className="space-y-2" aria-label="Checks of the answer">
      {checks.map(({ title, state, found }) => (
        <li key={title} className="grid grid-cols-[1.25rem_1fr] gap-2 text-sm" data-state={state}>
          <span aria-hidden className={state === 'passed' ? 'text-positive' : 'text-critical'}>
            {state === 'passed' ? '✓' : '✗'}
          </span>
          <span className="min-w-0">
            <span className="sr-only">{state === 'passed' ? 'Holds: ' : 'Does not hold: '}</span>
            {title}
            <span className="block break-words font-mono text-xs text-muted">{found}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
