'use client';

import { ErrorState } from '../components/ErrorState.tsx';
import { isPartMissing, type Problem, problemOf } from '../lib/problem.ts';

/** An index that lies, or one of another release, shows itself as values that cannot be read. */
function problemOfPage(error: Error): Problem {
  if (!['SyntaxError', 'TypeError', 'RangeError'].includes(error.name)) return problemOf(error);
  return {
    what: 'What this page was given cannot be read',
    why: error.message,
    fix: 'Try again. If it stays so, the index may be of another release: choose another one in the settings.',
  };
}

/** A page that broke: the rest of the site still works. */
export default function PageError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <>
      <h1 className="mb-4 text-2xl">This page cannot be shown</h1>
      <ErrorState problem={problemOfPage(error)} onRetry={isPartMissing(error) ? () => location.reload() : reset} />
    </>
  );
}
