import { equalBytes } from '../codec/bytes.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';
import { DIGEST_BYTES, innerHash } from './leaf.ts';
import { depthOf, MAX_LEAVES, type MerkleTree, nodeAt, ZERO_SUBTREES } from './tree.ts';

/** Siblings from the leaf upward; the bits of the index say on which side each one stands. */
export type MerklePath = readonly Uint8Array[];

/** The path of leaf `index` (below `tree.count`). */
export function pathOf(tree: MerkleTree, index: number): MerklePath {
  invariant(Number.isSafeInteger(index) && index >= 0 && index < tree.count, `leaf ${index} exists`);
  const path: Uint8Array[] = [];
  for (let level = 0; level < tree.depth; level++) path.push(nodeAt(tree, level, siblingAt(index, level)));
  return path;
}

/** What is claimed: that leaf `index` of the tree with `count` leaves under `root` has this digest. */
export interface Membership {
  readonly root: Uint8Array;
  readonly count: number;
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly path: MerklePath;
}

/**
 * Whether the claim holds. Total: any malformed value answers false. The depth comes from the count, so a path has
 * exactly one length; a sibling that covers padding only must be the zero subtree, so a root has exactly one content.
 */
export function isMember({ root, count, index, leaf, path }: Membership, sha256: Sha256 = portable): boolean {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_LEAVES) return false;
  if (!Number.isSafeInteger(index) || index < 0 || index >= count) return false;
  if (!isDigestBytes(root) || !isDigestBytes(leaf) || !Array.isArray(path) || path.length !== depthOf(count))
    return false;
  let node = leaf;
  for (const [level, sibling] of path.entries()) {
    if (!isDigestBytes(sibling)) return false;
    const at = siblingAt(index, level);
    if (at * 2 ** level >= count && !equalBytes(sibling, ZERO_SUBTREES[level]!)) return false;
    node = at % 2 === 1 ? innerHash(node, sibling, sha256) : innerHash(sibling, node, sha256);
  }
  return equalBytes(node, root);
}

const isDigestBytes = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length === DIGEST_BYTES;

/** Index of the sibling at `level` of the path from leaf `index`; division, because indices reach 2^32. */
function siblingAt(index: number, level: number): number {
  const own = Math.floor(index / 2 ** level);
  return own % 2 === 0 ? own + 1 : own - 1;
}
