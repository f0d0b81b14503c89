import type { Address, Hex } from '../core/codec/hex.ts';

/** Holds one secp256k1 key and never shows it. */
export interface Signer {
  readonly address: Address;
  /** 65-byte signature r || s || v (v = 27 or 28, low s) over a 32-byte digest. Synchronous: about 0.05 ms native. */
  signDigest(digest: Uint8Array): Hex;
}
