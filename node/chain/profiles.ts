const ASSAY = 10n ** 18n;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Everything a deployment decides that governance may change later, and the one floor that it may not. */
export interface DeploymentProfile {
  /** Seconds between a proposal and the snapshot of votes. */
  readonly votingDelay: number;
  readonly votingPeriod: number;
  /** Seconds that a late quorum leaves to the other side. */
  readonly lateQuorumExtension: number;
  /** Seconds between queueing and execution. */
  readonly timelockDelay: number;
  readonly proposalThresholdWei: bigint;
  /** Percent of the supply. */
  readonly quorumPercent: bigint;
  /** Shortest challenge window and thaw that governance may ever choose, seconds. */
  readonly windowFloor: number;
  readonly minStakeWei: bigint;
  readonly thaw: number;
  readonly challengeWindow: number;
  readonly maxJob: number;
  /** What a false claim costs; not below the highest fee. */
  readonly claimLockWei: bigint;
  readonly maxFeeWei: bigint;
  /** Flat bond of one challenge: pays for the worker's moves when the challenge is lost. */
  readonly challengeBondWei: bigint;
  /** Time budget of each side in one game, seconds. */
  readonly clock: number;
  /** Least time for one move, seconds. */
  readonly reply: number;
  /** How long after its issue a signed receipt may be filed, seconds. */
  readonly timeToFile: number;
  /** Out of a slash to a successful challenger, for his gas; also the price of demanded input data. */
  readonly gasRefundWei: bigint;
  /** Basis points; the three add up to 10,000. */
  readonly shares: { readonly workerBps: number; readonly authorBps: number; readonly treasuryBps: number };
}

export type ProfileName = 'dev' | 'fast' | 'standard';

const SHARED = {
  quorumPercent: 4n,
  minStakeWei: 1_000n * ASSAY,
  claimLockWei: ASSAY,
  maxFeeWei: ASSAY,
  challengeBondWei: ASSAY / 10n,
  gasRefundWei: ASSAY / 20n,
  shares: { workerBps: 8_000, authorBps: 1_500, treasuryBps: 500 },
} as const;

/**
 * `dev`: a vote takes seconds, for local chains. `fast`: disputes within hours, for small sums where the sequencer is
 * assumed to be live. `standard`: days, for chains with real money. The thaw outlasts the longest claim
 * (`Parameters.longestClaimSeconds`): 753 s, 41 h, 279 h. Clocks: verification.md 3.6.
 */
export const PROFILES: Readonly<Record<ProfileName, DeploymentProfile>> = {
  dev: {
    ...SHARED,
    votingDelay: 1,
    votingPeriod: 8,
    lateQuorumExtension: 2,
    timelockDelay: 2,
    proposalThresholdWei: 1_000n * ASSAY,
    windowFloor: 1,
    thaw: 30 * MINUTE,
    challengeWindow: 3,
    maxJob: 10 * MINUTE,
    clock: 2 * MINUTE,
    reply: 10,
    timeToFile: MINUTE,
  },
  fast: {
    ...SHARED,
    votingDelay: HOUR,
    votingPeriod: DAY,
    lateQuorumExtension: 6 * HOUR,
    timelockDelay: DAY,
    proposalThresholdWei: 100_000n * ASSAY,
    windowFloor: 15 * MINUTE,
    thaw: 4 * DAY,
    challengeWindow: HOUR,
    maxJob: 6 * HOUR,
    clock: 2 * HOUR,
    reply: 15 * MINUTE,
    timeToFile: DAY,
  },
  standard: {
    ...SHARED,
    votingDelay: DAY,
    votingPeriod: 5 * DAY,
    lateQuorumExtension: DAY,
    timelockDelay: 2 * DAY,
    proposalThresholdWei: 100_000n * ASSAY,
    windowFloor: HOUR,
    thaw: 14 * DAY,
    challengeWindow: 36 * HOUR,
    maxJob: DAY,
    clock: DAY,
    reply: 3 * HOUR,
    timeToFile: 3 * DAY,
  },
};
