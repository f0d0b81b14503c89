import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDataset } from '../../../../node/core/train/dataset.ts';
import { divideBy, labelTensor, scaleFeatures, standardise, takeRows } from '../../../../node/core/train/scaling.ts';

const data = parseDataset('1,5,0\n3,5,1\n5,5,0\n');

describe('standardise', () => {
  it('default: mean and population deviation of the given rows only; a constant column keeps its scale', () => {
    const { shift, scale } = standardise(data, Uint32Array.of(0, 1));
    assert.deepEqual([...shift], [2, 5]);
    assert.deepEqual([...scale], [1, 1]);
    assert.deepEqual([...scaleFeatures(data, { shift, scale }).data], [-1, 0, 1, 0, 3, 0]);
  });
});

describe('takeRows', () => {
  it('default', () => {
    const x = scaleFeatures(data, divideBy(2, 2));
    assert.deepEqual([...takeRows(x, Uint32Array.of(2, 0)).data], [2.5, 2.5, 0.5, 2.5]);
    assert.deepEqual([...labelTensor(data).data], [0n, 1n, 0n]);
  });
});
