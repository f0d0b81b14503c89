import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProgramInput } from '../../../../node/core/exact/program.ts';
import { encodeValues, inputShapeOf, parseValues } from '../../../../web/lib/inference/inputShape.ts';

const input = (dims: readonly number[]): ProgramInput => ({
  name: 'x',
  dtype: 'uint8',
  dims,
  lo: 0,
  hi: 16,
  zeroPoint: 0,
  scale: [1],
  offset: [0],
});

describe('the form of an input', () => {
  it('a square is a picture, flattened or not', () => {
    for (const dims of [[64], [8, 8], [1, 8, 8], [8, 8, 1]])
      assert.deepEqual(inputShapeOf(input(dims)).picture, { width: 8, height: 8 }, dims.join('x'));
  });

  it('other shapes, and squares too small or too large to draw, are numbers', () => {
    for (const dims of [[13], [4, 8], [3, 8, 8], [2, 2], [65, 65], [1]])
      assert.equal(inputShapeOf(input(dims)).picture, undefined, dims.join('x'));
  });

  it('knows the values between which the model tells inputs apart', () => {
    const { least, most, elements } = inputShapeOf({ ...input([3]), zeroPoint: 8, scale: [0.5] });
    assert.deepEqual([least, most, elements], [-4, 4, 3]);
  });

  it('encodes values as the program reads them, one sample', () => {
    const tensor = encodeValues(input([4]), [0, 3.4, 16, 99]);
    assert.deepEqual(tensor.dims, [1, 4]);
    assert.deepEqual([...tensor.data], [0, 3, 16, 16]);
  });

  it('reads lists as people paste them', () => {
    for (const text of ['1,2,3', '[1, 2, 3]', '[[1],[2],[3]]', '1 2\n3', '1;2;3'])
      assert.deepEqual(parseValues(text, 3), [1, 2, 3], text);
  });

  it('refuses a list of another length and what is no finite number', () => {
    for (const text of ['', '1,2', '1,2,3,4', '1,2,x', '1,2,Infinity', '1,2,NaN'])
      assert.equal(parseValues(text, 3), undefined, text);
  });
});
