import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../../../web/lib/config.ts';
import { jobIdIn, jobOf, paymentPlan, stillPayable } from '../../../../web/lib/inference/payment.ts';

const at = (byte: string): Address => `0x${byte.repeat(20)}`;
const CONFIG = {
  chainId: 31337,
  contracts: { token: at('01'), market: at('02'), jobCourt: at('03') },
} as unknown as SiteConfig;
const ORDER = {
  model: 'digits',
  versionId: 1n,
  worker: at('aa'),
  feeWei: 5n,
  inputRoot: `0x${'bb'.repeat(32)}` as Digest,
};

describe('paying for an answer', () => {
  it('signs what is shown: this price, this market, this chain, this job, ten minutes', () => {
    const terms = jobOf(CONFIG, at('cc'), ORDER, 1_000n);
    const { typedData, spends } = paymentPlan(CONFIG, ORDER, terms);
    const { message, domain } = typedData;
    assert.deepEqual(spends, { amountWei: 5n, spender: at('02'), deadline: 1_600n });
    assert.deepEqual([message['value'], message['to'], message['validBefore']], [5n, at('02'), 1_600n]);
    assert.deepEqual([domain.chainId, domain.verifyingContract], [31337, at('01')]);
    assert.equal(message['nonce'], jobIdIn(CONFIG, terms));
  });

  it('is not the same job for another worker, price, input, market or chain, nor twice', () => {
    const terms = jobOf(CONFIG, at('cc'), ORDER, 1_000n);
    const others = [
      jobIdIn(CONFIG, { ...terms, worker: at('ab') }),
      jobIdIn(CONFIG, { ...terms, feeWei: 6n }),
      jobIdIn(CONFIG, { ...terms, inputRoot: `0x${'bc'.repeat(32)}` as const }),
      jobIdIn({ ...CONFIG, chainId: 1 }, terms),
      jobIdIn({ ...CONFIG, contracts: { ...CONFIG.contracts, market: at('04') } }, terms),
      jobIdIn(CONFIG, jobOf(CONFIG, at('cc'), ORDER, 1_000n)),
    ];
    assert.equal(new Set([jobIdIn(CONFIG, terms), ...others]).size, 7);
  });

  it('says that a payment without an answer can still be taken', () => {
    const job = `0x${'dd'.repeat(32)}` as Digest;
    const { fix } = stillPayable(
      { what: 'The worker did not answer', why: 'x', fix: 'Ask another.' },
      job,
      1_790_000_000n,
    );
    assert.match(fix, /^Until .*2026.* can still take your payment/);
    assert.ok(fix.includes(job));
  });
});
