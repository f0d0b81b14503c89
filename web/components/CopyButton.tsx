'use client';

import { type ReactNode, useEffect, useState } from 'react';

/** Copies `value` and says so for two seconds, to screen readers too. */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }): ReactNode {
  const [said, setSaid] = useState<'copied' | 'failed'>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = (): void => {
    const done = navigator.clipboard?.writeText(value) ?? Promise.reject(new TypeError('no clipboard'));
    done.then(
      () => setSaid('copied'),
      () => setSaid('failed'),
    );
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={`Copy ${label}`}
      title={`Copy ${label}`}
      className="inline-grid size-6 shrink-0 place-items-center rounded text-muted hover:bg-sunken hover:text-ink"
    >
      <svg aria-hidden viewBox="0 0 16 16" className="size-3.5" fill="none" stroke="currentColor" strokeWidth="1.4">
        {said === 'copied' ? (
          <path d="m3 8.5 3.2 3.2L13 4.5" />
        ) : said === 'failed' ? (
          <path d="m4 4 8 8M12 4l-8 8" />
        ) : (
          <path d="M5.5 5.5h7v7h-7zM3.5 10.5v-7h7" />
        )}
      </svg>
      <span role="status" className="sr-only">
        {said === 'copied' ? `Copied ${label}` : said === 'failed' ? 'The browser did not allow copying' : ''}
      </span>
    </button>
  );
}
