import type { ReactNode } from 'react';
import { formatNumber } from '../../lib/format.ts';
import type { Latency } from '../../lib/latency.ts';

/** p50 / p90 / p99 of a gateway, or why there are none. */
export function LatencyCell({
  latency,
  isConfigured,
  isMeasuring,
}: {
  readonly latency: Latency | undefined;
  readonly isConfigured: boolean;
  readonly isMeasuring: boolean;
}): ReactNode {
  if (!isConfigured)
    return (
      <span className="text-muted" title="Its address is not among the gateways of the settings">
        not configured
      </span>
    );
  if (latency === undefined) return <span className="text-muted">{isMeasuring ? 'measuring…' : 'not measured'}</span>;
  if (latency.samples === 0) return <span className="text-critical">no answer</span>;
  const of = (value: number): string => formatNumber(value, value < 10 ? 1 : 0);
  return (
    <span data-figures title={`${latency.samples} answers, ${latency.failures} failures`}>
      {of(latency.p50)} / {of(latency.p90)} / {of(latency.p99)} ms
    </span>
  );
}
