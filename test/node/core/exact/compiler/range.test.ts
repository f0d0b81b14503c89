import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  observationOf,
  quantizationOf,
  quantized,
  RANGE_METHODS,
  type RangeMethod,
  rangeOf,
} from '../../../../../node/core/exact/compiler/range.ts';
import { Seeded } from '../../../../helpers/seeded.ts';

const random = new Seeded(970);
const normals = Float64Array.from({ length: 20_000 }, () => random.normal());

const of = (values: Float64Array, method: RangeMethod) => rangeOf(observationOf(values), method, 127);

describe('rangeOf', () => {
  it('always holds 0 and is never empty', () => {
    for (const method of RANGE_METHODS) {
      for (const values of [[], [0], [5, 5], [-3], [1, 2], [-2, -1], [1e-300]]) {
        const { lo, hi } = of(Float64Array.from(values), method);
        assert.ok(lo <= 0 && hi >= 0 && hi > lo, `${method} [${values}] gives ${lo}..${hi}`);
      }
    }
  });

  it('minMax takes every value in', () => {
    assert.deepEqual(of(Float64Array.of(-3, 7, 1), 'minMax'), { lo: -3, hi: 7 });
  });

  it('percentile leaves outliers out', () => {
    const { lo, hi } = of(Float64Array.from([...normals, 1000]), 'percentile');
    assert.ok(hi > 3 && hi < 4 && lo < -3 && lo > -4, `${lo}..${hi}`);
  });

  it('mse cuts an outlier, on its side only, when finer steps pay for it', () => {
    const values = Float64Array.from({ length: 20_000 }, () => 2 * random.unit() - 1);
    const [least] = values.toSorted();
    const { lo, hi } = of(Float64Array.from([...values, 12]), 'mse');
    assert.ok(hi > 8 && hi < 11.9, `upper end ${hi}`);
    assert.ok(lo <= 0.9 * least!, `lower end ${lo}`);
  });

  it('percentile falls back to the full range when hardly a value is not 0', () => {
    const sparse = new Float64Array(10_000).with(3, 8);
    assert.deepEqual(of(sparse, 'percentile'), { lo: 0, hi: 8 });
  });
});

describe('quantizationOf', () => {
  it('spreads the range over 0..levels with an integer for 0', () => {
    assert.deepEqual(quantizationOf({ lo: 0, hi: 127 }, 127), { scale: 1, zeroPoint: 0, levels: 127 });
    assert.deepEqual(quantizationOf({ lo: -127, hi: 0 }, 127), { scale: 1, zeroPoint: 127, levels: 127 });
    assert.deepEqual(quantizationOf({ lo: -63, hi: 64 }, 127), { scale: 1, zeroPoint: 63, levels: 127 });
  });

  it('saturates what is out of range, infinities too', () => {
    const quantization = quantizationOf({ lo: -1, hi: 1.55 }, 255);
    const reals = [Number.NEGATIVE_INFINITY, -7, -1, 0, 0.5, 1.55, 9, Number.POSITIVE_INFINITY];
    assert.deepEqual(
      reals.map((real) => quantized(real, quantization)),
      [0, 0, 0, 100, 150, 255, 255, 255],
    );
  });
});
