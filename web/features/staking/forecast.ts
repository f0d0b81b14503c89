/** Everything a forecast assumes; none of it is promised by the protocol. */
export interface ForecastAssumptions {
  /** Stake that the worker puts up, in wei. */
  readonly stakeWei: bigint;
  /** Fees that clients pay per day on the whole network, in wei. */
  readonly feesPerDayWei: bigint;
  /** Part of each fee that goes to the worker, in basis points. */
  readonly workerBps: number;
  /** Part of all jobs that this worker gets, 0 to 1. */
  readonly shareOfJobs: number;
  /** What running the worker costs per day, in wei. */
  readonly costsPerDayWei: bigint;
  /** Days that the stake works. */
  readonly horizonDays: number;
  /** Days that it thaws afterwards without working. */
  readonly thawDays: number;
}

export interface Forecast {
  /** Fees earned over the horizon, in wei. */
  readonly incomeWei: bigint;
  readonly costsWei: bigint;
  readonly netWei: bigint;
  /** Net over stake, for the whole time that the stake is bound (horizon and thaw), as a fraction. */
  readonly yieldOverHorizon: number;
  /** The same for a year of such times, without compounding; NaN without stake or time. */
  readonly yieldPerYear: number;
}

const MILLION = 1_000_000n;

/** `wei × factor` for a factor of up to six decimals, without passing through floating point. */
const times = (wei: bigint, factor: number): bigint => (wei * BigInt(Math.round(factor * 1e6))) / MILLION;

/**
 * What a worker would earn on a stake if nothing changed. Linear: stake itself earns nothing, it only lets a worker serve;
 * income is his part of the fees of his part of the jobs. A slash is not in it: it is a fault, not a cost.
 */
export function forecast(assumptions: ForecastAssumptions): Forecast {
  const { stakeWei, feesPerDayWei, workerBps, shareOfJobs, costsPerDayWei, horizonDays, thawDays } = assumptions;
  const days = Math.max(0, horizonDays);
  const share = Math.min(1, Math.max(0, shareOfJobs));
  const incomeWei = times(times((feesPerDayWei * BigInt(workerBps)) / 10_000n, share), days);
  const costsWei = times(costsPerDayWei, days);
  const netWei = incomeWei - costsWei;
  const boundDays = days + Math.max(0, thawDays);
  const yieldOverHorizon = stakeWei > 0n ? Number((netWei * MILLION) / stakeWei) / 1e6 : Number.NaN;
  return {
    incomeWei,
    costsWei,
    netWei,
    yieldOverHorizon,
    yieldPerYear: boundDays > 0 ? (yieldOverHorizon * 365) / boundDays : Number.NaN,
  };
}
