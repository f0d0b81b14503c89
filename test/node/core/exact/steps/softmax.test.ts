import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SoftmaxFields, softmax } from '../../../../../node/core/exact/steps/softmax.ts';
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

const softmaxOracle: Oracle = (step, [source], e) => {
  const k = Number(step.attributes[0]);
  const from = Math.floor(e / k) * k;
  const x = Array.from((source!.data as Int8Array).subarray(from, from + k));
  const most = x.toSorted((a, b) => b - a)[0]!;
  const t = x.map((one) => BigInt(step.constants[0]!.data[most - one]!));
  let sum = 0n;
  for (const one of t) sum += one;
  return Number((t[e - from]! * step.attributes[1]! + sum / 2n) / sum);
};

const table: Tensor<'int32'> = tensor(
  'int32',
  [256],
  Int32Array.from({ length: 256 }, (_, at) => (255 - at) * 256 + 1),
);
const fields: SoftmaxFields = { source: 0, sourceDtype: 'uint8', dims: [4, 6], q: 255, table };
const input = { dtype: 'uint8', dims: [24], lo: 0, hi: 255 } as const;
const withEntry = (at: number, value: number) =>
  draftOf(input, softmax({ ...fields, table: { ...table, data: table.data.with(at, value) } }));

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(softmax(fields), ...change));

describe('SOFTMAX', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 990)', () => {
    const random = new Seeded(990);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['SOFTMAX', 'LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { SOFTMAX: softmaxOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 991)', async () => {
    const random = new Seeded(991);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['SOFTMAX', 'QLINEAR', 'LUT'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('is exact at the largest sums, with a first entry of 1, and on equal elements', async () => {
    const half = tensor('int32', [256], new Int32Array(256).fill(1 << 30));
    const single = tensor('int32', [256], new Int32Array(256).with(0, 1));
    for (const [k, entries] of [
      [1, half],
      [4096, single],
      [3, tensor('int32', [256], new Int32Array(256).fill(715_827_882))],
    ] as const) {
      const program = programOf({ ...input, dims: [k] }, softmax({ ...fields, dims: [k], table: entries }));
      const x = randomInput(new Seeded(992), program, 4);
      checkSteps(program, x, { SOFTMAX: softmaxOracle }, k === 4096 ? 97 : 1);
      await checkRuntimes(program, x, false);
    }
  });

  it('gives at most Q, and the sum of a row is nearly Q', () => {
    const program = programOf(input, softmax({ ...fields, q: 127 }));
    assert.deepEqual(program.proofs[0]?.output, { dtype: 'uint8', size: 24, lo: 0, hi: 127 });
    assert.equal(program.proofs[0]?.accumulatorMax, 6 * 65_281);
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      int32: record({ sourceDtype: 'int32' }),
      'another output type': record({ outDtype: 'int8' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'a negative entry': withEntry(200, -1),
      'a first entry of 0': withEntry(0, 0),
      'a sum of 2^31': withEntry(7, Math.ceil(2 ** 31 / 6)),
      'a table of 255': record({
        constants: [{ ...table, dims: [255], data: new Int32Array(255).fill(1) }, undefined],
      }),
      'no table': record({ constants: [undefined, undefined] }),
      'a second constant': record({ constants: [table, table] }),
      'a K that is not the last dimension': record({}, { 0: 4 }),
      'a K of 0': record({}, { 0: 0 }),
      'a K of 4097': draftOf({ ...input, dims: [4097] }, softmax({ ...fields, dims: [4097] })),
      'a Q of 0': draftOf(input, softmax({ ...fields, q: 0 })),
      'a Q of 256': draftOf(input, softmax({ ...fields, q: 256 })),
      'another size': record({ outDims: [5, 6] }),
      'two sources': record({ sources: [0, 0] }),
      'an unused attribute': record({}, { 2: 1 }),
    });
  });
});
