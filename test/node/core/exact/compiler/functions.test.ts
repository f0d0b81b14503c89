import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erf, exp, log, power, sigmoid, sqrt, tanh } from '../../../../../node/core/exact/compiler/functions.ts';
import { Seeded } from '../../../../helpers/seeded.ts';

const random = new Seeded(960);
/** Largest relative difference over values of both signs and all magnitudes up to `most`. */
function worst(given: (x: number) => number, wanted: (x: number) => number, most: number, sign = true): number {
  let worstSoFar = 0;
  for (let i = 0; i < 20_000; i++) {
    const x = most * random.unit() ** 4 * (sign && i % 2 === 0 ? -1 : 1);
    const right = wanted(x);
    worstSoFar = Math.max(worstSoFar, Math.abs(given(x) - right) / Math.max(Math.abs(right), Number.MIN_VALUE));
  }
  return worstSoFar;
}

describe('functions from + - * / alone', () => {
  it('are as near as those of the engine', () => {
    assert.ok(worst(exp, Math.exp, 700) < 1e-13);
    assert.ok(worst(tanh, Math.tanh, 30) < 1e-14);
    assert.ok(worst(sqrt, Math.sqrt, 1e9, false) < 1e-15);
    assert.ok(
      worst(
        (x) => log(x + 0.5),
        (x) => Math.log(x + 0.5),
        1e9,
        false,
      ) < 1e-10,
    );
    assert.ok(worst(sigmoid, (x) => 1 / (1 + Math.exp(-x)), 700) < 1e-13);
    assert.ok(
      worst(
        (x) => power(x, -3),
        (x) => x ** -3,
        1e3,
      ) < 1e-14,
    );
  });

  it('erf has the values of the tables (Abramowitz and Stegun 7.1)', () => {
    const table = [
      [0.02, 0.022564574691844943],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3.5, 0.9999992569016276],
    ] as const;
    for (const [x, y] of table) {
      assert.ok(Math.abs(erf(x) - y) < 1e-14);
      assert.equal(erf(-x), -erf(x));
    }
  });

  it('have the limits that tables need', () => {
    const infinity = Number.POSITIVE_INFINITY;
    assert.deepEqual([exp(-1e4), exp(0), exp(1e4)], [0, 1, infinity]);
    assert.deepEqual([tanh(-1e4), tanh(0), tanh(1e4)], [-1, 0, 1]);
    assert.deepEqual([erf(-1e4), erf(0), erf(1e4)], [-1, 0, 1]);
    assert.deepEqual([sigmoid(-1e4), sigmoid(0), sigmoid(1e4)], [0, 0.5, 1]);
    assert.deepEqual([sqrt(0), sqrt(-1), sqrt(infinity), sqrt(1e-300)], [0, Number.NaN, infinity, 1e-150]);
    assert.deepEqual([log(0), log(-1), log(1), log(infinity)], [-infinity, Number.NaN, 0, infinity]);
  });
});
