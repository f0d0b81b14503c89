import { useSubgraph } from '../../lib/subgraph.ts';

/** What clients paid lately, from the index. */
export interface RecentFees {
  readonly perDayWei: bigint;
  readonly jobs: number;
  /** Days that the average is over: at most 30, fewer on a young network, at least one. */
  readonly days: number;
}

const WINDOW_DAYS = 30;
const DAY = 86_400;
const QUERY = `query RecentFees {
  days(first: ${WINDOW_DAYS}, orderBy: startedAt, orderDirection: desc) { startedAt feesWei jobsCompleted }
}`;

interface Answer {
  readonly days: readonly { readonly startedAt: string; readonly feesWei: string; readonly jobsCompleted: number }[];
}

/** Mean of the newest thirty days that anything happened on. */
export function averageFees(days: Answer['days'], nowSeconds: number): RecentFees {
  const recent = days.filter(({ startedAt }) => nowSeconds - Number(startedAt) < WINDOW_DAYS * DAY);
  const first = Math.min(nowSeconds, ...recent.map(({ startedAt }) => Number(startedAt)));
  const span = Math.max(1, Math.ceil((nowSeconds - first) / DAY));
  const feesWei = recent.reduce((sum, day) => sum + BigInt(day.feesWei), 0n);
  const jobs = recent.reduce((sum, day) => sum + day.jobsCompleted, 0);
  return { perDayWei: feesWei / BigInt(span), jobs, days: span };
}

export function useRecentFees(): RecentFees | undefined {
  const { data } = useSubgraph<Answer>(QUERY, {}, { refetchMs: 60_000 });
  if (data === undefined) return undefined;
  const newest = Number(data.days[0]?.startedAt ?? 0);
  // A local chain may have travelled ahead of this machine's clock.
  return averageFees(data.days, Math.max(newest + 1, Math.floor(Date.now() / 1000)));
}
