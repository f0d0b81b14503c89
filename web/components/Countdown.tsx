'use client';

import type { ReactNode } from 'react';
import { formatDuration, formatTime, isoTime } from '../lib/format.ts';
import { useNow } from '../lib/useNow.ts';

/** Time left until a moment, in Unix seconds of the chain. Ticks each second near the end, each minute before. */
export function Countdown({
  until,
  done = 'now',
}: {
  readonly until: number | bigint | string;
  /** Shown when the moment has passed. */
  readonly done?: ReactNode;
}): ReactNode {
  const now = useNow(1000);
  if (now === undefined) return <time>{formatTime(until)}</time>;
  const left = Number(until) - now;
  return (
    <time dateTime={isoTime(until)} title={formatTime(until)}>
      {left <= 0 ? done : formatDuration(left)}
    </time>
  );
}
