import type { Address } from '../../../node/core/codec/hex.ts';
import { formatAssay } from '../../lib/format.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';

export type TreasurySource = 'market' | 'court';

/** Moves what the treasury has earned into it. Anybody may send it; the money can go nowhere else. */
export const collectPlan = (source: TreasurySource, treasury: Address, creditWei: bigint): TransactionPlan => ({
  title: 'Bring in what the treasury has earned',
  summary: [
    {
      label: source === 'market' ? 'Its share of fees' : 'Its share of lost bonds',
      before: formatAssay(creditWei),
      after: formatAssay(0n),
    },
    { label: 'The treasury', after: `${formatAssay(creditWei)} more` },
    { label: 'You', after: 'pay the network fee and get nothing' },
  ],
  to: source,
  functionName: 'withdrawFor',
  args: [treasury],
});
