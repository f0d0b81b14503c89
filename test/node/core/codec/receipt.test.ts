import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { recoverAddress as ethersRecover, SigningKey, TypedDataEncoder } from 'ethers';
import { hashTypedData, recoverAddress } from 'viem';
import { type Digest, type Hex, toHex } from '../../../../node/core/codec/hex.ts';
import {
  RECEIPT_TYPE,
  type Receipt,
  type ReceiptDomain,
  ReceiptForged,
  receiptDigest,
  receiptTypedDomain,
  type SignedReceipt,
  verifyReceipt,
} from '../../../../node/core/codec/receipt.ts';
import { addressOf, recoverSigner } from '../../../../node/core/codec/signature.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const seed = 20261;
const random = new Seeded(seed);
const digest = (): Digest => toHex(random.bytes(32)) as Digest;
const extreme = (bits: number): bigint => random.pick([0n, 1n, (1n << BigInt(bits)) - 1n, random.uint(bits)]);

function randomReceipt(): { receipt: Receipt; domain: ReceiptDomain } {
  return {
    receipt: {
      jobId: random.pick([digest(), toHex(new Uint8Array(32)) as Digest]),
      versionId: extreme(256),
      programRoot: digest(),
      inputRoot: digest(),
      outputRoot: digest(),
      worker: toHex(random.bytes(20)),
      issuedAt: extreme(64),
    },
    domain: { chainId: extreme(64), verifyingContract: toHex(random.bytes(20)) },
  };
}

const types = { Receipt: [...RECEIPT_TYPE.fields] };

function sign(bytes: Uint8Array, key: Uint8Array): Hex {
  const recovered = secp256k1.sign(bytes, key, { prehash: false, format: 'recovered' });
  return toHex(Uint8Array.of(...recovered.subarray(1), recovered[0]! + 27));
}

function signedReceipt(key: Uint8Array): SignedReceipt {
  const { receipt, domain } = randomReceipt();
  return { receipt, domain, signature: sign(receiptDigest(receipt, domain), key) };
}

describe('receiptDigest', () => {
  it(`agrees with viem and ethers on 2,000 random receipts (seed ${seed})`, () => {
    for (let i = 0; i < 2000; i++) {
      const { receipt, domain } = randomReceipt();
      const ours = toHex(receiptDigest(receipt, domain));
      const full = receiptTypedDomain(domain);
      const typed = { domain: { ...full }, types, primaryType: 'Receipt', message: { ...receipt } } as const;
      assert.equal(hashTypedData(typed as unknown as Parameters<typeof hashTypedData>[0]), ours);
      assert.equal(TypedDataEncoder.hash({ ...full }, types, { ...receipt }), ours);
    }
  });
});

describe('recoverSigner', () => {
  it('agrees with viem and ethers, which sign and recover too', async () => {
    for (let i = 0; i < 100; i++) {
      const key = random.bytes(32);
      const signer = new SigningKey(toHex(key));
      const bytes = random.bytes(32);
      const signature = signer.sign(bytes).serialized as Hex;
      assert.equal(signature, sign(bytes, key));
      const ours = recoverSigner(bytes, signature);
      assert.equal(ours, addressOf(secp256k1.getPublicKey(key)));
      assert.equal((await recoverAddress({ hash: toHex(bytes), signature })).toLowerCase(), ours);
      assert.equal(ethersRecover(bytes, signature).toLowerCase(), ours);
    }
  });
});

describe('verifyReceipt', () => {
  const key = random.bytes(32);
  const hotKey = addressOf(secp256k1.getPublicKey(key));

  it('default', () => {
    for (let i = 0; i < 50; i++) verifyReceipt(signedReceipt(key), hotKey);
  });

  it('takes the expected signer in any letter case', () => {
    verifyReceipt(signedReceipt(key), `0x${hotKey.slice(2).toUpperCase()}`);
  });

  it('error: ReceiptForged when any field is flipped by one bit', () => {
    const signed = signedReceipt(key);
    const { receipt, domain } = signed;
    const flipHex = (value: Hex): Hex => `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}` as Hex;
    const flip = (value: bigint | Hex): bigint | Hex => (typeof value === 'bigint' ? value ^ 1n : flipHex(value));
    for (const field of Object.keys(receipt) as (keyof Receipt)[]) {
      const changed = { ...signed, receipt: { ...receipt, [field]: flip(receipt[field]) } };
      assert.throws(() => verifyReceipt(changed, hotKey), ReceiptForged, field);
    }
    for (const field of Object.keys(domain) as (keyof ReceiptDomain)[]) {
      const changed = { ...signed, domain: { ...domain, [field]: flip(domain[field]) } };
      assert.throws(() => verifyReceipt(changed, hotKey), ReceiptForged, field);
    }
  });

  it('error: ReceiptForged for the signature of another key and for the other v', () => {
    const { receipt, domain, signature } = signedReceipt(key);
    const other = { receipt, domain, signature: sign(receiptDigest(receipt, domain), random.bytes(32)) };
    assert.throws(() => verifyReceipt(other, hotKey), { code: 'RECEIPT_FORGED' });
    const otherV: Hex = `${signature.slice(0, -2)}${signature.endsWith('1b') ? '1c' : '1b'}` as Hex;
    assert.throws(() => verifyReceipt({ receipt, domain, signature: otherV }, hotKey), { code: 'RECEIPT_FORGED' });
  });
});
