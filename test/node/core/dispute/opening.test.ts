import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOpening, leafSpan, type Opening, openingOfLeaf, openRange } from '../../../../node/core/dispute/opening.ts';
import { pathOf } from '../../../../node/core/merkle/proof.ts';
import { commitTensor } from '../../../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { Seeded } from '../../../helpers/seeded.ts';

function randomTensor(random: Seeded): Tensor {
  const n = random.pick([1, 5, 63, 64, 255, 256, 257, 1024, 1025, 4097, 9000]);
  return random.pick([
    tensor('uint8', [n], random.bytes(n)),
    tensor(
      'int32',
      [n],
      Int32Array.from({ length: n }, () => random.int(-1000, 1000)),
    ),
    tensor(
      'int64',
      [n],
      BigInt64Array.from({ length: n }, () => random.uint(40)),
    ),
  ]);
}

describe('openingOfLeaf', () => {
  it('is the opening of an element in it', () => {
    const random = new Seeded(32);
    for (let i = 0; i < 200; i++) {
      const value = randomTensor(random);
      const committed = commitTensor(value, { leafBytes: 256, sha256 });
      const element = random.int(0, value.data.length - 1);
      const opening = openRange(value, committed, element, 1);
      const { first } = leafSpan(committed.header, element, 1);
      const { tree } = committed;
      assert.deepEqual(openingOfLeaf(opening.leaves, first, tree.count, pathOf(tree, first)), opening);
    }
  });
});

describe('openRange', () => {
  it('shows every range, and nothing else', () => {
    const random = new Seeded(31);
    for (let i = 0; i < 300; i++) {
      const value = randomTensor(random);
      const committed = commitTensor(value, { leafBytes: random.pick([256, 1024] as const), sha256 });
      const { header } = committed;
      const first = random.int(0, value.data.length - 1);
      const count = random.int(1, value.data.length - first);
      const opening = openRange(value, committed, first, count);
      const holds = (given: Opening, from = first, many = count): boolean =>
        isOpening(header, from, many, given, sha256);
      assert.ok(holds(opening));
      const { leaves, siblings } = opening;
      const at = random.int(0, leaves.length - 1);
      const flipped = leaves.map((byte, index) => (index === at ? byte ^ 1 : byte));
      assert.ok(!holds({ leaves: flipped, siblings }), 'a byte changed, padding too');
      assert.ok(!holds({ leaves: leaves.subarray(1), siblings }), 'a byte missing');
      assert.ok(!holds({ leaves, siblings: [...siblings, new Uint8Array(32)] }), 'a sibling too many');
      if (siblings.length > 0) {
        assert.ok(!holds({ leaves, siblings: siblings.slice(1) }), 'a sibling missing');
        assert.ok(!holds({ leaves, siblings: siblings.map((one) => one.subarray(1)) }), 'short siblings');
        assert.ok(!holds({ leaves, siblings: siblings.with(0, new Uint8Array(32)) }), 'another sibling');
      }
      assert.ok(!holds(opening, first, value.data.length + 1), 'beyond the tensor');
      assert.ok(!holds(opening, -1), 'before the tensor');
      assert.ok(!holds(opening, first, 0), 'nothing');
      const shifted = random.int(0, value.data.length - count);
      const [a, b] = [leafSpan(header, first, count), leafSpan(header, shifted, count)];
      if (a.first !== b.first) assert.ok(!holds(opening, shifted), 'other leaves');
    }
  });
});
