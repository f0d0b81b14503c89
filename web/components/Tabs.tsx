'use client';

import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';

export interface Tab {
  readonly id: string;
  readonly label: ReactNode;
  readonly panel: ReactNode;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** Tabs after the ARIA pattern: arrows move, Home and End jump. Keeps its own state unless `selected` is given. */
export function Tabs({
  tabs,
  label,
  selected,
  onSelect,
}: {
  readonly tabs: readonly Tab[];
  /** What the tabs choose between, for screen readers. */
  readonly label: string;
  readonly selected?: string;
  readonly onSelect?: (id: string) => void;
}): ReactNode {
  const group = useId();
  const [own, setOwn] = useState(tabs[0]?.id);
  const current = tabs.find(({ id }) => id === (selected ?? own)) ?? tabs[0];
  const choose = (id: string): void => {
    setOwn(id);
    onSelect?.(id);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(({ id }) => id === current?.id);
    const step = STEPS[event.key];
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : step === undefined ? -1 : at + step;
    const next = tabs[(to + tabs.length) % tabs.length];
    if ((to === -1 && step === undefined) || next === undefined) return;
    event.preventDefault();
    choose(next.id);
    document.getElementById(`${group}-${next.id}`)?.focus();
  };
  return (
    <div>
      <div
        role="tablist"
        aria-label={label}
        className="flex gap-1 overflow-x-auto overflow-y-hidden border-b border-line"
        onKeyDown={onKeyDown}
      >
        {tabs.map(({ id, label: name }) => (
          <button
            key={id}
            id={`${group}-${id}`}
            type="button"
            role="tab"
            aria-selected={id === current?.id}
            aria-controls={`${group}-panel`}
            tabIndex={id === current?.id ? 0 : -1}
            onClick={() => choose(id)}
            className="-mb-px min-h-10 border-b-2 border-transparent px-3 text-sm whitespace-nowrap text-muted hover:text-ink focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink"
          >
            {name}
          </button>
        ))}
      </div>
      <div id={`${group}-panel`} role="tabpanel" aria-labelledby={`${group}-${current?.id}`} className="pt-4">
        {current?.panel}
      </div>
    </div>
  );
}
