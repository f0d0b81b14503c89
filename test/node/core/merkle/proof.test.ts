import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { innerHash } from '../../../../node/core/merkle/leaf.ts';
import { isMember, type Membership, pathOf } from '../../../../node/core/merkle/proof.ts';
import { rootOf, treeOf, ZERO_SUBTREES } from '../../../../node/core/merkle/tree.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const seed = 91;
const random = new Seeded(seed);

function honest(count: number, index: number): Membership {
  const leaves = random.bytes(32 * count);
  const tree = treeOf(leaves);
  return {
    root: rootOf(tree),
    count,
    index,
    leaf: leaves.slice(32 * index, 32 * index + 32),
    path: pathOf(tree, index),
  };
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7);
  return copy;
}

type Mutation = (proof: Membership) => Membership;
const at = (path: readonly Uint8Array[], i: number, node: Uint8Array): Uint8Array[] =>
  path.map((own, j) => (j === i ? node : own));
const somewhere = (path: readonly Uint8Array[]): number => random.int(0, path.length - 1);
const MUTATIONS: Record<string, Mutation> = {
  'a flipped bit in the leaf': (p) => ({ ...p, leaf: flipped(p.leaf) }),
  'a flipped bit in the root': (p) => ({ ...p, root: flipped(p.root) }),
  'a flipped bit in the path': (p) => {
    const i = somewhere(p.path);
    return { ...p, path: at(p.path, i, flipped(p.path[i]!)) };
  },
  'another index': (p) => ({ ...p, index: (p.index + random.int(1, p.count - 1)) % p.count }),
  'an index beyond the count': (p) => ({ ...p, index: p.count + random.int(0, 5) }),
  'a negative index': (p) => ({ ...p, index: -1 - p.index }),
  'a fractional index': (p) => ({ ...p, index: p.index + 0.5 }),
  'an index with high bits': (p) => ({ ...p, index: p.index + 2 ** 32 }),
  'a count of another depth': (p) => ({ ...p, count: p.count * 2 + 1 }),
  'a count of 0': (p) => ({ ...p, count: 0 }),
  'a count that is no number': (p) => ({ ...p, count: Number.NaN }),
  'a shorter path': (p) => ({ ...p, path: p.path.slice(1) }),
  'a longer path': (p) => ({ ...p, path: [...p.path, random.bytes(32)] }),
  'an inner node passed as the leaf': (p) => {
    const [sibling, ...rest] = p.path;
    const pair = p.index % 2 === 0 ? innerHash(p.leaf, sibling!) : innerHash(sibling!, p.leaf);
    return { ...p, leaf: pair, index: Math.floor(p.index / 2), path: rest };
  },
  'two siblings swapped': (p) => ({
    ...p,
    path: p.path.length < 2 ? [] : [p.path[1]!, p.path[0]!, ...p.path.slice(2)],
  }),
  'leaf and sibling swapped': (p) => ({ ...p, leaf: p.path[0]!, path: at(p.path, 0, p.leaf) }),
  'a short sibling': (p) => {
    const i = somewhere(p.path);
    return { ...p, path: at(p.path, i, p.path[i]!.subarray(1)) };
  },
  'a long sibling': (p) => ({ ...p, path: at(p.path, 0, random.bytes(33)) }),
  'a sibling that is no byte array': (p) => ({ ...p, path: at(p.path, 0, [...p.path[0]!] as unknown as Uint8Array) }),
  'a path that is no array': (p) => ({ ...p, path: { length: p.path.length } as unknown as Uint8Array[] }),
  'a short leaf': (p) => ({ ...p, leaf: p.leaf.subarray(0, 31) }),
  'an empty root': (p) => ({ ...p, root: new Uint8Array() }),
};

describe('isMember', () => {
  it('accepts every leaf of trees of 1 to 40 leaves', () => {
    for (let count = 1; count <= 40; count++) {
      for (let index = 0; index < count; index++) assert.ok(isMember(honest(count, index)));
    }
  });

  it(`accepts none of 10,000 mutated proofs (seed ${seed})`, () => {
    const names = Object.keys(MUTATIONS);
    let accepted = 0;
    for (let i = 0; i < 10_000; i++) {
      const count = random.int(2, 33);
      const proof = honest(count, random.int(0, count - 1));
      const mutated = MUTATIONS[names[i % names.length]!]!(proof);
      if (isMember(mutated)) accepted++;
    }
    assert.equal(accepted, 0);
  });

  it('refuses padding opened as a leaf and a root over other padding', () => {
    const leaves = [random.bytes(32), random.bytes(32), random.bytes(32)] as const;
    const left = innerHash(leaves[0], leaves[1]);
    const honestRoot = innerHash(left, innerHash(leaves[2], ZERO_SUBTREES[0]!));
    const padding = { root: honestRoot, count: 3, index: 3, leaf: ZERO_SUBTREES[0]!, path: [leaves[2], left] };
    assert.equal(isMember(padding), false);
    const stuffed = random.bytes(32);
    const root = innerHash(left, innerHash(leaves[2], stuffed));
    assert.equal(isMember({ root, count: 3, index: 2, leaf: leaves[2], path: [stuffed, left] }), false);
    assert.equal(isMember({ root, count: 4, index: 2, leaf: leaves[2], path: [stuffed, left] }), true);
  });
});
