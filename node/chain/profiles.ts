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
  /** Not below the highest fee: a false claim costs more than any job pays. */
  readonly claimLockWei: bigint;
  readonly maxFeeWei: bigint;
  /** Basis points; the three add up to 10,000. */
  readonly shares: { readonly workerBps: number; readonly authorBps: number; readonly treasuryBps: number };
}

export type ProfileName = 'dev' | 'standard';

const SHARED = {
  quorumPercent: 4n,
  minStakeWei: 1_000n * ASSAY,
  claimLockWei: ASSAY,
  maxFeeWei: ASSAY,
  shares: { workerBps: 8_000, authorBps: 1_500, treasuryBps: 500 },
} as const;

/** `dev`: a vote takes seconds, for local chains. `standard`: days, for chains with real money. */
export const PROFILES: Readonly<Record<ProfileName, DeploymentProfile>> = {
  dev: {
    ...SHARED,
    votingDelay: 1,
    votingPeriod: 8,
    lateQuorumExtension: 2,
    timelockDelay: 2,
    proposalThresholdWei: 1_000n * ASSAY,
    windowFloor: 1,
    thaw: MINUTE,
    challengeWindow: 3,
    maxJob: 10 * MINUTE,
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
  },
};
