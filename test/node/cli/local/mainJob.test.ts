import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkReport, MainJobFailed, type Report } from '../../../../node/cli/local/mainJob.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';

const ROOT = `0x${'ab'.repeat(32)}` as Digest;
const GOOD: Report = {
  model: 'digits',
  versionId: 1n,
  cid: 'bafk',
  sha256: ROOT,
  programRoot: ROOT,
  steps: 2,
  jobs: { paid: 355, completed: 355, perWorker: {}, seconds: 1 },
  receipts: { verified: 355, different: 0 },
  accuracy: { correct: 345, rows: 355 },
  money: {
    paidByConsumerWei: 355n,
    workersWei: 284n,
    authorWei: 53n,
    treasuryWei: 18n,
    heldWei: 0n,
    differenceWei: 0n,
  },
  seconds: 20,
};

describe('checkReport', () => {
  it('accepts a report whose promises hold', () => assert.doesNotThrow(() => checkReport(GOOD)));

  for (const [name, report, says] of [
    ['an answer that differs', { ...GOOD, receipts: { verified: 354, different: 1 } }, /1 answers differ/],
    ['a job that is not completed', { ...GOOD, jobs: { ...GOOD.jobs, completed: 354 } }, /1 of 355/],
    ['a wei that is missing', { ...GOOD, money: { ...GOOD.money, differenceWei: 1n } }, /1 wei/],
    ['a wei too many', { ...GOOD, money: { ...GOOD.money, differenceWei: -1n } }, /-1 wei/],
  ] as const) {
    it(`error: MainJobFailed on ${name}`, () =>
      assert.throws(
        () => checkReport(report),
        (error: MainJobFailed) => error instanceof MainJobFailed && says.test(error.why),
      ));
  }
});
