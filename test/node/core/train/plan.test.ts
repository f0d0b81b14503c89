import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planBatches } from '../../../../node/core/train/plan.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { values } from '../ops/graphs.ts';

describe('planBatches', () => {
  const rows = Uint32Array.of(50, 51, 52, 53, 54, 55, 56);
  const plan = planBatches({ rows, batch: 3, epochs: 2, tag: 'plan' });

  it('default: each epoch shuffles all rows; the partial last batch is filled and weighted 0', () => {
    assert.deepEqual(plan.indices.dims, [6, 3]);
    const rng = new Rng('plan');
    for (const epoch of [0, 1]) {
      const order = [...rng.permutation(7)].map((i) => rows[i]);
      assert.deepEqual(values(plan.indices).slice(9 * epoch, 9 * epoch + 9), [...order, 0, 0]);
    }
    const third = Math.fround(1 / 3);
    assert.deepEqual(values(plan.weights).slice(0, 9), [third, third, third, third, third, third, 1, 0, 0]);
  });
});
