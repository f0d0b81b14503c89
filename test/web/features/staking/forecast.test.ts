import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ForecastAssumptions, forecast } from '../../../../web/features/staking/forecast.ts';
import { averageFees } from '../../../../web/features/staking/useRecentFees.ts';

const TOKEN = 10n ** 18n;
const base: ForecastAssumptions = {
  stakeWei: 1000n * TOKEN,
  feesPerDayWei: 10n * TOKEN,
  workerBps: 8000,
  shareOfJobs: 0.25,
  costsPerDayWei: 0n,
  horizonDays: 100,
  thawDays: 0,
};

describe('forecast', () => {
  it('is fees × the part of workers × the part of jobs × days', () => {
    const result = forecast(base);
    assert.equal(result.incomeWei, 200n * TOKEN);
    assert.equal(result.yieldOverHorizon, 0.2);
    assert.ok(Math.abs(result.yieldPerYear - 0.73) < 1e-9);
  });

  it('counts the thaw as bound time that earns nothing', () => {
    const result = forecast({ ...base, thawDays: 100 });
    assert.equal(result.incomeWei, 200n * TOKEN);
    assert.ok(Math.abs(result.yieldPerYear - 0.365) < 1e-9);
  });

  it('takes costs off, also below zero', () => {
    assert.equal(forecast({ ...base, costsPerDayWei: 3n * TOKEN }).netWei, -100n * TOKEN);
    assert.equal(forecast({ ...base, costsPerDayWei: 3n * TOKEN }).yieldOverHorizon, -0.1);
  });

  it('grows with fees and share and falls with stake', () => {
    const now = forecast(base).yieldPerYear;
    assert.ok(forecast({ ...base, feesPerDayWei: 11n * TOKEN }).yieldPerYear > now);
    assert.ok(forecast({ ...base, shareOfJobs: 0.3 }).yieldPerYear > now);
    assert.ok(forecast({ ...base, stakeWei: 1001n * TOKEN }).yieldPerYear < now);
  });

  it('keeps shares within 0 and 1 and days above 0', () => {
    assert.equal(forecast({ ...base, shareOfJobs: 7 }).incomeWei, 800n * TOKEN);
    assert.equal(forecast({ ...base, shareOfJobs: -1 }).incomeWei, 0n);
    assert.equal(forecast({ ...base, horizonDays: -5 }).incomeWei, 0n);
  });

  it('says NaN where there is nothing to divide by', () => {
    assert.ok(Number.isNaN(forecast({ ...base, stakeWei: 0n }).yieldPerYear));
    assert.ok(Number.isNaN(forecast({ ...base, horizonDays: 0 }).yieldPerYear));
  });

  it('is exact for amounts beyond 2^53', () => {
    const big = forecast({ ...base, feesPerDayWei: 123_456_789_012_345_678_901_234n, shareOfJobs: 1, horizonDays: 1 });
    assert.equal(big.incomeWei, 98_765_431_209_876_543_120_987n);
  });
});

describe('average of fees', () => {
  const day = (startedAt: number, tokens: bigint, jobsCompleted = 1) => ({
    startedAt: String(startedAt),
    feesWei: String(tokens * TOKEN),
    jobsCompleted,
  });
  const now = 100 * 86_400;

  it('spreads over the days of a young network, and over no more than thirty', () => {
    assert.deepEqual(averageFees([day(now - 3600, 10n)], now), { perDayWei: 10n * TOKEN, jobs: 1, days: 1 });
    assert.deepEqual(averageFees([day(now - 3600, 10n), day(now - 2 * 86_400, 10n, 4)], now), {
      perDayWei: 10n * TOKEN,
      jobs: 5,
      days: 2,
    });
    assert.equal(averageFees([day(now - 3600, 10n), day(now - 40 * 86_400, 1000n)], now).days, 1);
  });

  it('is zero without jobs', () => {
    assert.deepEqual(averageFees([], now), { perDayWei: 0n, jobs: 0, days: 1 });
  });
});
