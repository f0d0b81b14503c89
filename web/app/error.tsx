'use client';

import { ErrorState } from '../components/ErrorState.tsx';
import { problemOf } from '../lib/problem.ts';

/** A page that broke: the rest of the site still works. */
export default function PageError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <>
      <h1 className="mb-4 text-2xl">This page broke</h1>
      <ErrorState problem={problemOf(error)} onRetry={reset} />
    </>
  );
}
