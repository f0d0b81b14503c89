import type { ReactNode } from 'react';

/** A hallmark: the cut-cornered stamp with a balance inside. */
export function Logo({ className = 'size-7' }: { readonly className?: string }): ReactNode {
  return (
    <svg aria-hidden viewBox="0 0 28 28" className={className}>
      <path d="M7 1h14l6 6v14l-6 6H7l-6-6V7z" className="fill-accent" />
      <path
        d="M14 6v14.5M7.5 9.5h13M7.5 9.5 5 15.5h5zM20.5 9.5l-2.5 6h5zM10.5 21h7"
        className="stroke-accent-ink"
        fill="none"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
