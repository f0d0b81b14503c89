import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExactProofFailed } from '../../../node/core/exact/errors.ts';
import { avgpool } from '../../../node/core/exact/steps/avgpool.ts';
import { qconv2d } from '../../../node/core/exact/steps/qconv2d.ts';
import { ADDEND, PRODUCTS, pairs, REQUANT, weights } from '../../helpers/gasCases.ts';
import { programOf } from '../../helpers/stepChecks.ts';

const BYTES = { dtype: 'uint8', lo: 0, hi: 255 } as const;

const pooled = (height: number) =>
  programOf(
    { ...BYTES, dims: [height, 2, 1] },
    avgpool({
      ...{ source: 0, sourceDtype: 'uint8', image: [height, 2, 1], kernel: [height, 2], inputZeroPoint: 3 },
      ...{ multiplier: 5n, addend: 1n << 33n, ...REQUANT },
    }),
  );

const convolved = (height: number) =>
  programOf(
    { ...BYTES, dims: [height, 2, 1] },
    qconv2d({
      ...{ source: 0, image: [height, 2, 1], kernel: [height, 2], groups: 1 },
      ...{ weight: weights(1, height, 2, 1), pairs: pairs(1, ADDEND), ...PRODUCTS },
    }),
  );

/**
 * A worker answers for a long sum with one int64 word for each kernel row. With a kernel of 16,384 rows these are 512 KiB: no
 * node takes the transaction, and whoever is challenged loses by default, however honest he is.
 */
describe('a kernel so tall that its partial sums fit no transaction', () => {
  for (const [name, make] of Object.entries({ AVGPOOL: pooled, QCONV2D: convolved })) {
    it(`${name}: is no program, the tallest that fits is`, () => {
      assert.throws(() => make(16_384), ExactProofFailed);
      assert.throws(() => make(3600), ExactProofFailed);
      assert.equal(make(3000).steps.length, 1);
    });
  }
});
