// Economics of audits (verification.md section 4) at the deployed numbers: `node bench/run.ts audits`. The same functions
// are asserted in test/economics/audits.test.ts. Amounts in ASSAY, one of which is taken to be one dollar.
import { PROFILES } from '../node/chain/profiles.ts';
import { Rng } from '../node/core/train/rng.ts';
import type { BenchRow } from './row.ts';

const TOKEN = 1e18;

export interface Economy {
  /** Part of jobs that are audited. */
  readonly a: number;
  /** Auditors of one audit. */
  readonly m: number;
  /** Part of the auditors that the cheater controls, or that do not look. */
  readonly q: number;
  /** Probability that somebody watches for free. */
  readonly h: number;
}

/** P = 1 - (1 - a(1 - q^m))(1 - h): a false claim is found. */
export const detection = ({ a, m, q, h }: Economy): number => 1 - (1 - a * (1 - q ** m)) * (1 - h);

/** Least burned stake that makes honesty better than a gain `e` on top of the fee `f`: P(f + e + S) > e. */
export const stakeNeeded = (economy: Economy, e: number, f: number): number => e / detection(economy) - f - e;

const { audits, claimLockWei } = PROFILES.standard;
/** Part of a slash that is burned, contracts/disputes/Court.sol. */
const CLAIM_BURN = 0.5;

/** The numbers of the standard profile, and what is assumed about costs. */
export const DEPLOYED = {
  auditBps: audits.auditBps,
  seats: audits.seats,
  baseFee: Number(audits.baseFeeWei) / TOKEN,
  miss: Number(audits.missWei) / TOKEN,
  canary: Number(audits.canaryWei) / TOKEN,
  bond: Number(audits.bondWei) / TOKEN,
  claimLock: Number(claimLockWei) / TOKEN,
  burned: (Number(claimLockWei) / TOKEN) * CLAIM_BURN,
  /** Assumed: what one audit costs an auditor, gas included. */
  auditCost: 0.01,
  /** Assumed: part of the audited jobs that are canaries. */
  canaryRate: 0.01,
  /** The default price of one job, and a worker's cost of it. */
  fee: 0.001,
  workCost: 0.0005,
};
type Numbers = typeof DEPLOYED;

export type Strategy = 'check' | 'copy' | 'silent' | 'withheld';

export interface AuditorProfit {
  /** Mean profit of one drawn audit. */
  readonly mean: number;
  readonly draws: number;
  readonly caught: number;
}

/**
 * Mean profit of an auditor among others of whom a part `lazy` copies. Every audit has `seats` auditors; a canary takes
 * `canary` from who copied and gives half of it to who looked.
 */
export function auditorProfit(
  strategy: Strategy,
  lazy: number,
  n: Numbers,
  draws: number,
  seed: number,
): AuditorProfit {
  const random = new Rng(seed);
  const next = (): number => random.u32() / 2 ** 32;
  let sum = 0;
  let caught = 0;
  for (let draw = 0; draw < draws; draw++) {
    const isCanary = next() < n.canaryRate;
    let copies = strategy === 'copy' ? 1 : 0;
    let finders = strategy === 'check' ? 1 : 0;
    for (let other = 1; other < n.seats; other++) {
      if (next() < lazy) copies++;
      else finders++;
    }
    if (strategy === 'silent') sum -= n.miss;
    if (strategy === 'check') sum += n.baseFee - n.auditCost + (isCanary ? (copies * n.canary) / 2 / finders : 0);
    if (strategy === 'copy') sum += n.baseFee - (isCanary ? n.canary : 0);
    if (strategy === 'copy' && isCanary) caught++;
  }
  return { mean: sum / draws, draws, caught };
}

/** Mean profit per job of a worker who answers without working, when a part `lazy` of the auditors does not look. */
export function lazyWorkerProfit(lazy: number, n: Numbers, jobs: number, seed: number): number {
  const random = new Rng(seed);
  const next = (): number => random.u32() / 2 ** 32;
  let sum = 0;
  for (let job = 0; job < jobs; job++) {
    let found = false;
    if (next() < n.auditBps / 10_000) for (let seat = 0; seat < n.seats; seat++) found = next() >= lazy || found;
    // His Sybil may win back what is not burned: only the burned part counts.
    sum += found ? -n.burned : n.fee;
  }
  return sum / jobs;
}

/** A job cost above which answering without work pays, if nobody but auditors looks: audits alone do not protect it. */
export const breakEvenCost = (lazy: number, n: Numbers): number =>
  detection({ a: n.auditBps / 10_000, m: n.seats, q: lazy, h: 0 }) * (n.fee + n.burned);

export async function run(): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  const row = (name: string, ours: number, peer: number, unit: string, note: string): void => {
    rows.push({ name, ours, peer, unit, ratio: peer === 0 ? null : ours / peer, note });
  };
  const check = auditorProfit('check', 0.33, DEPLOYED, 200_000, 1);
  const copy = auditorProfit('copy', 0.33, DEPLOYED, 200_000, 2);
  row('auditor who looks against one who copies', check.mean, copy.mean, 'ASSAY per audit', 'mean of 200,000 draws');
  const lazy = lazyWorkerProfit(0.33, DEPLOYED, 200_000, 3);
  const honest = DEPLOYED.fee - DEPLOYED.workCost;
  row('honest worker against one who does not work', honest, lazy, 'ASSAY per job', 'only the burned half counts');
  const rate = DEPLOYED.auditCost / DEPLOYED.canary;
  row('canary rate against the rate from which looking dominates', DEPLOYED.canaryRate, rate, 'of audits', 'c_a / S_a');
  row(
    'break-even job cost against the default cost',
    breakEvenCost(0.33, DEPLOYED),
    DEPLOYED.workCost,
    'ASSAY',
    'q = 0.33',
  );
  return rows;
}
