import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { finalitySecondsOf } from '../../../../node/chain/assay/context.ts';
import { createSettlement, readSettlement } from '../../../../node/chain/assay/settlement.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { jobIdOf } from '../../../../node/core/codec/job.ts';
import { type Market, startMarket, WINDOW_SECONDS } from '../../../helpers/market.ts';

let market: Market;
before(async () => {
  market = await startMarket();
});
after(() => market.stop());

async function submitted(): Promise<Digest> {
  const { terms, validAfter, validBefore, signature } = await market.escrow();
  const jobId = jobIdOf(terms, 31337n, market.deployment.addresses.market);
  const deliverable = `0x${'dd'.repeat(32)}` as Digest;
  await market.settlement.openAndSubmit([{ jobId, terms, validAfter, validBefore, signature, deliverable }]);
  return jobId;
}

describe('Settlement.jobStates', () => {
  const states = (jobs: readonly Digest[], finalitySeconds: bigint) =>
    readSettlement({ ...market.reading, finalitySeconds }).jobStates(jobs);

  it('behavior: an end is reported when it is old enough to stay', async () => {
    const [first, second] = [await submitted(), await submitted()];
    const unknown = `0x${'77'.repeat(32)}` as Digest;
    await market.pass(Number(WINDOW_SECONDS) + 1);
    await market.settlement.finalize([first]);
    const all = [first, second, unknown];
    assert.deepEqual(await states(all, 0n), ['completed', 'submitted', 'none']);
    assert.deepEqual(await states(all, 10n), ['submitted', 'submitted', 'none']);
    for (let i = 0; i < 3; i++) await market.pass(3);
    assert.deepEqual(await states(all, 10n), ['submitted', 'submitted', 'none']);
    for (let i = 0; i < 3; i++) await market.pass(3);
    assert.deepEqual(await states(all, 10n), ['completed', 'submitted', 'none']);
    assert.deepEqual(await states([], 10n), []);
  });

  it('behavior: where old state is gone, the newest counts', async () => {
    const job = await submitted();
    await market.pass(Number(WINDOW_SECONDS) + 1);
    const settlement = createSettlement({ ...market.writing(market.people.hot), finalitySeconds: 10n ** 9n });
    await settlement.finalize([job]);
    // Block 0 is older than the contracts: the lens is not there and cannot answer.
    assert.deepEqual(await settlement.jobStates([job]), ['completed']);
  });
});

describe('finalitySecondsOf', () => {
  it('default: seconds on the local chain, minutes elsewhere', () => {
    assert.ok(finalitySecondsOf(31337) < 5n);
    assert.ok(finalitySecondsOf(1) >= 144n);
  });
});
