'use client';

import { type ReactNode, useEffect, useId, useRef } from 'react';

export interface DialogProps {
  readonly open: boolean;
  /** Called for Escape, the close button and a press beside the dialog. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Buttons at the bottom. */
  readonly footer?: ReactNode;
  /** `drawer` sits at the right edge over the full height. */
  readonly shape?: 'dialog' | 'drawer';
}

const SHAPES = {
  dialog: 'dialog m-auto w-[min(36rem,calc(100vw-2rem))] max-h-[calc(100dvh-2rem)] rounded-xl',
  drawer: 'drawer w-[min(26rem,100vw)] border-y-0 border-r-0',
} as const;

/** A modal dialog of the browser: focus stays inside, Escape closes, focus returns to where it was. */
export function Dialog({ open, onClose, title, children, footer, shape = 'dialog' }: DialogProps): ReactNode {
  const element = useRef<HTMLDialogElement>(null);
  const opener = useRef<Element | null>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (open && !dialog.open) {
      opener.current = document.activeElement;
      dialog.showModal();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  // The browser gives the focus back when a dialog closes, not when it is taken off the page.
  useEffect(
    () => () => {
      if (opener.current instanceof HTMLElement && document.activeElement === document.body) opener.current.focus();
    },
    [],
  );
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a link that is pressed by keyboard is clicked, too
    <dialog
      ref={element}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Whoever follows a link of the site wants to see where it leads.
      onClick={(event) => {
        if (event.defaultPrevented && event.target instanceof Element && event.target.closest('a') !== null) onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose();
      }}
      className={`overflow-hidden border border-line bg-raised p-0 text-ink shadow-raised ${SHAPES[shape]}`}
    >
      {open && (
        <div className={`flex flex-col ${shape === 'drawer' ? 'h-full' : 'max-h-[calc(100dvh-2rem)]'}`}>
          <header className="flex items-start justify-between gap-4 border-b border-line px-5 py-4">
            <h2 id={id} className="min-w-0 text-base break-words">
              {title}
            </h2>
            <button
              type="button"
              onClick={onClose}
              aria-label="Close"
              className="-m-1.5 grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink"
            >
              <svg aria-hidden viewBox="0 0 16 16" className="size-4" stroke="currentColor" strokeWidth="1.5">
                <path d="m3 3 10 10M13 3 3 13" />
              </svg>
            </button>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</footer>
          )}
        </div>
      )}
    </dialog>
  );
}
