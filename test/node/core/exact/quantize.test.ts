import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkInput } from '../../../../node/core/exact/interpreter.ts';
import type { Program, ProgramInput } from '../../../../node/core/exact/program.ts';
import { decodeOutput, encodeInput } from '../../../../node/core/exact/quantize.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const base = randomProgram(new Seeded(71), { rangeClass: 'U7S8' });
const withInput = (change: Partial<ProgramInput>): Program => ({
  ...base,
  input: { ...base.input, dims: [4], ...change },
});
const program = withInput({ scale: [0.5], offset: [0], zeroPoint: 10 });
const encode = (...values: number[]): number[] => [
  ...encodeInput(program, Float32Array.from(values), [values.length / 4, 4]).data,
];

describe('encodeInput', () => {
  it('rounds halves upward, shifts by the zero point and saturates', () => {
    assert.deepEqual(encode(0, 0.25, 0.24, -0.25), [10, 11, 10, 10]);
    assert.deepEqual(encode(-5, -5.5, 1e30, 58.5), [0, 0, 127, 127]);
    assert.deepEqual(encode(-0, 1, 2, 3, 4, 5, 6, 7), [10, 12, 14, 16, 18, 20, 22, 24]);
  });

  it('uses the scale and offset of each element', () => {
    const own = withInput({ scale: [1, 10, 100, 1], offset: [0, -100, 1000, 5], zeroPoint: 0 });
    const q = encodeInput(own, Float32Array.of(3, 50, 2000, 4, 4, -101, 1049, 200), [2, 4]);
    assert.deepEqual([...q.data], [3, 15, 10, 0, 4, 0, 0, 127]);
  });

  it('gives inputs that the program takes, signed ones too', () => {
    checkInput(program, encodeInput(program, new Float32Array(8), [2, 4]));
    const signed = withInput({ dtype: 'int8', lo: -127, hi: 127, zeroPoint: 0, scale: [0.5], offset: [0] });
    assert.deepEqual([...encodeInput(signed, Float32Array.of(-1e9, -1, 1, 1e9), [1, 4]).data], [-127, -2, 2, 127]);
  });

  it('error: ExactInputRefused on NaN, infinities and other shapes', () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => encode(0, 0, 0, wrong), { code: 'EXACT_INPUT_REFUSED' });
    }
    for (const dims of [[4], [1, 3], [1, 1, 4], [2, 4], []]) {
      assert.throws(() => encodeInput(program, new Float32Array(4), dims), { code: 'EXACT_INPUT_REFUSED' });
    }
  });
});

describe('decodeOutput', () => {
  it('is scale * (q - zeroPoint) in float32', () => {
    const output = { ...base.output, scale: 0.1, zeroPoint: 3 };
    const logits = decodeOutput({ ...base, output }, tensor('int32', [1, 3], Int32Array.of(3, 4, -7)));
    assert.deepEqual(logits, Float32Array.of(0, 0.1, -1));
  });
});
