import { BigInt, ByteArray, Bytes, crypto, ethereum } from '@graphprotocol/graph-ts';
import {
  LateQuorumVoteExtensionSet,
  ProposalCanceled,
  ProposalCreated,
  ProposalExecuted,
  ProposalExtended,
  ProposalGuardianSet,
  ProposalQueued,
  ProposalThresholdSet,
  QuorumNumeratorUpdated,
  TimelockChange,
  VoteCast,
  VoteCastWithParams,
  VotingDelaySet,
  VotingPeriodSet,
} from '../generated/AssayGovernor/AssayGovernor';
import { LastOperation, Proposal, Vote } from '../generated/schema';
import { ensureAccount, note } from './lib/accounts';
import { pairId } from './lib/ids';
import { loadDay, loadProtocol, saveDay } from './lib/protocol';
import { noteNumber, noteSubject } from './lib/settings';
import { clamped, description, titleOf } from './lib/text';

const ZERO = BigInt.zero();
const SUPPORT = ['AGAINST', 'FOR', 'ABSTAIN'];

export function handleProposalCreated(event: ProposalCreated): void {
  const proposal = new Proposal(event.params.proposalId.toString());
  proposal.proposer = ensureAccount(event.params.proposer, event);
  proposal.description = description(event.params.description);
  const text = ByteArray.fromUTF8(event.params.description);
  proposal.descriptionHash = Bytes.fromByteArray(crypto.keccak256(text));
  proposal.title = titleOf(event.params.description);
  const targets: Bytes[] = [];
  for (let i = 0; i < event.params.targets.length; i++) targets.push(event.params.targets[i]);
  proposal.targets = targets;
  proposal.values = event.params.values;
  proposal.signatures = event.params.signatures;
  proposal.calldatas = event.params.calldatas;
  proposal.status = 'CREATED';
  proposal.createdAt = event.block.timestamp;
  proposal.createdTx = event.transaction.hash;
  proposal.snapshotAt = event.params.voteStart;
  proposal.deadlineAt = event.params.voteEnd;
  proposal.extended = false;
  proposal.forWei = ZERO;
  proposal.againstWei = ZERO;
  proposal.abstainWei = ZERO;
  proposal.voteCount = 0;
  proposal.save();
  const protocol = loadProtocol();
  protocol.proposals += 1;
  protocol.save();
  note(event, event.params.proposer, 'ProposalCreated', 'proposal', proposal.id, null);
}

export function handleProposalExtended(event: ProposalExtended): void {
  const proposal = Proposal.load(event.params.proposalId.toString());
  if (proposal == null) return;
  proposal.deadlineAt = event.params.extendedDeadline;
  proposal.extended = true;
  proposal.save();
}

export function handleProposalQueued(event: ProposalQueued): void {
  const proposal = Proposal.load(event.params.proposalId.toString());
  if (proposal == null) return;
  proposal.status = 'QUEUED';
  proposal.etaAt = event.params.etaSeconds;
  proposal.queuedTx = event.transaction.hash;
  // The timelock speaks first, in the same transaction.
  const last = LastOperation.load('timelock');
  if (last != null && last.tx.equals(event.transaction.hash)) proposal.operation = last.operation;
  proposal.save();
  note(event, proposal.proposer, 'ProposalQueued', 'proposal', proposal.id, null);
}

export function handleProposalExecuted(event: ProposalExecuted): void {
  const proposal = Proposal.load(event.params.proposalId.toString());
  if (proposal == null) return;
  proposal.status = 'EXECUTED';
  proposal.executedAt = event.block.timestamp;
  proposal.executedTx = event.transaction.hash;
  proposal.save();
  note(event, proposal.proposer, 'ProposalExecuted', 'proposal', proposal.id, null);
}

export function handleProposalCanceled(event: ProposalCanceled): void {
  const proposal = Proposal.load(event.params.proposalId.toString());
  if (proposal == null) return;
  proposal.status = 'CANCELED';
  proposal.canceledAt = event.block.timestamp;
  proposal.canceledTx = event.transaction.hash;
  proposal.save();
  note(event, proposal.proposer, 'ProposalCanceled', 'proposal', proposal.id, null);
}

function count(
  event: ethereum.Event,
  proposalId: BigInt,
  voter: Bytes,
  support: i32,
  weight: BigInt,
  reason: string,
): void {
  const proposal = Proposal.load(proposalId.toString());
  if (proposal == null || support >= SUPPORT.length) return;
  const id = pairId(proposal.id, voter.toHexString());
  if (Vote.load(id) != null) return;
  const vote = new Vote(id);
  vote.proposal = proposal.id;
  vote.voter = ensureAccount(voter, event);
  vote.support = SUPPORT[support];
  vote.weightWei = weight;
  vote.reason = clamped(reason);
  vote.at = event.block.timestamp;
  vote.block = event.block.number;
  vote.tx = event.transaction.hash;
  vote.save();
  if (support == 0) proposal.againstWei = proposal.againstWei.plus(weight);
  else if (support == 1) proposal.forWei = proposal.forWei.plus(weight);
  else proposal.abstainWei = proposal.abstainWei.plus(weight);
  proposal.voteCount += 1;
  proposal.save();
  const protocol = loadProtocol();
  protocol.votes += 1;
  protocol.save();
  const day = loadDay(event);
  day.votes += 1;
  saveDay(day, protocol);
  note(event, voter, 'VoteCast', 'proposal', proposal.id, weight);
}

export function handleVoteCast(event: VoteCast): void {
  const params = event.params;
  count(event, params.proposalId, params.voter, params.support, params.weight, params.reason);
}

export function handleVoteCastWithParams(event: VoteCastWithParams): void {
  const params = event.params;
  count(event, params.proposalId, params.voter, params.support, params.weight, params.reason);
}

export function handleVotingDelaySet(event: VotingDelaySet): void {
  const protocol = loadProtocol();
  protocol.votingDelaySeconds = event.params.newVotingDelay;
  protocol.save();
  noteNumber(event, 'VotingDelaySet', event.params.oldVotingDelay, event.params.newVotingDelay);
}

export function handleVotingPeriodSet(event: VotingPeriodSet): void {
  const protocol = loadProtocol();
  protocol.votingPeriodSeconds = event.params.newVotingPeriod;
  protocol.save();
  noteNumber(event, 'VotingPeriodSet', event.params.oldVotingPeriod, event.params.newVotingPeriod);
}

export function handleLateQuorumVoteExtensionSet(event: LateQuorumVoteExtensionSet): void {
  const protocol = loadProtocol();
  protocol.lateQuorumExtensionSeconds = event.params.newVoteExtension;
  protocol.save();
  noteNumber(event, 'LateQuorumVoteExtensionSet', event.params.oldVoteExtension, event.params.newVoteExtension);
}

export function handleProposalThresholdSet(event: ProposalThresholdSet): void {
  const protocol = loadProtocol();
  protocol.proposalThresholdWei = event.params.newProposalThreshold;
  protocol.save();
  noteNumber(event, 'ProposalThresholdSet', event.params.oldProposalThreshold, event.params.newProposalThreshold);
}

export function handleQuorumNumeratorUpdated(event: QuorumNumeratorUpdated): void {
  const protocol = loadProtocol();
  protocol.quorumPercent = event.params.newQuorumNumerator;
  protocol.save();
  noteNumber(event, 'QuorumNumeratorUpdated', event.params.oldQuorumNumerator, event.params.newQuorumNumerator);
}

export function handleProposalGuardianSet(event: ProposalGuardianSet): void {
  const protocol = loadProtocol();
  protocol.proposalGuardian = event.params.newProposalGuardian;
  protocol.save();
  noteSubject(event, 'ProposalGuardianSet', event.params.newProposalGuardian);
}

export function handleTimelockChange(event: TimelockChange): void {
  noteSubject(event, 'TimelockChange', event.params.newTimelock);
}
