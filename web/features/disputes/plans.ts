import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { formatAssay, formatDuration, formatTime } from '../../lib/format.ts';
import type { SignaturePlan, TransactionPlan } from '../../lib/transactions/plan.ts';

/** What a dispute can be sent, with its meaning in words. */

type Site = Pick<SiteConfig, 'contracts' | 'chainId'>;

/** What a new game copies (`IParameters.gameRules`). */
export interface GameRules {
  readonly bondWei: bigint;
  readonly clockSeconds: bigint;
  readonly replySeconds: bigint;
}

/** The court may take the bond once, until the deadline; signing costs nothing. */
export function permitPlan(
  site: Site,
  owner: Address,
  amountWei: bigint,
  nonce: bigint,
  deadline: bigint,
): SignaturePlan {
  const { chainId, contracts } = site;
  return {
    title: `Let the court take your bond of ${formatAssay(amountWei)}`,
    summary: [
      { label: 'The court may take', before: formatAssay(0n), after: formatAssay(amountWei) },
      { label: 'Until', after: formatTime(deadline) },
    ],
    typedData: {
      domain: { name: 'Assay', version: '1', chainId, verifyingContract: contracts.token },
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner, spender: contracts.court, value: amountWei, nonce, deadline },
    },
    spends: { amountWei, spender: contracts.court, deadline },
  };
}

/** Opens a game; `calls` are the arena's own, done in one transaction. */
export function challengePlan(site: Site, rules: GameRules, calls: readonly Hex[], files: boolean): TransactionPlan {
  const { bondWei, clockSeconds, replySeconds } = rules;
  return {
    title: files ? 'Dispute this answer' : 'Challenge this claim',
    summary: [
      ...(files
        ? [{ label: 'The job', before: 'waits for its window', after: 'held until the court has decided' }]
        : []),
      { label: 'Your bond', before: formatAssay(0n), after: `${formatAssay(bondWei)}, lost if you are wrong` },
      {
        label: 'Your clock',
        after: `${formatDuration(clockSeconds)} for the whole game, at least ${formatDuration(replySeconds)} for each move`,
      },
    ],
    to: 'arena',
    functionName: 'multicall',
    args: [calls],
    spends: { amountWei: bondWei, spender: site.contracts.court },
  };
}

export const timeoutPlan = (gameId: Hex, loser: 'worker' | 'challenger'): TransactionPlan => ({
  title: 'Call time',
  summary: [
    { label: 'The game', before: `the ${loser} should have moved`, after: `the ${loser} has lost` },
    ...(loser === 'worker' ? [{ label: 'The claim', after: 'falls, and the worker is slashed' }] : []),
  ],
  to: 'arena',
  functionName: 'timeout',
  args: [gameId],
});

export const leavePlan = (gameId: Hex, bondWei: string): TransactionPlan => ({
  title: 'Leave the game',
  summary: [
    { label: 'The claim', after: 'is decided already' },
    { label: 'The bond', before: 'in the court', after: `${formatAssay(bondWei)} credited to the challenger` },
  ],
  to: 'arena',
  functionName: 'leave',
  args: [gameId],
});

export const finalizePlan = (claimId: Hex): TransactionPlan => ({
  title: 'End this claim',
  summary: [
    { label: 'The claim', before: 'window and games are over', after: 'ended for good' },
    { label: 'The job', after: 'paid if the claim stands, refunded if it fell' },
  ],
  to: 'court',
  functionName: 'finalize',
  args: [claimId],
});

/** Needs an allowance of the court; the price comes back if nobody answers, and the claim falls then. */
export const demandPlan = (site: Site, claimId: Hex, leaf: number, priceWei: bigint): TransactionPlan => ({
  title: `Demand leaf ${leaf} of the input`,
  summary: [
    { label: 'You put up', before: formatAssay(0n), after: `${formatAssay(priceWei)} for whoever publishes it` },
    { label: 'If nobody does', after: 'the claim falls and you get it back' },
  ],
  to: 'arena',
  functionName: 'demandInput',
  args: [claimId, leaf],
  spends: { amountWei: priceWei, spender: site.contracts.court },
});

export const expireDemandPlan = (claimId: Hex, leaf: string): TransactionPlan => ({
  title: 'Call time on the demand',
  summary: [
    { label: 'The input', after: 'was not published in time' },
    { label: 'The claim', after: 'falls, and the worker is slashed' },
  ],
  to: 'arena',
  functionName: 'expireDemand',
  args: [claimId, Number(leaf)],
});

export const allowCourtPlan = (site: Site, amountWei: bigint): TransactionPlan => ({
  title: `Let the court take ${formatAssay(amountWei)}`,
  summary: [{ label: 'The court may take', after: formatAssay(amountWei) }],
  to: 'token',
  functionName: 'approve',
  args: [site.contracts.court, amountWei],
  spends: { amountWei, spender: site.contracts.court },
});
