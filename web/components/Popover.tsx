'use client';

import { type ReactNode, useId, useRef } from 'react';

const MARGIN = 12;

/** Below the button and inside the window, whatever clips the button itself. */
function place(button: HTMLElement, note: HTMLElement): void {
  const { left, bottom, top } = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = note;
  const fits = bottom + height + MARGIN <= innerHeight;
  note.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  note.style.top = `${fits ? bottom + 6 : Math.max(MARGIN, top - height - 6)}px`;
}

/** A note that opens at its button: for assumptions and explanations. Escape or a press elsewhere closes it. */
export function Popover({
  label,
  children,
  trigger,
}: {
  /** What the button opens, for screen readers; also its text unless `trigger` is given. */
  readonly label: string;
  readonly children: ReactNode;
  readonly trigger?: ReactNode;
}): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  const note = useRef<HTMLSpanElement>(null);
  const id = useId();
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-label={trigger === undefined ? undefined : label}
        className="text-muted underline decoration-dotted underline-offset-4 hover:text-ink"
      >
        {trigger ?? label}
      </button>
      <span
        ref={note}
        id={id}
        popover="auto"
        onToggle={(event) => {
          if (event.newState === 'open' && button.current !== null && note.current !== null)
            place(button.current, note.current);
        }}
        className="fixed inset-auto m-0 w-72 max-w-[calc(100vw-1.5rem)] rounded-lg border border-line bg-raised p-4 text-left text-sm font-normal whitespace-normal text-ink shadow-raised"
      >
        {children}
      </span>
    </>
  );
}
