import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LutFields, lut } from '../../../../../node/core/exact/steps/lut.ts';
import { type Tensor, tensor } from '../../../../../node/core/tensor/tensor.ts';
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

const lutOracle: Oracle = (step, [source], e) => {
  const x = Number(source!.data[e]);
  return Number(step.constants[0]!.data[x < 0 ? 256 + x : x]);
};

const ramp: Tensor<'uint8'> = tensor(
  'uint8',
  [256],
  Uint8Array.from({ length: 256 }, (_, at) => 255 - at),
);
const fields: LutFields = { source: 0, sourceDtype: 'uint8', dims: [3, 2, 4], table: ramp };
const input = { dtype: 'uint8', dims: [24], lo: 10, hi: 127 } as const;

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(lut(fields), ...change));

describe('LUT', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 950)', () => {
    const random = new Seeded(950);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { LUT: lutOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 951)', async () => {
    const random = new Seeded(951);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['LUT', 'QCONV2D', 'MAXPOOL'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('gives every entry for every byte, signed and unsigned, of every type', async () => {
    const bytes = Array.from({ length: 256 }, (_, at) => at);
    const tables = [
      ramp,
      tensor(
        'int8',
        [256],
        Int8Array.from(bytes, (at) => at - 128),
      ),
      tensor(
        'int32',
        [256],
        Int32Array.from(bytes, (at) => (at - 100) * 16_777_216),
      ),
    ];
    for (const [dtype, lo] of [
      ['uint8', 0],
      ['int8', -128],
    ] as const) {
      for (const table of tables) {
        const program = programOf(
          { dtype, dims: [256], lo, hi: lo + 255 },
          lut({ source: 0, sourceDtype: dtype, dims: [256], table }),
        );
        const data = dtype === 'uint8' ? Uint8Array.from(bytes) : Int8Array.from(bytes);
        const x = { dtype, dims: [1, 256], data };
        checkSteps(program, x, { LUT: lutOracle });
        await checkRuntimes(program, x, false);
      }
    }
  });

  it('answers the entries that its source can reach', () => {
    const { proofs } = programOf(input, lut(fields));
    assert.deepEqual(proofs[0]?.output, { dtype: 'uint8', size: 24, lo: 128, hi: 245 });
    const signed = programOf({ ...input, dtype: 'int8', lo: -2, hi: 1 }, lut({ ...fields, sourceDtype: 'int8' }));
    assert.deepEqual(signed.proofs[0]?.output, { dtype: 'uint8', size: 24, lo: 0, hi: 255 });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      int32: record({ sourceDtype: 'int32' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'another size': record({ outDims: [25] }),
      'no table': record({ constants: [undefined, undefined] }),
      'a table of 255': record({ constants: [{ ...ramp, dims: [255], data: new Uint8Array(255) }, undefined] }),
      'a table of another type': record({ outDtype: 'int8' }),
      'a second constant': record({ constants: [ramp, ramp] }),
      'two sources': record({ sources: [0, 0] }),
      'an attribute': record({}, { 0: 1 }),
    });
  });
});
