/** What one look at a worker's `/metrics` says; counters since its start. */
export interface MetricsSample {
  readonly answered: number;
  readonly failed: number;
  /** Cumulative counts by upper bound in seconds, ascending; the last bound is infinite. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly inFlight: number;
  readonly waiting: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

const MAX_LINES = 20_000;
const LINE = /^([a-z_]+)(?:\{([^}]*)\})? ([0-9.eE+-]+|\+Inf|NaN)$/;

/** Reads the Prometheus text format; names it does not know are left out. */
export function parseMetrics(text: string): MetricsSample {
  const sums = new Map<string, number>();
  const buckets = new Map<number, number>();
  let answered = 0;
  let failed = 0;
  for (const line of text.split('\n', MAX_LINES)) {
    const match = LINE.exec(line);
    if (match === null) continue;
    const [, name = '', labels = '', number = ''] = match;
    const value = Number(number);
    if (!Number.isFinite(value)) continue;
    if (name === 'assay_infer_requests_total') {
      if (/status="200"/.test(labels)) answered += value;
      else failed += value;
    } else if (name === 'assay_infer_seconds_bucket') {
      const bound = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
      const at = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
      buckets.set(at, (buckets.get(at) ?? 0) + value);
    } else sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return {
    answered,
    failed,
    buckets: [...buckets].sort(([a], [b]) => a - b),
    inFlight: sums.get('assay_infer_in_flight') ?? 0,
    waiting: sums.get('assay_infer_waiting') ?? 0,
    residentBytes: sums.get('process_resident_memory_bytes') ?? 0,
    cpuSeconds: sums.get('process_cpu_seconds_total') ?? 0,
  };
}

/** What happened between two looks. */
export interface Rates {
  readonly jobsPerSecond: number;
  readonly failedPerSecond: number;
  /** Seconds; undefined when nothing was answered in between. */
  readonly p50Seconds: number | undefined;
  readonly p95Seconds: number | undefined;
  /** Share of one core. */
  readonly cpu: number;
}

export function ratesBetween(before: MetricsSample, after: MetricsSample, seconds: number): Rates {
  const per = (now: number, then: number): number => Math.max(0, now - then) / seconds;
  const since = after.buckets.map(
    ([bound, count], i) => [bound, Math.max(0, count - (before.buckets[i]?.[1] ?? 0))] as const,
  );
  return {
    jobsPerSecond: per(after.answered, before.answered),
    failedPerSecond: per(after.failed, before.failed),
    p50Seconds: quantile(since, 0.5),
    p95Seconds: quantile(since, 0.95),
    cpu: per(after.cpuSeconds, before.cpuSeconds),
  };
}

/** As Prometheus' histogram_quantile: linear inside the bucket, the last finite bound beyond. */
export function quantile(buckets: MetricsSample['buckets'], share: number): number | undefined {
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = share * total;
  const at = buckets.findIndex(([, count]) => count >= rank);
  const [bound, count] = buckets[at]!;
  const [low, below] = at === 0 ? [0, 0] : buckets[at - 1]!;
  if (!Number.isFinite(bound)) return low;
  return low + ((bound - low) * (rank - below)) / (count - below);
}
