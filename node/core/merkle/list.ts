import { concatBytes, u32be } from '../codec/bytes.ts';
import { type Digest, fromHex, toHex } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { DIGEST_BYTES, TAG } from './leaf.ts';
import { type MerkleTree, rootOf, treeOf } from './tree.ts';

/** The tree over a list of at least one digest. */
export const treeOfDigests = (digests: readonly Digest[], sha256: Sha256 = portable): MerkleTree =>
  treeOf(concatBytes(...digests.map((digest) => fromHex(digest, DIGEST_BYTES))), sha256);

/** `sha256(0x02 || count (uint32 BE) || root)`: commits to the digests, their order and their number. */
export const listDigest = (tree: MerkleTree, sha256: Sha256 = portable): Digest =>
  toHex(sha256(concatBytes(Uint8Array.of(TAG.list), u32be(tree.count), rootOf(tree)))) as Digest;
