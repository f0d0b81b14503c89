import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Address, Digest, Hex } from '../../../../node/core/codec/hex.ts';
import {
  differsFromQuote,
  type EscrowPayment,
  type ExactPayment,
  escrowPayload,
  PaymentMalformed,
  parsePayment,
  paymentRequirements,
  type Quote,
} from '../../../../node/core/codec/payment.ts';

const address = (byte: string): Address => `0x${byte.repeat(20)}`;
const QUOTE: Quote = {
  chainId: 31337n,
  token: address('01'),
  market: address('02'),
  till: address('03'),
  evaluator: address('04'),
  worker: address('05'),
  versionId: 7n,
  feeWei: 10n ** 15n,
  maxJobSeconds: 600,
};
const SIGNATURE = `0x${'11'.repeat(65)}` as Hex;
const ESCROW: EscrowPayment = {
  scheme: 'assay-escrow',
  terms: {
    client: address('06'),
    worker: QUOTE.worker,
    versionId: 7n,
    inputRoot: `0x${'aa'.repeat(32)}` as Digest,
    feeWei: QUOTE.feeWei,
    expiresAt: 1_800_000_000n,
    evaluator: QUOTE.evaluator,
    salt: `0x${'bb'.repeat(32)}` as Digest,
  },
  validAfter: 0n,
  validBefore: 1_800_000_000n,
  signature: SIGNATURE,
};
const exactPayload = (over: Record<string, unknown> = {}): unknown => ({
  x402Version: 2,
  accepted: { scheme: 'exact', network: 'eip155:31337' },
  payload: {
    signature: SIGNATURE,
    authorization: {
      from: address('06'),
      to: QUOTE.till,
      value: '1000000000000000',
      validAfter: '0',
      validBefore: '1800000000',
      nonce: `0x${'cc'.repeat(32)}`,
      ...over,
    },
  },
});

/** The payload with one path replaced; undefined removes it. */
function changed(payload: unknown, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(payload) as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[path.at(-1)!] = value;
  return copy;
}

describe('parsePayment', () => {
  it('reads back what escrowPayload writes', () => {
    const wire = JSON.parse(JSON.stringify(escrowPayload(ESCROW, 31337n)));
    assert.deepEqual(parsePayment(wire, 31337n), ESCROW);
  });

  it('reads what a stock x402 client sends for `exact`', () => {
    const payment = parsePayment(exactPayload(), 31337n) as ExactPayment;
    assert.equal(payment.value, QUOTE.feeWei);
    assert.equal(payment.to, QUOTE.till);
  });

  const wire = escrowPayload(ESCROW, 31337n);
  const CASES: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['a list', []],
    ['text', 'pay'],
    ['another version', changed(wire, ['x402Version'], 1)],
    ['another chain', changed(wire, ['accepted', 'network'], 'eip155:1')],
    ['a scheme that was not offered', changed(wire, ['accepted', 'scheme'], 'upto')],
    ['a scheme named after a prototype key', changed(wire, ['accepted', 'scheme'], 'constructor')],
    ['no payload', changed(wire, ['payload'], null)],
    ['no terms', changed(wire, ['payload', 'terms'], undefined)],
    ['an address that is none', changed(wire, ['payload', 'terms', 'client'], '0x12')],
    ['a fee that is negative', changed(wire, ['payload', 'terms', 'feeWei'], '-1')],
    ['a fee beyond uint128', changed(wire, ['payload', 'terms', 'feeWei'], (2n ** 128n).toString())],
    ['a fee of 10,000 digits', changed(wire, ['payload', 'terms', 'feeWei'], '9'.repeat(10_000))],
    ['a fraction', changed(wire, ['payload', 'terms', 'feeWei'], 1.5)],
    ['an expiry beyond uint64', changed(wire, ['payload', 'terms', 'expiresAt'], (2n ** 64n).toString())],
    [
      'the block-number bit of OpenZeppelin',
      changed(wire, ['payload', 'authorization', 'validBefore'], (2n ** 47n).toString()),
    ],
    ['a root of 31 bytes', changed(wire, ['payload', 'terms', 'inputRoot'], `0x${'aa'.repeat(31)}`)],
    ['a short signature', changed(wire, ['payload', 'signature'], '0x11')],
    ['a signature of a megabyte', changed(wire, ['payload', 'signature'], `0x${'11'.repeat(1 << 20)}`)],
    ['an exact nonce that is none', exactPayload({ nonce: 7 })],
    ['an exact value beyond uint256', exactPayload({ value: (2n ** 256n).toString() })],
  ];
  for (const [name, value] of CASES) {
    it(`error: PaymentMalformed on ${name}`, () => assert.throws(() => parsePayment(value, 31337n), PaymentMalformed));
  }
});

describe('differsFromQuote', () => {
  it('accepts what was quoted', () => {
    assert.equal(differsFromQuote(ESCROW, QUOTE), undefined);
    assert.equal(differsFromQuote(parsePayment(exactPayload(), 31337n), QUOTE), undefined);
  });

  for (const [field, value, says] of [
    ['worker', address('99'), /worker/],
    ['versionId', 8n, /version/],
    ['evaluator', address('99'), /evaluator/],
    ['feeWei', QUOTE.feeWei - 1n, /price/],
  ] as const) {
    it(`names another ${field}`, () =>
      assert.match(differsFromQuote({ ...ESCROW, terms: { ...ESCROW.terms, [field]: value } }, QUOTE)!, says));
  }
  it('names another till, and another amount', () => {
    assert.match(differsFromQuote(parsePayment(exactPayload({ to: address('99') }), 31337n), QUOTE)!, /till/);
    assert.match(differsFromQuote(parsePayment(exactPayload({ value: '1' }), 31337n), QUOTE)!, /price/);
  });
});

describe('paymentRequirements', () => {
  it('offers the stock scheme first, then escrow; both on this chain, at this price', () => {
    const { x402Version, accepts } = paymentRequirements(QUOTE, '/v2/models/digits/infer', 'pay') as {
      x402Version: number;
      accepts: Record<string, unknown>[];
    };
    assert.equal(x402Version, 2);
    assert.deepEqual(
      accepts.map(({ scheme, payTo }) => [scheme, payTo]),
      [
        ['exact', QUOTE.till],
        ['assay-escrow', QUOTE.market],
      ],
    );
    for (const { network, amount, asset } of accepts)
      assert.deepEqual([network, amount, asset], ['eip155:31337', '1000000000000000', QUOTE.token]);
  });
});
