import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex } from '../../../../node/core/codec/hex.ts';
import { InvariantBroken } from '../../../../node/core/errors.ts';
import { LEAF_BYTES, leafHash } from '../../../../node/core/merkle/leaf.ts';
import { depthOf, nodeAt, rootOf, treeOf, treeOfBytes, ZERO_SUBTREES } from '../../../../node/core/merkle/tree.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const sha = (...parts: Uint8Array[]): Uint8Array => {
  const state = createHash('sha256');
  for (const part of parts) state.update(part);
  return new Uint8Array(state.digest());
};

/** Second implementation, from the definition: a full binary tree over 2^depth leaves. */
function naiveRoot(leaves: Uint8Array[]): Uint8Array {
  let size = 1;
  while (size < leaves.length) size *= 2;
  let level = [...leaves, ...Array.from({ length: size - leaves.length }, () => new Uint8Array(32))];
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => sha(Uint8Array.of(1), level[2 * i]!, level[2 * i + 1]!));
  }
  return level[0]!;
}

const random = new Seeded(5);

describe('treeOf', () => {
  it('has the root of the definition for 1 to 70 leaves', () => {
    for (let count = 1; count <= 70; count++) {
      const leaves = Array.from({ length: count }, () => random.bytes(32));
      const tree = treeOf(Uint8Array.from(leaves.flatMap((leaf) => [...leaf])));
      assert.equal(tree.depth, Math.ceil(Math.log2(count)));
      assert.equal(toHex(rootOf(tree)), toHex(naiveRoot(leaves)));
    }
  });

  it('gives padding nodes as zero subtrees', () => {
    const tree = treeOf(random.bytes(32 * 5));
    assert.deepEqual(nodeAt(tree, 0, 7), ZERO_SUBTREES[0]);
    assert.deepEqual(nodeAt(tree, 1, 3), ZERO_SUBTREES[1]);
    assert.throws(() => nodeAt(tree, 1, 4), InvariantBroken);
  });
});

describe('treeOfBytes', () => {
  it('hashes zero-padded leaves, with the portable and the host SHA-256 alike', () => {
    for (const leafBytes of LEAF_BYTES) {
      for (const length of [1, leafBytes - 1, leafBytes, leafBytes + 1, 7 * leafBytes + 3]) {
        const bytes = random.bytes(length);
        const leaves = Array.from({ length: Math.ceil(length / leafBytes) }, (_, i) => {
          const padded = new Uint8Array(leafBytes);
          padded.set(bytes.subarray(i * leafBytes, (i + 1) * leafBytes));
          assert.deepEqual(
            leafHash(bytes.subarray(i * leafBytes, (i + 1) * leafBytes), leafBytes),
            sha(Uint8Array.of(0), padded),
          );
          return sha(Uint8Array.of(0), padded);
        });
        const root = toHex(rootOf(treeOfBytes(bytes, leafBytes)));
        assert.equal(root, toHex(naiveRoot(leaves)));
        assert.equal(root, toHex(rootOf(treeOfBytes(bytes, leafBytes, (data) => hash('sha256', data, 'buffer')))));
      }
    }
  });
});

describe('depthOf', () => {
  it('is ceil(log2(count)) up to 2^32 - 1 leaves', () => {
    const depths = [1, 2, 3, 4, 5, 1024, 1025, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1].map(depthOf);
    assert.deepEqual(depths, [0, 1, 2, 2, 3, 10, 11, 31, 32, 32]);
    for (const count of [0, -1, 1.5, 2 ** 32, Number.NaN]) assert.throws(() => depthOf(count), InvariantBroken);
  });
});
