import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logSoftmax, softmax } from '../../../../node/core/tensor/softmax.ts';

const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

describe('softmax', () => {
  it('gives shares of one, row by row', () => {
    const shares = softmax([0, Math.log(3), 5, 5], 2);
    [0.25, 0.75, 0.5, 0.5].forEach((share, i) => {
      near(shares[i]!, share);
    });
  });

  it('takes logits of any size', () => assert.deepEqual([...softmax([1e30, 0, -1e30], 3)], [1, 0, 0]));
});

describe('logSoftmax', () => {
  it('is the logarithm of softmax, far below what softmax can tell', () => {
    const logs = logSoftmax([0, Math.log(3), 0, -1000], 2);
    [Math.log(0.25), Math.log(0.75), 0, -1000].forEach((log, i) => {
      near(logs[i]!, log);
    });
  });
});
