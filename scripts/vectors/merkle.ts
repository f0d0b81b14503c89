import type { Digest } from '../../node/core/codec/hex.ts';
import { toHex } from '../../node/core/codec/hex.ts';
import { innerHash, leafHash, TAG } from '../../node/core/merkle/leaf.ts';
import { listDigest, treeOfDigests } from '../../node/core/merkle/list.ts';
import { isMember, type Membership, pathOf } from '../../node/core/merkle/proof.ts';
import { rootOf, treeOf, ZERO_SUBTREES } from '../../node/core/merkle/tree.ts';
import { bytesOf } from './random.ts';

const COUNTS = [1, 2, 3, 5, 8, 13, 64, 65];

function proofs(count: number): Membership[] {
  const leaves = bytesOf(`merkle ${count} `, 32 * count);
  const tree = treeOf(leaves);
  const indices = [...new Set([0, Math.floor(count / 2), count - 1])];
  return indices.map((index) => ({
    root: rootOf(tree),
    count,
    index,
    leaf: leaves.subarray(32 * index, 32 * index + 32),
    path: pathOf(tree, index),
  }));
}

/** Proofs that must be refused, made from honest ones. */
function forged(proof: Membership): Membership[] {
  const { leaf, path, index, count } = proof;
  const flipped = leaf.slice();
  flipped[31]! ^= 1;
  const all = [
    { ...proof, leaf: flipped },
    { ...proof, index: count },
    { ...proof, path: [...path, leaf] },
  ];
  if (path.length === 0) return all;
  const [sibling, ...rest] = path;
  const parent = index % 2 === 0 ? innerHash(leaf, sibling!) : innerHash(sibling!, leaf);
  return [
    ...all,
    { ...proof, path: rest },
    { ...proof, index: index ^ 1 },
    { ...proof, leaf: parent, index: index >> 1, path: rest },
  ];
}

const write = (proof: Membership) => ({
  root: toHex(proof.root),
  count: proof.count,
  index: proof.index,
  leaf: toHex(proof.leaf),
  path: proof.path.map(toHex),
  valid: isMember(proof),
});

/** Padding that is not the zero subtree, under a root that commits to it. */
function stuffed(): Membership {
  const [a, b, c, padding] = [0, 1, 2, 3].map((i) => bytesOf(`stuffed ${i} `, 32)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const left = innerHash(a, b);
  return { root: innerHash(left, innerHash(c, padding)), count: 3, index: 2, leaf: c, path: [padding, left] };
}

export function merkleVectors(): unknown {
  const honest = COUNTS.flatMap(proofs);
  return {
    description:
      'sha256 trees (verification.md 3.2): leaf = sha256(0x00 || data zero padded to leafBytes), inner = sha256(0x01 || left || right), list = sha256(0x02 || count uint32 BE || root). Padding to 2^depth by zero subtrees: height 0 is 32 zero bytes.',
    tags: TAG,
    zeroSubtrees: ZERO_SUBTREES.map(toHex),
    leaves: [0, 1, 255, 256].flatMap((length) =>
      ([256, 1024] as const).map((leafBytes) => {
        const data = bytesOf(`leaf ${length} `, length);
        return { data: toHex(data), leafBytes, digest: toHex(leafHash(data, leafBytes)) };
      }),
    ),
    lists: COUNTS.map((count) => {
      const digests = Array.from({ length: count }, (_, i) => toHex(bytesOf(`list ${count} ${i} `, 32)) as Digest);
      const tree = treeOfDigests(digests);
      return { digests, root: toHex(rootOf(tree)), list: listDigest(tree) };
    }),
    proofs: [...honest, ...honest.flatMap(forged), stuffed()].map(write),
  };
}
