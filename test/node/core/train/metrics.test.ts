import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { f32 } from '../ops/graphs.ts';

describe('predictions', () => {
  it('default: the first of equal scores', () => {
    assert.deepEqual([...predictions(f32([3, 2], [1, 1, 0, 2, -1, -3]))], [0, 1, 0]);
    assert.equal(correct([0, 1, 0], [0, 1, 1]), 2);
  });
});
