import type { ReactNode } from 'react';

/** How far something is; without `value` it is under way and nobody knows how far. */
export function ProgressBar({
  value,
  max = 1,
  label,
  detail,
}: {
  readonly value?: number;
  readonly max?: number;
  readonly label: string;
  readonly detail?: ReactNode;
}): ReactNode {
  return (
    <div>
      <div className="mb-1 flex justify-between gap-3 text-xs">
        <span>{label}</span>
        {detail !== undefined && (
          <span data-figures className="text-muted">
            {detail}
          </span>
        )}
      </div>
      <progress
        aria-label={label}
        max={max}
        {...(value === undefined ? {} : { value })}
        className="block h-1.5 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
      />
    </div>
  );
}
