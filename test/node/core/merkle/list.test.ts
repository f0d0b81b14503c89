import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Digest, fromHex, toHex } from '../../../../node/core/codec/hex.ts';
import { InvariantBroken } from '../../../../node/core/errors.ts';
import { listDigest, treeOfDigests } from '../../../../node/core/merkle/list.ts';
import { rootOf } from '../../../../node/core/merkle/tree.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(8);
const digests = (count: number): Digest[] => Array.from({ length: count }, () => toHex(random.bytes(32)) as Digest);

describe('listDigest', () => {
  it('is sha256(0x02 || count || root)', () => {
    const tree = treeOfDigests(digests(5));
    const byHand = createHash('sha256')
      .update(Uint8Array.of(2, 0, 0, 0, 5))
      .update(rootOf(tree))
      .digest('hex');
    assert.equal(listDigest(tree), `0x${byHand}`);
  });

  it('tells apart lists that pad to the same tree', () => {
    const three = digests(3);
    const padded = [...three, `0x${'00'.repeat(32)}` as Digest];
    assert.deepEqual(rootOf(treeOfDigests(three)), rootOf(treeOfDigests(padded)));
    assert.notEqual(listDigest(treeOfDigests(three)), listDigest(treeOfDigests(padded)));
  });

  it('one digest is its own root', () => {
    const [only] = digests(1);
    assert.deepEqual(rootOf(treeOfDigests([only!])), fromHex(only!));
  });

  it('crashes on an empty list', () => {
    assert.throws(() => treeOfDigests([]), InvariantBroken);
  });
});
