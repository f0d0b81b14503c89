import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../../../node/core/codec/hex.ts';
import { encodeHeader } from '../../../../node/core/merkle/tensorCommitment.ts';
import { coveredBy, depthOf, pictureOf } from '../../../../web/features/disputes/picture.ts';
import type { Move } from '../../../../web/features/disputes/query.ts';

const move = (kind: Move['kind'], over: Partial<Move> = {}): Move => ({
  id: kind,
  kind,
  by: 'WORKER',
  node: null,
  child: null,
  children: null,
  level: null,
  index: null,
  header: null,
  data: null,
  step: null,
  element: null,
  partials: null,
  deadline: null,
  at: '0',
  tx: '0x00',
  ...over,
});
const children = (count: number): string[] => Array.from({ length: count }, () => `0x${'00'.repeat(32)}`);
const header = toHex(
  encodeHeader({
    dtype: 'int8',
    layout: 'rowMajor',
    dims: [40, 1024],
    leafBytes: 1024,
    leaves: 40,
    root: new Uint8Array(32),
  }),
);

describe('the picture of a game', () => {
  it('follows 90 steps down to one, and its output down to a leaf', () => {
    const picture = pictureOf(
      [
        move('OPENED'),
        move('NODE_OPENED', { children: children(45) }),
        move('NODE_PICKED', { level: 1, index: 14 }),
        move('NODE_OPENED', { children: children(2) }),
        move('NODE_PICKED', { level: 0, index: 29 }),
        move('TENSOR_OPENED', { header, children: children(20) }),
        move('NODE_PICKED', { level: 1, index: '3' }),
        move('NODE_OPENED', { children: children(2) }),
        move('NODE_PICKED', { level: 0, index: '7' }),
        move('LEAF_OPENED', { data: '0x0102' }),
      ],
      90,
    );
    assert.deepEqual(
      picture.openings.map(({ tree, childLevel, first, children: count, picked }) => [
        tree,
        childLevel,
        first,
        count,
        picked,
      ]),
      [
        ['trace', 1, 0, 45, 14],
        ['trace', 0, 28, 2, 1],
        ['tensor', 1, 0, 20, 3],
        ['tensor', 0, 6, 2, 1],
      ],
    );
    assert.equal(picture.step, 30);
    assert.deepEqual(picture.header?.dims, [40, 1024]);
    assert.deepEqual(picture.leaf, { index: 7, data: Uint8Array.of(1, 2) });
    assert.deepEqual(coveredBy(picture.openings[0]!, 14), [28, 29]);
    assert.deepEqual(coveredBy(picture.openings[0]!, 44), [88, 89], 'the last child covers what is left');
  });

  it('begins with the output when the program has one step', () => {
    const picture = pictureOf([move('OPENED'), move('TENSOR_OPENED', { header, children: children(20) })], 1);
    assert.equal(picture.step, 1);
    assert.equal(picture.openings[0]?.tree, 'tensor');
  });

  it('is empty before the worker has shown anything', () => {
    assert.deepEqual(pictureOf([move('OPENED')], null), { openings: [] });
  });

  it('draws what it can of moves that no honest player makes', () => {
    const hostile = [
      move('NODE_PICKED', { level: 3, index: '4294967295' }),
      move('TENSOR_OPENED', { header: '0xzz', children: children(1) }),
      move('LEAF_OPENED', { data: 'not hex' }),
      move('ELEMENT_PICKED', { step: 70_000, element: '18446744073709551615' }),
      move('PARTIALS_POSTED', { partials: ['1'] }),
      { ...move('OPENED'), kind: 'SOMETHING_NEW' as never },
    ];
    const picture = pictureOf(hostile, 5);
    assert.equal(picture.element, 18_446_744_073_709_551_615n);
    assert.equal(picture.leaf?.data.length, 0);
    assert.equal(picture.header, undefined);
  });

  it('knows how deep trees are', () => {
    assert.deepEqual([1, 2, 3, 64, 65, 4096].map(depthOf), [0, 1, 2, 6, 7, 12]);
  });
});
