import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DataName, golden, load, rowsHash, sha256 } from './real.ts';

describe('splitRows', () => {
  for (const name of ['digits', 'bc'] as DataName[]) {
    it(`behavior: ten seeds of ${name} split and scale as the reference does, to the bit`, () => {
      golden.data[name].splits.forEach((expected, seed) => {
        const { split, features } = load(name, seed);
        const actual = {
          train: split.train.length,
          test: split.test.length,
          rows: rowsHash(split.test),
          inputs: sha256(features.data).slice(0, 16),
        };
        assert.deepEqual(actual, expected, `seed ${seed}`);
      });
    });
  }

  it('behavior: every row is on exactly one side', () => {
    const { split, dataset } = load('digits', 3);
    const rows = [...split.train, ...split.test].sort((a, b) => a - b);
    assert.deepEqual(
      rows,
      Array.from({ length: dataset.rows }, (_, row) => row),
    );
  });
});
