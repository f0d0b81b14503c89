import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fnv1a32, pairwiseSum, Rng } from '../../../../node/core/train/rng.ts';
import { golden, rowsHash } from './real.ts';

const close = (actual: Iterable<number>, expected: number[]) => {
  const values = [...actual];
  assert.equal(values.length, expected.length);
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= 1e-14 * Math.max(1, Math.abs(expected[i]!)), `${value} ${expected[i]}`);
  });
};

describe('Rng', () => {
  it('behavior: mulberry32 and FNV-1a as published', () => {
    const rng = new Rng(0);
    assert.deepEqual([rng.u32(), rng.u32(), rng.u32(), rng.u32()], golden.mulberry32);
    assert.equal(fnv1a32('digits|split|0'), golden.fnv1a32);
  });

  it('behavior: every distribution draws what the reference draws, in the same order', () => {
    const { draws } = golden;
    const rng = new Rng('vectors');
    assert.deepEqual([rng.uniform(), rng.uniform(), rng.uniform()], draws.uniform);
    close(rng.normal(5), draws.normal);
    close(
      Array.from({ length: 4 }, () => rng.gamma(0.5)),
      draws['gamma0.5'],
    );
    close(
      Array.from({ length: 3 }, () => rng.gamma(2.5)),
      draws['gamma2.5'],
    );
    close(rng.dirichlet(0.5, 10), draws.dirichlet);
    assert.deepEqual([...rng.permutation(10)], draws.permutation);
    assert.equal(rowsHash(rng.permutation(1000)), draws.permutation1000);
  });

  it('behavior: moments of the normal', () => {
    const draws = new Rng('moments').normal(20_000);
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const square = draws.reduce((sum, x) => sum + x * x, 0) / draws.length;
    assert.ok(Math.abs(mean) < 0.03 && Math.abs(square - 1) < 0.04, `${mean} ${square}`);
  });
});

describe('pairwiseSum', () => {
  it('behavior: the order of numpy, where another order differs', () => {
    const terms = Array.from({ length: 300 }, (_, i) => 1 / (i + 1) ** 2);
    // numpy.sum of the same 300 and of the first 10 terms.
    assert.equal(pairwiseSum(terms), 1.641606282897623);
    assert.equal(pairwiseSum(terms.slice(0, 10)), 1.5497677311665408);
    assert.equal(pairwiseSum([]), 0);
  });
});
