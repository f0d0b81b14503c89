'use client';

import { type ReactNode, useEffect, useId, useRef, useState } from 'react';

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
  const [open, setOpen] = useState(false);
  const wrapper = useRef<HTMLSpanElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const onPress = (event: PointerEvent): void => {
      if (!wrapper.current?.contains(event.target as Node)) setOpen(false);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') setOpen(false);
    };
    document.addEventListener('pointerdown', onPress);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('pointerdown', onPress);
      document.removeEventListener('keydown', onKey);
    };
  }, [open]);
  return (
    <span ref={wrapper} className="relative inline-block">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        aria-label={trigger === undefined ? undefined : label}
        onClick={() => setOpen(!open)}
        className="text-muted underline decoration-dotted underline-offset-4 hover:text-ink"
      >
        {trigger ?? label}
      </button>
      <span
        id={id}
        hidden={!open}
        className="absolute top-full left-0 z-30 mt-2 block w-72 max-w-[calc(100vw-3rem)] rounded-lg border border-line bg-raised p-4 text-left text-sm font-normal whitespace-normal text-ink shadow-raised [[hidden]&]:hidden"
      >
        {children}
      </span>
    </span>
  );
}
