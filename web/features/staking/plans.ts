import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatDuration, formatTime } from '../../lib/format.ts';
import type { TransactionPlan } from '../../lib/transactions/plan.ts';
import type { StakingAccount } from './useStakingAccount.ts';

/** What staking sends, with its before and after. Each is one transaction and one prompt of the wallet. */

type Site = Pick<SiteConfig, 'contracts'>;

/** Adds stake. The token approves and calls the registry in one step (ERC-1363): no allowance is left behind. */
export function addStakePlan({ contracts }: Site, account: StakingAccount, amountWei: bigint): TransactionPlan {
  return {
    title: `Stake ${formatAssay(amountWei)}`,
    summary: [
      { label: 'Your stake', before: formatAssay(account.stakeWei), after: formatAssay(account.stakeWei + amountWei) },
      {
        label: 'In your account',
        before: formatAssay(account.balanceWei),
        after: formatAssay(account.balanceWei - amountWei),
      },
      { label: 'To get it back', after: `${formatDuration(account.thawSeconds)} after you ask for it` },
    ],
    to: 'token',
    functionName: 'approveAndCall',
    args: [contracts.workers, amountWei, '0x'],
    spends: { amountWei, spender: contracts.workers },
  };
}

export interface Registration {
  readonly hotKey: Address;
  readonly endpoint: string;
  readonly stakeWei: bigint;
  /** `abi.encode(hotKey, hotKeySignature, endpoint)`. */
  readonly data: Hex;
}

/** Registers a worker with his first stake, also by one call of the token. */
export function registerPlan(
  { contracts }: Site,
  account: StakingAccount,
  registration: Registration,
): TransactionPlan {
  const { hotKey, endpoint, stakeWei, data } = registration;
  return {
    title: `Become a worker with ${formatAssay(stakeWei)}`,
    summary: [
      { label: 'Your stake', before: formatAssay(0n), after: formatAssay(stakeWei) },
      {
        label: 'In your account',
        before: formatAssay(account.balanceWei),
        after: formatAssay(account.balanceWei - stakeWei),
      },
      { label: 'Hot key', after: hotKey },
      { label: 'Address of your worker', after: endpoint },
    ],
    to: 'token',
    functionName: 'approveAndCall',
    args: [contracts.workers, stakeWei, data],
    spends: { amountWei: stakeWei, spender: contracts.workers },
  };
}

export function unstakePlan(account: StakingAccount, amountWei: bigint, nowSeconds: number): TransactionPlan {
  const until = Math.max(account.thawEndsAt, nowSeconds + account.thawSeconds);
  const left = account.stakeWei - amountWei;
  return {
    title: `Ask back ${formatAssay(amountWei)}`,
    summary: [
      { label: 'Active stake', before: formatAssay(account.stakeWei), after: formatAssay(left) },
      { label: 'Thawing', before: formatAssay(account.thawingWei), after: formatAssay(account.thawingWei + amountWei) },
      { label: 'Free again', after: `about ${formatTime(until)}, all of it at once` },
      ...(left < account.minStakeWei
        ? [{ label: 'Your worker', before: 'takes jobs', after: 'takes no jobs: below the minimum stake' }]
        : []),
    ],
    to: 'workers',
    functionName: 'requestUnstake',
    args: [amountWei],
  };
}

export const withdrawPlan = (account: StakingAccount): TransactionPlan => ({
  title: `Withdraw ${formatAssay(account.thawingWei)}`,
  summary: [
    { label: 'Thawed stake', before: formatAssay(account.thawingWei), after: formatAssay(0n) },
    {
      label: 'In your account',
      before: formatAssay(account.balanceWei),
      after: formatAssay(account.balanceWei + account.thawingWei),
    },
  ],
  to: 'workers',
  functionName: 'withdraw',
  args: [],
});

/** Where an account can have earned something. */
export const CREDITS = [
  { id: 'market', label: 'Fees of jobs, and refunds' },
  { id: 'court', label: 'Bonds and rewards of disputes' },
  { id: 'auditPool', label: 'Fees and rewards of audits' },
] as const;
export type CreditSource = (typeof CREDITS)[number]['id'];

export function claimPlan(account: StakingAccount, source: CreditSource): TransactionPlan {
  const { label } = CREDITS.find(({ id }) => id === source)!;
  const amountWei = account.credits[source];
  return {
    title: `Claim ${formatAssay(amountWei)}`,
    summary: [
      { label, before: formatAssay(amountWei), after: formatAssay(0n) },
      {
        label: 'In your account',
        before: formatAssay(account.balanceWei),
        after: formatAssay(account.balanceWei + amountWei),
      },
    ],
    to: source,
    functionName: 'withdraw',
    args: [],
  };
}

export const endpointPlan = (before: string, after: string): TransactionPlan => ({
  title: 'Move your worker to another address',
  summary: [{ label: 'Address of your worker', before, after }],
  to: 'workers',
  functionName: 'setEndpoint',
  args: [after],
});
