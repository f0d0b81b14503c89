import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { Action, ProposalRecord } from './proposal.ts';

export const PROPOSALS_QUERY = `query Proposals($first: Int!, $skip: Int!) {
  proposals(first: $first, skip: $skip, orderBy: createdAt, orderDirection: desc) {
    id title proposer { id } status createdAt snapshotAt deadlineAt etaAt executedAt canceledAt extended
    forWei againstWei abstainWei voteCount
  }
  protocol(id: "assay") {
    supplyWei quorumPercent votingDelaySeconds votingPeriodSeconds timelockDelaySeconds proposalThresholdWei
    lateQuorumExtensionSeconds proposals votes
  }
}`;

export interface ProposalRow extends ProposalRecord {
  readonly id: string;
  readonly title: string;
  readonly proposer: { readonly id: string };
  readonly createdAt: string;
  readonly executedAt: string | null;
  readonly canceledAt: string | null;
  readonly extended: boolean;
  readonly voteCount: number;
}

export interface GovernanceTerms {
  readonly supplyWei: string;
  readonly quorumPercent: string;
  readonly votingDelaySeconds: string;
  readonly votingPeriodSeconds: string;
  readonly timelockDelaySeconds: string;
  readonly proposalThresholdWei: string;
  readonly lateQuorumExtensionSeconds: string;
}

export interface ProposalsAnswer {
  readonly proposals: readonly ProposalRow[];
  readonly protocol: (GovernanceTerms & { readonly proposals: number; readonly votes: number }) | null;
}

export const PROPOSAL_QUERY = `query Proposal($id: ID!) {
  proposal(id: $id) {
    id title description proposer { id } status createdAt createdTx snapshotAt deadlineAt extended etaAt
    queuedTx executedAt executedTx canceledAt canceledTx forWei againstWei abstainWei voteCount
    targets values calldatas
  }
  protocol(id: "assay") {
    supplyWei quorumPercent votingDelaySeconds votingPeriodSeconds timelockDelaySeconds proposalThresholdWei
    lateQuorumExtensionSeconds proposalGuardian
  }
}`;

export interface ProposalDetail extends ProposalRow {
  readonly description: string;
  readonly createdTx: Hex;
  readonly queuedTx: Hex | null;
  readonly executedTx: Hex | null;
  readonly canceledTx: Hex | null;
  readonly targets: readonly Address[];
  readonly values: readonly string[];
  readonly calldatas: readonly Hex[];
}

export interface ProposalAnswer {
  readonly proposal: ProposalDetail | null;
  readonly protocol: (GovernanceTerms & { readonly proposalGuardian: string | null }) | null;
}

export const actionsOf = ({ targets, values, calldatas }: ProposalDetail): readonly Action[] =>
  targets.map((target, at) => ({
    target,
    valueWei: BigInt(values[at] ?? '0'),
    calldata: calldatas[at] ?? '0x',
  }));

/** `tx` and `at` are the execution's. A hash of zeros finds nothing, {@link NO_END} everything. */
export const FACTS_QUERY = `query Facts($models: [ID!]!, $versions: [ID!]!, $tx: Bytes!, $at: BigInt!) {
  protocol(id: "assay") {
    workerBps authorBps treasuryBps treasuryWei proposalGuardian votingDelaySeconds votingPeriodSeconds
    proposalThresholdWei quorumPercent lateQuorumExtensionSeconds timelockDelaySeconds
  }
  parameters(first: 50) { id value }
  auditRules_collection(first: 1, where: { at_lt: $at }, orderBy: at, orderDirection: desc) {
    bondWei baseFeeWei missWei canaryWei auditBps seats startSeconds commitSeconds revealSeconds canarySeconds
    contestSeconds thawSeconds
  }
  models(first: 100, where: { id_in: $models }) { id slug liveVersion { id } }
  versions(first: 100, where: { id_in: $versions }) { id model { id } cid sha256 exact }
  parameterChanges(first: 100, where: { tx: $tx }) { parameter { id } oldValue }
  liveChanges(first: 100, where: { tx: $tx }) { model { id } previous { id model { id } cid sha256 exact } }
  settingChanges(first: 100, where: { tx: $tx }) { kind oldValue newValue }
  guardians: settingChanges(
    first: 1, where: { kind: "ProposalGuardianSet", at_lt: $at }, orderBy: at, orderDirection: desc
  ) { subject }
}`;
export const NO_TX = `0x${'0'.repeat(64)}`;
export const NO_END = '99999999999';

export const VOTES_QUERY = `query Votes($proposal: String!, $first: Int!, $skip: Int!) {
  votes(where: { proposal: $proposal }, orderBy: weightWei, orderDirection: desc, first: $first, skip: $skip) {
    id voter { id } support weightWei reason at tx
  }
}`;

export type VoteSupport = 'FOR' | 'AGAINST' | 'ABSTAIN';

export interface VoteRow {
  readonly id: string;
  readonly voter: { readonly id: string };
  readonly support: VoteSupport;
  readonly weightWei: string;
  readonly reason: string;
  readonly at: string;
  readonly tx: string;
}

export interface VotesAnswer {
  readonly votes: readonly VoteRow[];
}

export const DELEGATES_QUERY = `query Delegates($first: Int!, $skip: Int!) {
  accounts(orderBy: votesWei, orderDirection: desc, where: { votesWei_gt: "0" }, first: $first, skip: $skip) {
    id votesWei tokenVotesWei stakeVotesWei delegators(first: 1000) { id }
  }
  protocol(id: "assay") { supplyWei }
}`;

export interface DelegateRow {
  readonly id: string;
  readonly votesWei: string;
  readonly tokenVotesWei: string;
  readonly stakeVotesWei: string;
  readonly delegators: readonly { readonly id: string }[];
}

export interface DelegatesAnswer {
  readonly accounts: readonly DelegateRow[];
  readonly protocol: { readonly supplyWei: string } | null;
}

/** What the builder offers to choose from. */
export const CHOICES_QUERY = `query Choices {
  models(first: 500, orderBy: number) {
    id slug liveVersion { id }
    versions(first: 200, orderBy: number, orderDirection: desc) { id exact publishedAt sha256 cid }
  }
}`;

export interface ModelChoice {
  readonly id: string;
  readonly slug: string;
  readonly liveVersion: { readonly id: string } | null;
  readonly versions: readonly {
    readonly id: string;
    readonly exact: boolean;
    readonly publishedAt: string;
    readonly sha256: string;
    readonly cid: string;
  }[];
}

export interface ChoicesAnswer {
  readonly models: readonly ModelChoice[];
}
