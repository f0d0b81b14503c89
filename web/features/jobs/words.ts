import type { Tone } from '../../components/Badge.tsx';
import type { JobState } from '../overview/query.ts';

/** Where a job is, in words for people. */
const STATES: Readonly<Record<JobState, readonly [string, Tone]>> = {
  OPEN: ['Waiting for payment', 'neutral'],
  FUNDED: ['Paid, waiting for the answer', 'accent'],
  SUBMITTED: ['Answered, may be disputed', 'accent'],
  COMPLETED: ['Completed', 'positive'],
  REJECTED: ['Rejected, refunded', 'critical'],
  EXPIRED: ['Expired', 'caution'],
};

export const jobStateIn = ({
  state,
  held,
}: {
  readonly state: JobState;
  readonly held: boolean;
}): readonly [string, Tone] => (held ? ['Held by a dispute', 'caution'] : (STATES[state] ?? ['Unknown', 'neutral']));

const EVENTS: Readonly<Record<string, string>> = {
  JobCreated: 'The client ordered an answer',
  BudgetSet: 'The budget was confirmed',
  JobFunded: 'The fee is in escrow',
  JobSubmitted: 'The worker signed an answer and locked stake behind it',
  JobHeld: 'Somebody disputed the answer',
  JobCompleted: 'The answer stands',
  JobRejected: 'The answer fell',
  JobExpired: 'Nobody answered in time',
  PaymentReleased: 'The worker’s share was credited',
  FeesShared: 'Author and treasury got their shares',
  Refunded: 'The fee was credited back to the client',
};

export const eventWords = (kind: string): string => EVENTS[kind] ?? 'Something else happened';
