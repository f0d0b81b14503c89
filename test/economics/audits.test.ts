import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  auditorProfit,
  breakEvenCost,
  DEPLOYED,
  detection,
  lazyWorkerProfit,
  stakeNeeded,
} from '../../bench/audits.ts';

const DRAWS = 100_000;
const LAZY = [0, 0.1, 0.33, 0.5, 0.9, 1];

/** The table of verification.md section 4: f = $0.02, q = 0.33 (the table's 1/3). */
const TABLE: readonly (readonly [a: number, m: number, h: number, percent: number, needed: readonly number[]])[] = [
  [0.02, 2, 0, 1.8, [0.53, 55, 551, 5511]],
  [0.05, 2, 0, 4.5, [0.19, 21, 214, 2144]],
  [0.1, 3, 0, 9.6, [0.07, 9.4, 94, 937]],
  [0.02, 2, 0.5, 51, [0, 0.94, 9.6, 96]],
  [0.02, 2, 0.95, 95, [0, 0.03, 0.5, 5.1]],
];
const GAINS = [0.01, 1, 10, 100];

describe('economics of audits', () => {
  it('gives the table of the design', () => {
    for (const [a, m, h, percent, needed] of TABLE) {
      const economy = { a, m, q: 0.33, h };
      assert.ok(Math.abs(100 * detection(economy) - percent) < 0.51, `P of ${a}, ${m}, ${h}`);
      for (const [i, gain] of GAINS.entries()) {
        const stake = Math.max(0, stakeNeeded(economy, gain, 0.02));
        assert.ok(
          Math.abs(stake - needed[i]!) <= 0.006 + 0.06 * needed[i]!,
          `${stake} for ${gain} at ${a}, ${m}, ${h}`,
        );
      }
    }
  });

  it('K13: a worker who does not work loses at the default numbers, as long as half of the auditors look', () => {
    const honest = DEPLOYED.fee - DEPLOYED.workCost;
    for (const lazy of [0, 0.33, 0.5]) {
      const profit = lazyWorkerProfit(lazy, DEPLOYED, 400_000, 11);
      assert.ok(profit < 0, `mean profit ${profit} with ${lazy} lazy auditors`);
      assert.ok(profit < honest);
    }
  });

  it('an auditor who copies loses, whatever the others do; looking pays, whatever the others do', () => {
    for (const [i, lazy] of LAZY.entries()) {
      const check = auditorProfit('check', lazy, DEPLOYED, DRAWS, 100 + i);
      const copy = auditorProfit('copy', lazy, DEPLOYED, DRAWS, 200 + i);
      assert.ok(copy.mean < 0, `copying earns ${copy.mean} among ${lazy}`);
      assert.ok(check.mean > 0, `looking earns ${check.mean} among ${lazy}`);
      assert.ok(check.mean > auditorProfit('silent', lazy, DEPLOYED, DRAWS, 300 + i).mean);
      assert.ok(check.mean > auditorProfit('withheld', lazy, DEPLOYED, DRAWS, 400 + i).mean);
    }
  });

  it('looking is strictly dominant as soon as canaries cost more than looking: κ S_a > c_a', () => {
    const edge = DEPLOYED.auditCost / DEPLOYED.canary;
    for (const [i, lazy] of LAZY.entries()) {
      const above = { ...DEPLOYED, canaryRate: 3 * edge };
      const below = { ...DEPLOYED, canaryRate: edge / 3 };
      const gain = (n: typeof DEPLOYED, seed: number): number =>
        auditorProfit('check', lazy, n, 10 * DRAWS, seed).mean - auditorProfit('copy', lazy, n, 10 * DRAWS, seed).mean;
      assert.ok(gain(above, 500 + i) > 0, `above the edge, ${lazy} lazy`);
      // Below it copying is better among those who look: only the penalties of others could make up for it.
      if (lazy === 0) assert.ok(gain(below, 600 + i) < 0, 'below the edge');
    }
  });

  it('says what audits alone do not protect', () => {
    const cost = breakEvenCost(0.33, DEPLOYED);
    assert.ok(cost > DEPLOYED.workCost, 'the default job is safe');
    assert.ok(cost < 0.01, 'a job that costs a cent to compute needs a watcher, or a higher lock');
  });
});
