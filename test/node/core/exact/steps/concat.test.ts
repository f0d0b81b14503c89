import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConcatFields, concat } from '../../../../../node/core/exact/steps/concat.ts';
import { type LutFields, lut } from '../../../../../node/core/exact/steps/lut.ts';
import { maxpool } from '../../../../../node/core/exact/steps/maxpool.ts';
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

/** From the definition, by coordinates. */
const concatOracle: Oracle = (step, [a, b], e) => {
  const [axis, first] = step.attributes.map(Number) as [number, number];
  const size = step.outDims.reduce((x, y) => x * y, 1);
  const at: number[] = [];
  let rest = e % size;
  for (const dim of step.outDims.toReversed()) {
    at.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  const isFirst = at[axis]! < first;
  const dims = step.outDims.with(axis, isFirst ? first : step.outDims[axis]! - first);
  if (!isFirst) at[axis]! -= first;
  const index = at.reduce((sum, one, i) => sum * dims[i]! + one, Math.floor(e / size));
  return Number((isFirst ? a! : b!).data[index]);
};

const fields: ConcatFields = {
  sources: [0, 0],
  dtype: 'uint8',
  dims: [
    [3, 2, 4],
    [3, 2, 4],
  ],
  axis: 2,
};
const input = { dtype: 'uint8', dims: [24], lo: 10, hi: 127 } as const;
const table = (dtype: 'uint8' | 'int8', shift: number): LutFields['table'] => {
  const entries = Array.from({ length: 256 }, (_, i) => i >> shift);
  return { dtype, dims: [256], data: { uint8: Uint8Array, int8: Int8Array }[dtype].from(entries) };
};
const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(concat(fields), ...change));

describe('CONCAT', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 960)', () => {
    const random = new Seeded(960);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['CONCAT', 'LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { CONCAT: concatOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 961)', async () => {
    const random = new Seeded(961);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['CONCAT', 'QCONV2D', 'MAXPOOL', 'LUT'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('joins images along each axis, as images', async () => {
    const other = [
      [2, 2, 4],
      [3, 1, 4],
      [3, 2, 4],
    ] as const;
    const image = [3, 2, 4] as const;
    for (const axis of [0, 1, 2] as const) {
      const kernel = axis === 0 ? ([2, 1] as const) : axis === 1 ? ([1, 2] as const) : ([1, 1] as const);
      const program = programOf(
        { ...input, dims: image },
        maxpool({ source: 0, dtype: 'uint8', image, kernel: [1, 1] }),
        maxpool({ source: 1, dtype: 'uint8', image, kernel }),
        concat({ sources: [2, 1], dtype: 'uint8', dims: [other[axis], image], axis }),
      );
      const x = randomInput(new Seeded(962), program, 4);
      checkSteps(program, x, { CONCAT: concatOracle });
      await checkRuntimes(program, x, false);
    }
  });

  it('gives what either source can give', () => {
    const shifted = lut({ source: 0, sourceDtype: 'uint8', dims: [24], table: table('uint8', 4) });
    const { proofs } = programOf(input, shifted, concat({ ...fields, sources: [0, 1] }));
    assert.deepEqual(proofs[1]?.output, { dtype: 'uint8', size: 48, lo: 0, hi: 127 });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'one source': record({ sources: [0] }),
      'sources of two types': draftOf(
        input,
        lut({ source: 0, sourceDtype: 'uint8', dims: [24], table: table('int8', 4) }),
        concat({ ...fields, sources: [0, 1] }),
      ),
      'another output type': record({ outDtype: 'int8' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'an axis beyond the rank': record({}, { 0: 3 }),
      'a negative axis': record({}, { 0: -1 }),
      'nothing of source 0': record({}, { 1: 0 }),
      'nothing of source 1': record({}, { 1: 8 }),
      'another split': record({}, { 1: 3 }),
      'another size': record({ outDims: [3, 3, 8] }),
      'a constant': record({ constants: [table('uint8', 0), undefined] }),
      'an unused attribute': record({}, { 2: 1 }),
    });
  });
});
