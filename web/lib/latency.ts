/** Round trips of one gateway as this browser sees them, in milliseconds. */
export interface Latency {
  readonly samples: number;
  readonly failures: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Nearest-rank percentile of sorted values. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[Math.min(rank, sorted.length) - 1] ?? Number.NaN;
}

export function summarise(times: readonly number[], failures: number): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    samples: times.length,
    failures,
    p50: percentile(sorted, 50),
    p90: percentile(sorted, 90),
    p99: percentile(sorted, 99),
  };
}

const SAMPLES = 12;
const TIMEOUT_MS = 4000;

/**
 * Asks a gateway whether it is ready, one time after the other. The first answer opens the connection and is not counted.
 * Only for gateways that the site is configured to talk to.
 */
export async function measure(gateway: string, signal: AbortSignal, samples = SAMPLES): Promise<Latency> {
  const times: number[] = [];
  let failures = 0;
  for (let i = 0; i <= samples && !signal.aborted; i++) {
    const begun = performance.now();
    try {
      const response = await fetch(`${gateway.replace(/\/$/, '')}/v2/health/ready`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        cache: 'no-store',
        redirect: 'error',
      });
      await response.arrayBuffer();
      if (!response.ok) failures += 1;
      else if (i > 0) times.push(performance.now() - begun);
    } catch {
      // No answer is a measurement too.
      failures += 1;
    }
  }
  return summarise(times, failures);
}

/** The configured gateway that a worker's endpoint names; only those may be asked. */
export function gatewayOf(endpoint: string, gateways: readonly string[]): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { origin } = new URL(endpoint);
  return gateways.find((gateway) => URL.canParse(gateway) && new URL(gateway).origin === origin);
}
