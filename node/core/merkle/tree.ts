import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';
import { DIGEST_BYTES, innerHash, type LeafBytes, TAG } from './leaf.ts';

/** Largest number of leaves: counts are committed as uint32. */
export const MAX_LEAVES = 2 ** 32 - 1;

/**
 * A binary tree over `count` digests in index order, padded on the right to 2^depth with zero subtrees. Every inner
 * node is addressed by (level, index); level 0 are the leaves.
 */
export interface MerkleTree {
  readonly count: number;
  /** ceil(log2(count)): fixed by the count, never by a prover. */
  readonly depth: number;
  /** `levels[k]` holds the digests of the subtrees of height k that contain a leaf, 32 bytes each; padding is implied. */
  readonly levels: readonly Uint8Array[];
}

/** ceil(log2(count)). */
export function depthOf(count: number): number {
  invariant(Number.isSafeInteger(count) && count >= 1 && count <= MAX_LEAVES, `${count} leaves make a tree`);
  return 32 - Math.clz32(count - 1);
}

/**
 * `ZERO_SUBTREES[k]`: digest of the padding subtree of height k. Height 0 is 32 zero bytes, the hash of nothing, so
 * padding can never be opened as data; height k + 1 is the inner hash of two of height k.
 */
export const ZERO_SUBTREES: readonly Uint8Array[] = zeroSubtrees(32);

function zeroSubtrees(height: number): Uint8Array[] {
  const all: Uint8Array[] = [new Uint8Array(DIGEST_BYTES)];
  for (let k = 0; k < height; k++) all.push(innerHash(all[k]!, all[k]!));
  return all;
}

/**
 * The tree over digests that lie one after another in `leaves`.
 * @param leaves count x 32 bytes; kept, not copied
 */
export function treeOf(leaves: Uint8Array, sha256: Sha256 = portable): MerkleTree {
  invariant(leaves.length % DIGEST_BYTES === 0, 'leaves are whole digests');
  const count = leaves.length / DIGEST_BYTES;
  const depth = depthOf(count);
  const levels: Uint8Array[] = [leaves];
  for (let level = 0; level < depth; level++) levels.push(parents(levels[level]!, level, sha256));
  return { count, depth, levels };
}

function parents(children: Uint8Array, level: number, sha256: Sha256): Uint8Array {
  const pairs = Math.ceil(children.length / (2 * DIGEST_BYTES));
  const nodes = new Uint8Array(pairs * DIGEST_BYTES);
  const message = new Uint8Array(1 + 2 * DIGEST_BYTES);
  message[0] = TAG.inner;
  for (let i = 0; i < pairs; i++) {
    const pair = children.subarray(2 * i * DIGEST_BYTES, 2 * (i + 1) * DIGEST_BYTES);
    message.set(pair, 1);
    if (pair.length < 2 * DIGEST_BYTES) message.set(ZERO_SUBTREES[level]!, 1 + DIGEST_BYTES);
    nodes.set(sha256(message), i * DIGEST_BYTES);
  }
  return nodes;
}

/** The tree over `bytes` cut into leaves of `leafBytes`, the last one zero padded. At least one byte. */
export function treeOfBytes(bytes: Uint8Array, leafBytes: LeafBytes = 1024, sha256: Sha256 = portable): MerkleTree {
  const count = Math.ceil(bytes.length / leafBytes);
  const leaves = new Uint8Array(count * DIGEST_BYTES);
  const message = new Uint8Array(1 + leafBytes);
  message[0] = TAG.leaf;
  for (let i = 0; i < count; i++) {
    const data = bytes.subarray(i * leafBytes, (i + 1) * leafBytes);
    if (data.length < leafBytes) message.fill(0, 1 + data.length);
    message.set(data, 1);
    leaves.set(sha256(message), i * DIGEST_BYTES);
  }
  return treeOf(leaves, sha256);
}

/** Digest of the subtree of height `level` at `index`, padding included: index < 2^(depth - level). */
export function nodeAt(tree: MerkleTree, level: number, index: number): Uint8Array {
  invariant(level >= 0 && level <= tree.depth && index >= 0 && index < 2 ** (tree.depth - level), 'the node exists');
  const nodes = tree.levels[level]!;
  const at = index * DIGEST_BYTES;
  return at < nodes.length ? nodes.subarray(at, at + DIGEST_BYTES) : ZERO_SUBTREES[level]!;
}

export const rootOf = (tree: MerkleTree): Uint8Array => nodeAt(tree, tree.depth, 0);
