import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeReceipt,
  encodeReceipt,
  ReceiptMalformed,
  receiptFromJson,
  receiptToJson,
} from '../../../../node/core/codec/decodeReceipt.ts';
import { type Digest, type Hex, toHex } from '../../../../node/core/codec/hex.ts';
import type { SignedReceipt } from '../../../../node/core/codec/receipt.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(3);
const digest = (): Digest => toHex(random.bytes(32)) as Digest;
const signed: SignedReceipt = {
  receipt: {
    jobId: digest(),
    versionId: 2n ** 256n - 1n,
    programRoot: digest(),
    inputRoot: digest(),
    outputRoot: digest(),
    worker: toHex(random.bytes(20)),
    issuedAt: 2n ** 64n - 1n,
  },
  domain: { chainId: 2n ** 256n - 1n, verifyingContract: toHex(random.bytes(20)) },
  signature: toHex(random.bytes(65)),
};
const json = receiptToJson(signed);
const withReceipt = (changed: object): unknown => ({ ...json, receipt: { ...json.receipt, ...changed } });
const without = (value: object, key: string): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));

describe('decodeReceipt', () => {
  it('reads back what encodeReceipt wrote, the longest receipt included', () => {
    assert.deepEqual(decodeReceipt(encodeReceipt(signed)), signed);
    assert.deepEqual(receiptFromJson(json), signed);
  });

  it('writes one spelling: addresses and signatures come out in lower case', () => {
    const upper = (hex: Hex): Hex => `0x${hex.slice(2).toUpperCase()}`;
    const shouted = {
      ...signed,
      receipt: { ...signed.receipt, worker: upper(signed.receipt.worker) },
      signature: upper(signed.signature),
    };
    assert.equal(encodeReceipt(shouted), encodeReceipt(signed));
  });

  const refused: Record<string, unknown> = {
    null: null,
    'an array': [json],
    'a number': 1,
    'a key missing at the top': without(json, 'signature'),
    'a key missing in receipt': { ...json, receipt: without(json.receipt, 'issuedAt') },
    'a key missing in domain': { ...json, domain: without(json.domain, 'chainId') },
    'an unknown key': { ...json, extra: 1 },
    'an unknown key in receipt': withReceipt({ extra: '1' }),
    'an inherited key': { ...json, receipt: Object.create(json.receipt) as object },
    'a number instead of a decimal string': withReceipt({ versionId: 1 }),
    'a leading zero': withReceipt({ versionId: '01' }),
    'a sign': withReceipt({ versionId: '-1' }),
    'an exponent': withReceipt({ versionId: '1e3' }),
    'hexadecimal instead of decimal': withReceipt({ versionId: '0x1' }),
    'a space': withReceipt({ versionId: ' 1' }),
    'an empty number': withReceipt({ versionId: '' }),
    '2^256': withReceipt({ versionId: (2n ** 256n).toString() }),
    '2^64 seconds': withReceipt({ issuedAt: (2n ** 64n).toString() }),
    'a thousand digits': withReceipt({ versionId: '1'.repeat(1000) }),
    'an upper-case digest': withReceipt({ inputRoot: json.receipt.inputRoot.toUpperCase() }),
    'a short digest': withReceipt({ inputRoot: json.receipt.inputRoot.slice(0, -2) }),
    'a digest that is no string': withReceipt({ inputRoot: ['0x'] }),
    'a short address': withReceipt({ worker: '0x00' }),
    'a signature of 64 bytes': { ...json, signature: json.signature.slice(0, -2) },
    'a signature that is no string': { ...json, signature: null },
    'a domain that is no object': { ...json, domain: 'x' },
  };
  for (const [name, value] of Object.entries(refused)) {
    it(`error: ReceiptMalformed for ${name}`, () => {
      assert.throws(() => receiptFromJson(value), ReceiptMalformed);
    });
  }

  it('error: ReceiptMalformed for text that is not JSON, and for long text before it is parsed', () => {
    for (const text of [
      '',
      '{',
      'undefined',
      encodeReceipt(signed).slice(1),
      `${' '.repeat(5000)}${encodeReceipt(signed)}`,
    ]) {
      assert.throws(() => decodeReceipt(text), { code: 'RECEIPT_MALFORMED' });
    }
  });

  it('ignores __proto__ in hostile JSON', () => {
    assert.throws(() => decodeReceipt(`{"__proto__":${encodeReceipt(signed)}}`), ReceiptMalformed);
  });
});
