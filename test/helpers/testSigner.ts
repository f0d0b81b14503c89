import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Address, toHex } from '../../node/core/codec/hex.ts';
import { keccak256 } from '../../node/core/codec/keccak256.ts';
import type { Signer } from '../../node/ports/Signer.ts';

interface Secp256k1 {
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array;
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { readonly signature: Uint8Array; readonly recid: number };
}
/** The package ships no types. */
const secp256k1 = createRequire(import.meta.url)('secp256k1') as Secp256k1;

/** A native signer over a key that everybody can derive from `name`. For tests and benches only. */
export function testSigner(name: string): Signer {
  const key = createHash('sha256').update(`assay test key ${name}`).digest();
  const publicKey = secp256k1.publicKeyCreate(key, false);
  return {
    address: toHex(keccak256(publicKey.subarray(1)).subarray(12)) as Address,
    signDigest: (digest) => {
      const { signature, recid } = secp256k1.ecdsaSign(digest, key);
      return `${toHex(signature)}${recid === 0 ? '1b' : '1c'}`;
    },
  };
}
