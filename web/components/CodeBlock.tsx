'use client';

import type { ReactNode } from 'react';
import { CopyButton } from './CopyButton.tsx';
import { Tabs } from './Tabs.tsx';

export interface Snippet {
  /** Name on the tab: `curl`, `TypeScript`. */
  readonly label: string;
  readonly code: string;
}

/** Code to copy; several languages become tabs. */
export function CodeBlock({
  snippets,
  label,
}: {
  readonly snippets: readonly Snippet[];
  readonly label: string;
}): ReactNode {
  const [only] = snippets;
  if (only !== undefined && snippets.length === 1) return <Code {...only} />;
  return (
    <Tabs
      label={label}
      tabs={snippets.map((snippet) => ({ id: snippet.label, label: snippet.label, panel: <Code {...snippet} /> }))}
    />
  );
}

function Code({ label, code }: Snippet): ReactNode {
  return (
    <div className="relative">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: code that scrolls sideways must be reachable with the keyboard */}
      <section tabIndex={0} aria-label={`Code: ${label}`} className="overflow-x-auto rounded-md bg-sunken">
        <pre className="py-3 pr-12 pl-4 font-mono text-[0.8125rem] leading-relaxed">
          <code>{code}</code>
        </pre>
      </section>
      <div className="absolute top-2 right-2 rounded bg-sunken">
        <CopyButton value={code} label={`${label} code`} />
      </div>
    </div>
  );
}
