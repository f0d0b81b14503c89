import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelFromProgram } from '../../../../../node/core/exact/modelFromProgram.ts';
import { type GatherFields, gather } from '../../../../../node/core/exact/steps/gather.ts';
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

const gatherOracle: Oracle = (step, [source], e) => {
  const [base, s0, s1, s2, size] = step.attributes.map(Number) as [number, number, number, number, number];
  const [d0, d1 = 1, d2 = 1] = step.outDims as [number, number?, number?];
  const at = e % (d0 * d1 * d2);
  const row = Math.floor(e / (d0 * d1 * d2));
  const index = base + Math.floor(at / (d1 * d2)) * s0 + (Math.floor(at / d2) % d1) * s1 + (at % d2) * s2;
  assert.ok(index >= 0 && index < size);
  return Number(source!.data[row * size + index]);
};

const fields: GatherFields = { source: 0, dtype: 'uint8', size: 24, dims: [4, 6], base: 0, strides: [1, 4] };
const input = { dtype: 'uint8', dims: [6, 4], lo: 10, hi: 127 } as const;
const draft = (change: Partial<GatherFields> = {}) => draftOf(input, gather({ ...fields, ...change }));

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(gather(fields), ...change));

describe('GATHER', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 970)', () => {
    const random = new Seeded(970);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['GATHER'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { GATHER: gatherOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 971)', async () => {
    const random = new Seeded(971);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['GATHER', 'QCONV2D', 'MAXPOOL'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('moves nothing where an image already lies as it must, and transposes where it can', async () => {
    const dims = [4, 3, 2] as const;
    const ops = (...steps: Parameters<typeof programOf> extends [unknown, ...infer S] ? S : never): string[] =>
      modelFromProgram(programOf({ ...input, dims }, ...steps)).graph.nodes.map(({ op }) => op);
    const toImage = gather({ ...fields, dims: [3, 2, 4], strides: [2, 1, 6] });
    const pool = maxpool({ source: 1, dtype: 'uint8', image: [3, 2, 4], kernel: [2, 2] });
    const back = gather({ source: 2, dtype: 'uint8', size: 8, dims: [4, 2, 1], base: 0, strides: [1, 4, 4] });
    assert.deepEqual(ops(toImage, pool), ['MaxPool', 'Transpose', 'Identity']);
    assert.deepEqual(ops(toImage, pool, back).slice(0, 1), ['MaxPool']);
    assert.deepEqual(ops(gather({ ...fields, dims: [2, 4, 3], strides: [1, 6, 2] })), ['Transpose', 'Identity']);
    assert.deepEqual(ops(gather({ ...fields, dims: [3, 2], base: 5, strides: [-1, 9] })).at(-2), 'Gather');
    const program = programOf({ ...input, dims }, toImage, pool, back);
    const x = randomInput(new Seeded(972), program, 5);
    checkSteps(program, x, { GATHER: gatherOracle });
    await checkRuntimes(program, x);
  });

  it('gives what its source can give', () => {
    assert.deepEqual(programOf(input, gather(fields)).proofs[0]?.output, { dtype: 'uint8', size: 24, lo: 10, hi: 127 });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'an element behind the sample': draft({ base: 1 }),
      'an element before the sample': draft({ strides: [-1, 4] }),
      'a base behind the sample': draft({ base: 24, dims: [1], strides: [0] }),
      'a negative base': draft({ base: -1, dims: [2], strides: [1] }),
      'a huge stride': draft({ dims: [1, 1], strides: [16_777_217, 0] }),
      'another source size': draft({ size: 25 }),
      'a stride beyond the rank': record({}, { 3: 1 }),
      'another output type': record({ outDtype: 'int8' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'two sources': record({ sources: [0, 0] }),
      'an unused attribute': record({}, { 5: 1 }),
    });
  });
});
