import { formatAssay, formatDuration } from '../../lib/format.ts';

const DAY = 86_400n;
const ASSAY = 10n ** 18n;

/** A setting of governance itself, with the bounds of contracts/governance/AssayGovernor.sol. */
export interface GovernanceSetting {
  readonly functionName: string;
  readonly contract: 'governor' | 'timelock';
  readonly label: string;
  readonly unit: 'seconds' | 'wei' | 'percent';
  readonly min: bigint;
  readonly max: bigint;
  /** Field of the index's `Protocol` with the value of now. */
  readonly field:
    | 'votingDelaySeconds'
    | 'votingPeriodSeconds'
    | 'proposalThresholdWei'
    | 'quorumPercent'
    | 'lateQuorumExtensionSeconds'
    | 'timelockDelaySeconds';
}

export const SETTINGS: readonly GovernanceSetting[] = [
  {
    functionName: 'setVotingDelay',
    contract: 'governor',
    label: 'Voting delay',
    unit: 'seconds',
    min: 1n,
    max: 30n * DAY,
    field: 'votingDelaySeconds',
  },
  {
    functionName: 'setVotingPeriod',
    contract: 'governor',
    label: 'Voting period',
    unit: 'seconds',
    min: 1n,
    max: 60n * DAY,
    field: 'votingPeriodSeconds',
  },
  {
    functionName: 'setProposalThreshold',
    contract: 'governor',
    label: 'Votes needed to propose',
    unit: 'wei',
    min: ASSAY,
    max: 10_000_000n * ASSAY,
    field: 'proposalThresholdWei',
  },
  {
    functionName: 'updateQuorumNumerator',
    contract: 'governor',
    label: 'Quorum',
    unit: 'percent',
    min: 1n,
    max: 10n,
    field: 'quorumPercent',
  },
  {
    functionName: 'setLateQuorumVoteExtension',
    contract: 'governor',
    label: 'Extension when the quorum comes late',
    unit: 'seconds',
    min: 0n,
    max: 30n * DAY,
    field: 'lateQuorumExtensionSeconds',
  },
  {
    functionName: 'updateDelay',
    contract: 'timelock',
    label: 'Delay of the timelock',
    unit: 'seconds',
    min: 0n,
    // The contract knows no bound; a delay beyond a year would lock the DAO out of its own protocol.
    max: 365n * DAY,
    field: 'timelockDelaySeconds',
  },
];

export function formatSetting(unit: GovernanceSetting['unit'], value: bigint): string {
  if (unit === 'wei') return formatAssay(value);
  return unit === 'percent' ? `${value} % of the supply` : formatDuration(value);
}
