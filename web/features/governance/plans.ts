import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import { formatAssay, formatDuration, shortHex } from '../../lib/format.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';
import type { Action } from './proposal.ts';
import type { VoteSupport } from './query.ts';

/** What governance can be sent, with its meaning in words. */

/** `GovernorCountingSimple.VoteType`. */
export const SUPPORT: Readonly<Record<VoteSupport, number>> = { AGAINST: 0, FOR: 1, ABSTAIN: 2 };
export const VERBS: Readonly<Record<VoteSupport, string>> = { FOR: 'for', AGAINST: 'against', ABSTAIN: 'abstain' };

const governor = (
  title: string,
  functionName: string,
  args: readonly unknown[],
  summary: TransactionPlan['summary'],
): TransactionPlan => ({ title, summary, to: 'governor', functionName, args });

const argumentsOf = (actions: readonly Action[]) =>
  [
    actions.map(({ target }) => target),
    actions.map(({ valueWei }) => valueWei),
    actions.map(({ calldata }) => calldata),
  ] as const;

export function votePlan(id: bigint, support: VoteSupport, weightWei: bigint, reason: string): TransactionPlan {
  const verb = VERBS[support];
  const title = support === 'ABSTAIN' ? 'Abstain, and count for the quorum' : `Vote ${verb} the proposal`;
  const summary = [
    { label: 'Your vote', before: 'none', after: `${formatAssay(weightWei)} ${verb}, for good` },
    ...(reason === '' ? [] : [{ label: 'Your reason, public', after: reason }]),
  ];
  return governor(title, 'castVoteWithReason', [id, SUPPORT[support], reason], summary);
}

export function proposePlan(
  title: string,
  actions: readonly Action[],
  description: string,
  sentences: readonly string[],
  votingDelaySeconds: string | undefined,
): TransactionPlan {
  return governor(
    'Propose to the token holders',
    'propose',
    [...argumentsOf(actions), description],
    [
      { label: 'Title', after: title },
      ...sentences.map((sentence, at) => ({ label: `Action ${at + 1}`, after: sentence })),
      ...(votingDelaySeconds === undefined
        ? []
        : [{ label: 'Voting begins', after: `in ${formatDuration(votingDelaySeconds)}` }]),
    ],
  );
}

const step =
  (title: string, functionName: string, before: string, after: string) =>
  (actions: readonly Action[], descriptionHash: Hex): TransactionPlan =>
    governor(
      title,
      functionName,
      [...argumentsOf(actions), descriptionHash],
      [{ label: 'The proposal', before, after }],
    );

export const queuePlan = step('Queue the proposal', 'queue', 'voted through', 'waits in the timelock');
export const executePlan = step('Execute the proposal', 'execute', 'waits in the timelock', 'done, for good');
export const cancelPlan = step('Cancel the proposal', 'cancel', 'open', 'canceled, for good');

const whoIs = (to: Address, self: Address): string =>
  to.toLowerCase() === self.toLowerCase() ? 'you' : `${shortHex(to)}`;

export function delegatePlan(
  what: 'tokens' | 'stake',
  to: Address,
  self: Address,
  before: string | undefined,
  amountWei: bigint,
): TransactionPlan {
  const self_ = to.toLowerCase() === self.toLowerCase();
  return {
    title: `${what === 'tokens' ? 'Votes of your tokens' : 'Votes of your stake'} to ${self_ ? 'yourself' : shortHex(to)}`,
    summary: [
      {
        label: what === 'tokens' ? 'Your tokens vote through' : 'Your stake votes through',
        before: before === undefined ? 'nobody' : whoIs(before as Address, self),
        after: self_ ? 'you' : to,
      },
      { label: 'Votes', after: formatAssay(amountWei) },
      { label: what === 'tokens' ? 'Your tokens' : 'Your stake', after: 'stay yours; you can change this at any time' },
    ],
    to: what === 'tokens' ? 'token' : 'workers',
    functionName: 'delegate',
    args: [to],
  };
}
