import type { ReactNode } from 'react';

export type Tone = 'neutral' | 'accent' | 'positive' | 'caution' | 'critical';

const TONES: Readonly<Record<Tone, string>> = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent',
  positive: 'bg-positive-soft text-positive',
  caution: 'bg-caution-soft text-caution',
  critical: 'bg-critical-soft text-critical',
};

/** A short state. `stamp` gives it the cut corners of a hallmark: only for what was checked by computation. */
export function Badge({
  tone = 'neutral',
  stamp = false,
  children,
}: {
  readonly tone?: Tone;
  readonly stamp?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span
      className={`inline-flex items-center gap-1 px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]} ${stamp ? 'hallmark px-2.5' : 'rounded'}`}
    >
      {children}
    </span>
  );
}
