const ASSAY = 10n ** 18n;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `IAuditPool.Rules`: amounts in wei, times in seconds. */
export interface AuditRules {
  readonly bondWei: bigint;
  readonly baseFeeWei: bigint;
  readonly missWei: bigint;
  readonly canaryWei: bigint;
  readonly auditBps: number;
  readonly seats: number;
  readonly startSeconds: number;
  readonly commitSeconds: number;
  readonly revealSeconds: number;
  readonly canarySeconds: number;
  readonly contestSeconds: number;
  readonly thawSeconds: number;
}

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
  /** Blocks between the opening of an audit round and the block whose hash draws it. */
  readonly beaconDelayBlocks: number;
  readonly audits: AuditRules;
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

/** What an audit costs and pays: test/economics/audits.test.ts shows that laziness loses and looking wins at these. */
const AUDIT_MONEY = {
  bondWei: 100n * ASSAY,
  baseFeeWei: ASSAY / 50n,
  missWei: ASSAY,
  canaryWei: 50n * ASSAY,
  auditBps: 200,
  seats: 2,
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
    beaconDelayBlocks: 1,
    audits: {
      ...AUDIT_MONEY,
      startSeconds: 10 * MINUTE,
      commitSeconds: 6,
      revealSeconds: 6,
      canarySeconds: MINUTE,
      contestSeconds: 3,
      thawSeconds: 15 * MINUTE,
    },
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
    beaconDelayBlocks: 64,
    audits: {
      ...AUDIT_MONEY,
      startSeconds: 20 * MINUTE,
      commitSeconds: 10 * MINUTE,
      revealSeconds: 10 * MINUTE,
      canarySeconds: 6 * HOUR,
      contestSeconds: 15 * MINUTE,
      thawSeconds: 2 * DAY,
    },
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
    // Four epochs: whoever would reject a value has to give up a block that he proposes by chance.
    beaconDelayBlocks: 128,
    audits: {
      ...AUDIT_MONEY,
      startSeconds: 12 * HOUR,
      commitSeconds: 4 * HOUR,
      revealSeconds: 4 * HOUR,
      canarySeconds: DAY,
      contestSeconds: 12 * HOUR,
      thawSeconds: 4 * DAY,
    },
  },
};
