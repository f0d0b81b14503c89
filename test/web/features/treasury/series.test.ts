import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balanceSeries, bucketSeconds, chartAmount, rewardSeries } from '../../../../web/features/treasury/series.ts';

const ASSAY = 10n ** 18n;
const reward = (at: number, kind: string, tokens: number) => ({
  at: String(at),
  kind,
  amountWei: String(BigInt(tokens) * ASSAY),
});
const day = (number: number, over: Record<string, string> = {}) => ({
  id: String(number),
  startedAt: String(number * 86_400),
  feesWei: '0',
  workerFeesWei: '0',
  authorFeesWei: '0',
  treasuryFeesWei: '0',
  treasuryInWei: '0',
  treasuryOutWei: '0',
  treasuryWei: '0',
  ...over,
});

describe('charts of the treasury', () => {
  it('choose finer steps for a young network', () => {
    assert.deepEqual([0, 7200, 7201, 3 * 86_400, 90 * 86_400].map(bucketSeconds), [300, 300, 3600, 3600, 86_400]);
  });

  it('add rewards up by time and kind, with empty steps between', () => {
    const points = rewardSeries([reward(1200, 'AUDITOR', 4), reward(310, 'AUTHOR', 2), reward(301, 'WORKER', 1)]);
    assert.deepEqual(points, [
      { time: 300, worker: 1, author: 2, other: 0 },
      { time: 600, worker: 0, author: 0, other: 0 },
      { time: 900, worker: 0, author: 0, other: 0 },
      { time: 1200, worker: 0, author: 0, other: 4 },
    ]);
    assert.deepEqual(rewardSeries([]), []);
  });

  it('keep the balance on days when nothing moved', () => {
    const points = balanceSeries([
      day(12, { treasuryOutWei: String(ASSAY), treasuryWei: String(2n * ASSAY) }),
      day(10, { treasuryInWei: String(3n * ASSAY), treasuryWei: String(3n * ASSAY) }),
    ]);
    assert.deepEqual(
      points.map(({ balance, in: came, out }) => [balance, came, out]),
      [
        [3, 3, 0],
        [3, 0, 0],
        [2, 0, 1],
      ],
    );
  });

  it('turn wei into numbers that a chart can draw', () => {
    assert.equal(chartAmount(1_000_000_001n * 10n ** 9n), 1.000000001);
  });
});
