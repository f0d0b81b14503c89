// A sentence for every custom error of the contracts: ours from their NatSpec, those of OpenZeppelin from the table below.

/** Errors whose NatSpec is written for developers (OpenZeppelin), or says it from the contract's side. */
const SENTENCES: Readonly<Record<string, string>> = {
  AccessControlBadConfirmation: 'A role can only be given up by the account that has it',
  AccessControlUnauthorizedAccount: 'The account lacks the role that this needs',
  AddressEmptyCode: 'There is no contract at the address',
  CheckpointUnorderedInsertion: 'Votes would be recorded out of their order in time',
  ECDSAInvalidSignature: 'The signature is not valid',
  ECDSAInvalidSignatureLength: 'The signature has another length than 65 bytes',
  ECDSAInvalidSignatureS: 'The signature is in a form that could be altered by others',
  ERC1363ApproveFailed: 'The token did not approve the amount',
  ERC1363InvalidReceiver: 'The receiver does not take tokens in this way',
  ERC1363InvalidSpender: 'The spender does not take approvals in this way',
  ERC1363TransferFailed: 'The token did not transfer the amount',
  ERC1363TransferFromFailed: 'The token did not transfer the amount',
  ERC20ExceededSafeSupply: 'More tokens would exist than votes can be counted for',
  ERC20InsufficientAllowance: 'The account has not allowed the spender to take that much ASSAY',
  ERC20InsufficientBalance: 'The account does not hold that much ASSAY',
  ERC20InvalidApprover: 'Nobody can approve in the name of this account',
  ERC20InvalidReceiver: 'Tokens cannot be sent to this address in this way',
  ERC20InvalidSender: 'Tokens cannot be sent from this address',
  ERC20InvalidSpender: 'This address cannot be allowed to take tokens',
  ERC2612ExpiredSignature: 'The permit has expired',
  ERC2612InvalidSigner: 'The permit was signed by another account',
  ERC3009InvalidAuthorizationTime: 'The payment is not valid yet, or no longer',
  ERC3009InvalidSignature: 'The payment was not signed by its payer',
  ERC3009UsedAuthorization: 'The payment was used or cancelled before',
  ERC5805FutureLookup: 'Votes can only be read for a moment in the past',
  ERC6372InconsistentClock: 'The clock of the votes is not the clock of the contract',
  FailedCall: 'A call inside the transaction failed without saying why',
  FailedDeployment: 'A contract could not be created',
  GovernorAlreadyCastVote: 'The account has voted on this proposal already',
  GovernorAlreadyQueuedProposal: 'The proposal is queued already',
  GovernorDisabledDeposit: 'The governor takes no deposits: the timelock holds the treasury',
  GovernorInsufficientProposerVotes: 'The account has too few votes to propose',
  GovernorInvalidProposalLength: 'A proposal needs at least one action, and a target, value and call for each',
  GovernorInvalidQuorumFraction: 'The quorum would be more than the whole supply',
  GovernorInvalidSignature: 'The vote was not signed by its voter',
  GovernorInvalidVoteParams: 'The parameters of the vote make no sense',
  GovernorInvalidVoteType: 'A vote is against (0), for (1) or abstain (2)',
  GovernorInvalidVotingPeriod: 'The voting period cannot be zero',
  GovernorNonexistentProposal: 'There is no such proposal',
  GovernorOnlyExecutor: 'Only the timelock may do this, after a vote',
  GovernorPreventLateQuorumVoteExtensionTooLarge: 'A late quorum would extend the vote by more than its own length',
  GovernorProposalQueueingFailed: 'The timelock did not take the proposal',
  GovernorProposalQueueingNotRequired: 'The proposal needs no queue',
  GovernorRestrictedProposer: 'The proposal names somebody else as its proposer',
  GovernorUnableToCancel: 'The account may not cancel the proposal, or it is too late for that',
  GovernorUnexpectedProposalState: 'The proposal is in a state in which this cannot be done',
  InsufficientBalance: 'The contract holds too little ether',
  InvalidAccountNonce: 'The signature was made with another number than the next one of the account',
  InvalidShortString: 'A stored text is malformed',
  ReentrancyGuardReentrantCall: 'The contract was called again from within the same call',
  SafeCastOverflowedUintDowncast: 'The number is too large',
  SafeERC20FailedOperation: 'The token refused the transfer',
  StringTooLong: 'The text is too long',
  TimelockInsufficientDelay: 'The delay is shorter than the timelock demands',
  TimelockInvalidOperationLength: 'Each action needs a target, a value and a call',
  TimelockUnauthorizedCaller: 'Only the timelock itself may do this, after a vote',
  TimelockUnexecutedPredecessor: 'Another operation has to be executed first',
  TimelockUnexpectedOperationState:
    'The operation is in a state in which this cannot be done: its delay may not be over',
  VotesExpiredSignature: 'The signed delegation has expired',
  VotingPowerReadOnly: 'Votes are delegated in the token and in the worker registry, not here',
  WorkerRegistryStillThawing: 'The stake still thaws',
  AuditPoolOutsideWindow: 'It is not the time for this step of the audit',
};

/** NatSpec above `error Name(` as one line of prose; undefined when there is none. */
function noticeOf(name: string, sources: readonly string[]): string | undefined {
  const pattern = new RegExp(`((?:^[ \\t]*///.*\\n)+)[ \\t]*error\\s+${name}\\s*\\(`, 'm');
  for (const source of sources) {
    const comment = pattern.exec(source)?.[1];
    if (comment === undefined) continue;
    const lines = comment.split('\n').map((line) => line.replace(/^[ \t]*\/\/\/ ?/, ''));
    const text = lines.join(' ').replace(/\s+/g, ' ').trim();
    return /@notice (.*?)(?: @\w+ |$)/.exec(text)?.[1];
  }
  return undefined;
}

/** "Thrown when the job is open (threats.md T1)." as "The job is open". */
function plain(notice: string): string {
  const text = notice
    .replace(/^Thrown (by the constructor )?when /, '')
    .replace(/ \((threats|verification)\.md [^)]*\)/g, '')
    .replace(/; `\w+` (is|counts) .*$/, '')
    .replace(/[`{}]/g, '')
    .replace(/\.$/, '');
  return text[0]!.toUpperCase() + text.slice(1);
}

/** The sentence of an error, without a full stop. @throws when it has none, so that no contract gains a speechless one */
export function sentenceOf(name: string, sources: readonly string[]): string {
  const known = SENTENCES[name];
  if (known !== undefined) return known;
  const notice = noticeOf(name, sources);
  if (notice === undefined || !notice.startsWith('Thrown ')) {
    throw new Error(`error ${name} has no "@notice Thrown when …" and no sentence in scripts/errorSentences.ts`);
  }
  return plain(notice);
}

/** Names of an enum's members; the ABI knows their numbers only. */
export function membersOf(name: string, sources: readonly string[]): readonly string[] | undefined {
  const pattern = new RegExp(`\\benum\\s+${name}\\s*\\{([^}]*)\\}`);
  const body = sources.map((source) => pattern.exec(source)?.[1]).find((found) => found !== undefined);
  return body
    ?.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '')
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
}
