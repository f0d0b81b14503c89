import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ArgMaxFields, argmax } from '../../../../../node/core/exact/steps/argmax.ts';
import { lut } from '../../../../../node/core/exact/steps/lut.ts';
import { randomGraph, randomInput } from '../../../../helpers/randomProgram.ts';
import { Seeded } from '../../../../helpers/seeded.ts';
import {
  changed,
  checkFile,
  checkRuntimes,
  checkSteps,
  draftOf,
  type Oracle,
  programOf,
  refuses,
} from '../../../../helpers/stepChecks.ts';

const argmaxOracle: Oracle = (step, [source], e) => {
  const k = Number(step.attributes[0]);
  const row = Array.from((source!.data as Int32Array).subarray(e * k, e * k + k), (value, at) => ({ value, at }));
  return row.toSorted((a, b) => b.value - a.value || a.at - b.at)[0]!.at;
};

const fields: ArgMaxFields = { source: 0, sourceDtype: 'uint8', k: 6, dims: [2, 2] };
const input = { dtype: 'uint8', dims: [24], lo: 0, hi: 255 } as const;

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(argmax(fields), ...change));

describe('ARGMAX', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 1010)', () => {
    const random = new Seeded(1010);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['ARGMAX', 'LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { ARGMAX: argmaxOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 1011)', async () => {
    const random = new Seeded(1011);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['ARGMAX', 'QLINEAR', 'LUT'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('answers the first of equal elements, of every type', async () => {
    const entries = Int32Array.from({ length: 256 }, (_, at) => (at > 200 ? 2 ** 31 - 1 : -(2 ** 31)));
    for (const k of [1, 2, 24]) {
      const program = programOf(
        { ...input, dtype: 'int8', lo: -128, hi: 127 },
        lut({ source: 0, sourceDtype: 'int8', dims: [24], table: { dtype: 'int32', dims: [256], data: entries } }),
        argmax({ source: 1, sourceDtype: 'int32', k, dims: [24 / k] }),
      );
      const x = randomInput(new Seeded(1012), program, 6);
      checkSteps(program, x, { ARGMAX: argmaxOracle });
      await checkRuntimes(program, x, false);
    }
    const whole = programOf(input, argmax({ source: 0, sourceDtype: 'uint8', k: 24 }));
    assert.deepEqual(whole.proofs[0]?.output, { dtype: 'int32', size: 1, lo: 0, hi: 23 });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'another output type': record({ outDtype: 'uint8' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'a K of 0': record({}, { 0: 0 }),
      'a K that is not the source': record({}, { 0: 5 }),
      'a K of 4097': draftOf({ ...input, dims: [4097] }, argmax({ source: 0, sourceDtype: 'uint8', k: 4097 })),
      'another size': record({ outDims: [2, 3] }),
      'two sources': record({ sources: [0, 0] }),
      'a constant': record({ constants: [{ dtype: 'uint8', dims: [1], data: new Uint8Array(1) }, undefined] }),
      'an unused attribute': record({}, { 1: 1 }),
    });
  });
});
