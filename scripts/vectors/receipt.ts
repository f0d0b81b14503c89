import { secp256k1 } from '@noble/curves/secp256k1.js';
import { encodeReceipt } from '../../node/core/codec/decodeReceipt.ts';
import { domainSeparator, encodeType, hashStruct, typeHash } from '../../node/core/codec/eip712.ts';
import { type Digest, type Hex, toHex } from '../../node/core/codec/hex.ts';
import {
  RECEIPT_TYPE,
  type Receipt,
  type ReceiptDomain,
  receiptDigest,
  receiptTypedDomain,
} from '../../node/core/codec/receipt.ts';
import { addressOf } from '../../node/core/codec/signature.ts';
import { bytesOf } from './random.ts';

const COUNT = 12;

function vector(index: number): unknown {
  const part = (name: string, length = 32): Uint8Array => bytesOf(`receipt ${index} ${name} `, length);
  const isExtreme = index === COUNT - 1;
  const receipt: Receipt = {
    jobId: (index === 0 ? `0x${'00'.repeat(32)}` : toHex(part('jobId'))) as Digest,
    versionId: isExtreme ? 2n ** 256n - 1n : BigInt(index),
    programRoot: toHex(part('programRoot')) as Digest,
    inputRoot: toHex(part('inputRoot')) as Digest,
    outputRoot: toHex(part('outputRoot')) as Digest,
    worker: toHex(part('worker', 20)),
    issuedAt: isExtreme ? 2n ** 64n - 1n : 1_780_000_000n + BigInt(index),
  };
  const domain: ReceiptDomain = {
    chainId: index % 2 === 0 ? 31_337n : 1n,
    verifyingContract: toHex(part('market', 20)),
  };
  const key = part('key');
  const digest = receiptDigest(receipt, domain);
  const recovered = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
  const signature: Hex = toHex(Uint8Array.of(...recovered.subarray(1), recovered[0]! + 27));
  return {
    json: encodeReceipt({ receipt, domain, signature }),
    domainSeparator: toHex(domainSeparator(receiptTypedDomain(domain))),
    structHash: toHex(hashStruct(RECEIPT_TYPE, { ...receipt })),
    digest: toHex(digest),
    signer: addressOf(secp256k1.getPublicKey(key)),
  };
}

export const receiptVectors = (): unknown => ({
  description:
    'EIP-712 receipts, domain { name: "Assay", version: "1", chainId, verifyingContract }. json: the signed receipt as workers send it; signer: the address that its signature recovers to.',
  type: encodeType(RECEIPT_TYPE),
  typeHash: toHex(typeHash(RECEIPT_TYPE)),
  receipts: Array.from({ length: COUNT }, (_, index) => vector(index)),
});
