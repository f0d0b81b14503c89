import type { Tone } from '../../components/Badge.tsx';
import type { TrackedTransaction } from '../../lib/transactions/tracked.ts';

interface StatusText {
  readonly tone: Tone;
  readonly label: string;
  /** A sentence for the notice and the list. */
  readonly sentence: string;
}

/** How each state of a transaction is told. */
export function statusText({ status, isSpedUp }: TrackedTransaction): StatusText {
  switch (status) {
    case 'pending':
      return isSpedUp === true
        ? {
            tone: 'accent',
            label: 'Pending',
            sentence: 'Your wallet sent it again with a higher fee; it waits for a block.',
          }
        : { tone: 'accent', label: 'Pending', sentence: 'It waits for a block.' };
    case 'confirmed':
      return isSpedUp === true
        ? { tone: 'positive', label: 'Confirmed', sentence: 'Your wallet sped it up, and it is in a block.' }
        : { tone: 'positive', label: 'Confirmed', sentence: 'It is in a block.' };
    case 'reverted':
      return {
        tone: 'critical',
        label: 'Failed',
        sentence: 'It is in a block, but the contract refused it. Only the fee was spent.',
      };
    case 'cancelled':
      return {
        tone: 'neutral',
        label: 'Cancelled',
        sentence: 'Your wallet cancelled it: an empty transaction took its place.',
      };
    case 'replaced':
      return {
        tone: 'caution',
        label: 'Replaced',
        sentence: 'Your wallet sent another transaction in its place; this one will never be mined.',
      };
    case 'dropped':
      return {
        tone: 'caution',
        label: 'Dropped',
        sentence: 'No node knows it any more. It was probably forgotten for its low fee.',
      };
  }
}
