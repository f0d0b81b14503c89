import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coordinatesOf, firstDifference, firstStepDifference } from '../../../../node/core/dispute/firstDifference.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';

const of = (...values: number[]) => tensor('uint8', [2, 1, values.length / 2], Uint8Array.from(values));

describe('first difference', () => {
  it('is undefined for equal tensors', () => {
    assert.equal(firstDifference(of(1, 2, 3, 4), of(1, 2, 3, 4)), undefined);
  });

  it('names element, coordinates, row, both values and how many differ', () => {
    assert.deepEqual(firstDifference(of(1, 2, 3, 4, 5, 6), of(1, 2, 3, 4, 9, 7)), {
      element: 4,
      coordinates: [1, 0, 1],
      row: 1,
      expected: 5,
      claimed: 9,
      differing: 2,
    });
  });

  it('finds the very first and the very last element', () => {
    assert.equal(firstDifference(of(1, 2), of(0, 2))?.element, 0);
    assert.equal(firstDifference(of(1, 2), of(1, 0))?.element, 1);
  });

  it('counts every element of another type or shape, equal bytes or not', () => {
    const claimed = { ...of(1, 2), dims: [1, 2] };
    assert.equal(firstDifference(of(1, 2), claimed)?.differing, 2);
    assert.equal(firstDifference(of(1, 2), tensor('int8', [2, 1, 1], Int8Array.of(1, 2)))?.element, 0);
  });

  it('says so when the claim is longer or shorter', () => {
    const longer = tensor('uint8', [3], Uint8Array.of(1, 2, 3));
    const shorter = tensor('uint8', [2], Uint8Array.of(1, 2));
    assert.equal(firstDifference(longer, shorter)?.differing, 3);
    assert.equal(firstDifference(shorter, longer)?.expected, 1);
    const none = tensor('uint8', [0], new Uint8Array());
    assert.deepEqual(firstDifference(none, shorter)?.coordinates, undefined);
    assert.equal(firstDifference(shorter, none)?.claimed, undefined);
  });

  it('walks coordinates like a row-major tensor', () => {
    assert.deepEqual(coordinatesOf(0, [2, 3, 4]), [0, 0, 0]);
    assert.deepEqual(coordinatesOf(23, [2, 3, 4]), [1, 2, 3]);
    assert.deepEqual(coordinatesOf(13, [2, 3, 4]), [1, 0, 1]);
  });

  it('stops at the first wrong step and passes what is unknown', () => {
    const trace = [of(1, 2), of(3, 4), of(5, 6)];
    assert.equal(firstStepDifference(trace, trace), undefined);
    assert.equal(firstStepDifference(trace, [undefined, undefined, undefined]), undefined);
    assert.equal(firstStepDifference(trace, [of(1, 2), of(3, 0), of(0, 0)])?.step, 2);
    assert.equal(firstStepDifference(trace, [undefined, of(3, 4), of(5, 0)])?.step, 3);
  });
});
