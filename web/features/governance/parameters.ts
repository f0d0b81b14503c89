import { formatAssay, formatDuration } from '../../lib/format.ts';

const ASSAY = 10n ** 18n;
const DAY = 86_400n;

export type Unit = 'wei' | 'seconds';

/** A number of `IParameters.Parameter` with its hard bounds (contracts/governance/Parameters.sol). */
export interface GovernedParameter {
  /** Position in the enumeration. */
  readonly key: number;
  /** Name in the enumeration, which is also its id in the index. */
  readonly name: string;
  readonly label: string;
  readonly meaning: string;
  readonly unit: Unit;
  /** `floor`: the shortest window, fixed when the protocol was deployed. */
  readonly min: bigint | 'floor';
  readonly max: bigint;
}

const wei = (name: string, label: string, meaning: string, min: bigint, max: bigint) =>
  ({ name, label, meaning, unit: 'wei', min, max }) as const;
const seconds = (name: string, label: string, meaning: string, min: bigint | 'floor', days: bigint) =>
  ({ name, label, meaning, unit: 'seconds', min, max: days * DAY }) as const;

export const PARAMETERS: readonly GovernedParameter[] = [
  wei('MinStakeWei', 'Least stake', 'Active stake a worker needs to take jobs', 1n, 10_000_000n * ASSAY),
  seconds('ThawSeconds', 'Thaw', 'Time between asking for stake back and getting it', 'floor', 180n),
  seconds('ChallengeWindowSeconds', 'Challenge window', 'Time in which an answer may be disputed', 'floor', 30n),
  seconds('MaxJobSeconds', 'Longest job', 'Longest time from the opening of a job to its expiry', 1n, 30n),
  wei('ClaimLockWei', 'Stake behind a claim', 'What a false answer costs its worker', 0n, 10_000_000n * ASSAY),
  wei('MaxFeeWei', 'Highest fee', 'Most that one job may pay', 1n, 1_000_000_000n * ASSAY),
  wei('ChallengeBondWei', 'Bond of a challenge', 'What a challenger puts up', 1n, 1_000_000n * ASSAY),
  seconds('ClockSeconds', 'Clock', 'Time budget of each side in a dispute', 1n, 7n),
  seconds('ReplySeconds', 'Time for a move', 'Least time a side always has for one move', 1n, 1n),
  seconds('ReceiptSeconds', 'Time to file', 'How long a signed receipt may be filed with the court', 1n, 30n),
  wei('GasRefundWei', 'Gas refund', 'What a successful challenger gets for gas', 0n, 1_000_000n * ASSAY),
].map((parameter, key) => ({ key, ...parameter }));

export type Values = Readonly<Record<string, bigint>>;

export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

export const boundsOf = ({ min, max }: GovernedParameter, floorSeconds: bigint): Bounds => ({
  min: min === 'floor' ? floorSeconds : min,
  max,
});

/** A governed amount or span in words; exact seconds stand behind spans that words round. */
export function formatUnit(unit: Unit, value: bigint): string {
  if (unit === 'wei') return formatAssay(value);
  const words = formatDuration(value);
  return value < 60n || value % 60n === 0n ? words : `${words} (${value} s)`;
}

/** Moves of the longest game, as Parameters.sol counts them. */
const MAX_MOVES = 32n;

/** `Parameters.longestClaimSeconds`: from an answer to the end of its last dispute. */
export function longestClaimSeconds(values: Values): bigint {
  const of = (name: string): bigint => values[name] ?? 0n;
  const clock = of('ClockSeconds');
  const reply = of('ReplySeconds');
  return of('ReceiptSeconds') + of('ChallengeWindowSeconds') + clock + reply + 2n * clock + MAX_MOVES * reply;
}

/** Why `Parameters.set` would refuse the value; undefined when it would take it. `values` are those before. */
export function parameterFault(
  parameter: GovernedParameter,
  value: bigint,
  values: Values,
  floorSeconds: bigint,
): string | undefined {
  const { min, max } = boundsOf(parameter, floorSeconds);
  if (value < min || value > max)
    return `Outside the hard bounds: ${formatUnit(parameter.unit, min)} to ${formatUnit(parameter.unit, max)}`;
  const after = { ...values, [parameter.name]: value };
  const { ThawSeconds: thaw, ClaimLockWei: lock, MaxFeeWei: fee } = after;
  const longest = longestClaimSeconds(after);
  if (thaw !== undefined && thaw < longest)
    return `The thaw (${formatUnit('seconds', thaw)}) would be shorter than the longest claim (${formatUnit('seconds', longest)})`;
  if (lock !== undefined && fee !== undefined && lock < fee)
    return `The stake behind a claim (${formatAssay(lock)}) would be below the highest fee (${formatAssay(fee)})`;
  return undefined;
}

/** In basis points; the three add up to 10,000. */
export interface FeeShares {
  readonly workerBps: number;
  readonly authorBps: number;
  readonly treasuryBps: number;
}

/** Why `Parameters.setFeeShares` would refuse them. */
export function sharesFault({ workerBps, authorBps, treasuryBps }: FeeShares): string | undefined {
  const sum = workerBps + authorBps + treasuryBps;
  if (sum !== 10_000) return `The shares add up to ${sum / 100} %, not 100 %`;
  if (workerBps < 5000) return "The worker's share never falls below 50 %";
  if (authorBps > 4000) return "The author's share never exceeds 40 %";
  if (treasuryBps > 2000) return "The treasury's share never exceeds 20 %";
  return undefined;
}
