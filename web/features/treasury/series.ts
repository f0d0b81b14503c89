import type { DayRow, RewardPoint } from './query.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Enough for a picture: a chart does not show more. */
const WEI_PER_UNIT = 10n ** 9n;

/** ASSAY as a number for a chart: nine decimals are exact below nine million, and charts round. */
export const chartAmount = (wei: string | bigint): number => Number(BigInt(wei) / WEI_PER_UNIT) / 1e9;

export interface FeePoint {
  readonly [key: string]: number;
  readonly time: number;
  readonly worker: number;
  readonly author: number;
  readonly other: number;
}

/** How long one bar stands for, so that a young network shows more than one. */
export function bucketSeconds(spanSeconds: number): number {
  if (spanSeconds <= 2 * HOUR) return 300;
  if (spanSeconds <= 3 * DAY) return HOUR;
  return DAY;
}

/** Rewards by time and kind, oldest first, with empty buckets between. */
export function rewardSeries(rewards: readonly RewardPoint[]): readonly FeePoint[] {
  const times = rewards.map(({ at }) => Number(at));
  if (times.length === 0) return [];
  // 1,000 rewards at most, so that the arguments of a call are few enough.
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const size = bucketSeconds(last - first);
  const start = Math.floor(first / size) * size;
  const count = Math.min(400, Math.floor((last - start) / size) + 1);
  const sums = Array.from({ length: count }, () => ({ worker: 0n, author: 0n, other: 0n }));
  for (const { at, kind, amountWei } of rewards) {
    const sum = sums[Math.floor((Number(at) - start) / size)];
    if (sum !== undefined)
      sum[kind === 'WORKER' ? 'worker' : kind === 'AUTHOR' ? 'author' : 'other'] += BigInt(amountWei);
  }
  return sums.map((sum, at) => ({
    time: start + at * size,
    worker: chartAmount(sum.worker),
    author: chartAmount(sum.author),
    other: chartAmount(sum.other),
  }));
}

export interface BalancePoint {
  readonly [key: string]: number;
  readonly time: number;
  readonly in: number;
  readonly out: number;
  readonly balance: number;
}

/** Days come newest first and only where something happened; the chart wants every day, oldest first. */
export function balanceSeries(days: readonly DayRow[]): readonly BalancePoint[] {
  const known = days.toReversed();
  const points: BalancePoint[] = [];
  for (const day of known) {
    const time = Number(day.startedAt);
    const last = points.at(-1);
    for (let gap = (last?.time ?? time) + DAY; last !== undefined && gap < time && points.length < 400; gap += DAY)
      points.push({ time: gap, in: 0, out: 0, balance: last.balance });
    points.push({
      time,
      in: chartAmount(day.treasuryInWei),
      out: chartAmount(day.treasuryOutWei),
      balance: chartAmount(day.treasuryWei),
    });
  }
  return points;
}
