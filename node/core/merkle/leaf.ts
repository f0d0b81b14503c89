import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';

/**
 * Domain tags, one byte in front of everything that is hashed, so that no value of one kind is also a value of
 * another (verification.md 3.2, attack 12). Twin: contracts/verifier.
 */
export const TAG = { leaf: 0x00, inner: 0x01, list: 0x02, tensor: 0x03, step: 0x04, program: 0x05 } as const;

/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

/** Bytes of data in one leaf: 1024 by default, 256 where a dispute must open many scattered windows. */
export const LEAF_BYTES = [256, 1024] as const;
export type LeafBytes = (typeof LEAF_BYTES)[number];

/**
 * `sha256(0x00 || data || zeros up to leafBytes)`.
 * @param data at most `leafBytes` bytes
 */
export function leafHash(data: Uint8Array, leafBytes: LeafBytes = 1024, sha256: Sha256 = portable): Uint8Array {
  invariant(data.length <= leafBytes, 'leaf data is not longer than a leaf');
  const message = new Uint8Array(1 + leafBytes);
  message[0] = TAG.leaf;
  message.set(data, 1);
  return sha256(message);
}

/** `sha256(0x01 || left || right)`. */
export function innerHash(left: Uint8Array, right: Uint8Array, sha256: Sha256 = portable): Uint8Array {
  const message = new Uint8Array(1 + 2 * DIGEST_BYTES);
  message[0] = TAG.inner;
  message.set(left, 1);
  message.set(right, 1 + DIGEST_BYTES);
  return sha256(message);
}
