import type { Tone } from '../../components/Badge.tsx';
import { formatDuration, formatTime } from '../../lib/format.ts';
import type { ProposalState } from './proposal.ts';
import type { GovernanceTerms, VoteSupport } from './query.ts';

export const STATE_WORDS: Readonly<Record<ProposalState, readonly [label: string, tone: Tone]>> = {
  pending: ['Pending', 'neutral'],
  active: ['Active', 'accent'],
  succeeded: ['Succeeded', 'positive'],
  defeated: ['Defeated', 'critical'],
  queued: ['Queued', 'caution'],
  ready: ['Ready to execute', 'caution'],
  executed: ['Executed', 'positive'],
  canceled: ['Canceled', 'neutral'],
};

export const SUPPORT_WORDS: Readonly<Record<VoteSupport, readonly [label: string, tone: Tone]>> = {
  FOR: ['For', 'positive'],
  AGAINST: ['Against', 'critical'],
  ABSTAIN: ['Abstain', 'neutral'],
};

interface Moments {
  readonly deadlineAt: string;
  readonly etaAt: string | null;
  readonly quorumReached: boolean;
  readonly majority: boolean;
}

/** What the state means and what comes next. */
export function nextStep(state: ProposalState, moments: Moments, terms: GovernanceTerms | null | undefined): string {
  const delay = terms == null ? 'a delay' : formatDuration(terms.timelockDelaySeconds);
  const extension = terms == null ? '' : formatDuration(terms.lateQuorumExtensionSeconds);
  switch (state) {
    case 'pending':
      return 'Voting has not begun. Votes will count as held when it begins, so delegate before that moment.';
    case 'active':
      return `Votes are being cast. It passes with more votes for than against and enough votes for the quorum.${
        extension === '' || extension === '0 seconds'
          ? ''
          : ` If the quorum comes late, voting goes on for at least ${extension} after it.`
      }`;
    case 'succeeded':
      return `It was voted through. Anybody can queue it; then ${delay} pass, so that whoever disagrees has time to leave.`;
    case 'defeated':
      return `It failed: ${
        moments.quorumReached ? 'there were not more votes for than against' : 'the quorum was not reached'
      }. That is final; the same actions can be proposed again.`;
    case 'queued':
      return `It waits in the timelock until ${moments.etaAt === null ? 'its delay is over' : formatTime(moments.etaAt)}. Then anybody can execute it.`;
    case 'ready':
      return 'The delay is over. Anybody can execute it now; it does not expire.';
    case 'executed':
      return 'The timelock has done what was voted. That is final.';
    case 'canceled':
      return 'It was taken back. That is final.';
  }
}
