import type { Address } from '../../../../node/core/codec/hex.ts';
import type { Facts } from '../../../../web/features/governance/facts.ts';

const ASSAY = 10n ** 18n;
const NAMES = ['models', 'parameters', 'token', 'workers', 'court', 'market', 'auditPool', 'governor', 'timelock'];

/** Addresses that no other contract has. */
export const CONTRACTS: Readonly<Record<string, Address>> = Object.fromEntries(
  NAMES.map((name, at) => [name, `0x${(at + 1).toString(16).padStart(40, 'c')}` as Address]),
);

/** The `dev` profile with two models. */
export const FACTS: Facts = {
  contracts: CONTRACTS,
  loaded: true,
  past: false,
  floorSeconds: 3n,
  parameters: {
    MinStakeWei: 1000n * ASSAY,
    ThawSeconds: 1800n,
    ChallengeWindowSeconds: 3n,
    MaxJobSeconds: 600n,
    ClaimLockWei: ASSAY,
    MaxFeeWei: ASSAY,
    ChallengeBondWei: ASSAY / 10n,
    ClockSeconds: 120n,
    ReplySeconds: 10n,
    ReceiptSeconds: 60n,
    GasRefundWei: ASSAY / 20n,
  },
  shares: { workerBps: 8000, authorBps: 1500, treasuryBps: 500 },
  settings: { votingPeriodSeconds: 8n, votingDelaySeconds: 1n, quorumPercent: 4n, timelockDelaySeconds: 2n },
  guardian: null,
  treasuryWei: 1000n * ASSAY,
  auditRules: { bondWei: String(100n * ASSAY), seats: 2 },
  models: { '1': { slug: 'digits', liveVersion: '1' }, '2': { slug: 'other', liveVersion: null } },
  versions: {
    '1': { model: '1', cid: 'bafkone', sha256: `0x${'11'.repeat(32)}`, exact: true },
    '2': { model: '1', cid: 'bafktwo', sha256: `0x${'22'.repeat(32)}`, exact: true },
    '3': { model: '2', cid: 'bafkthree', sha256: `0x${'33'.repeat(32)}`, exact: false },
  },
};
