import type { Address } from '../../../node/core/codec/hex.ts';
import { courtAbi } from '../../generated/abi/court.ts';
import { jobMarketAbi } from '../../generated/abi/jobMarket.ts';
import { formatAssay } from '../../lib/format.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';

const SOURCES = { market: jobMarketAbi, court: courtAbi } as const;
export type TreasurySource = keyof typeof SOURCES;

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
  abi: SOURCES[source],
  functionName: 'withdrawFor',
  args: [treasury],
});
