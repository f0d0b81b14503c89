import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type QAddFields, qadd } from '../../../../../node/core/exact/steps/qadd.ts';
import { tensor } from '../../../../../node/core/tensor/tensor.ts';
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
  rq,
} from '../../../../helpers/stepChecks.ts';

const qaddOracle: Oracle = (step, [a, b], e) => {
  const other = b ?? step.constants[0]!;
  const terms = [
    BigInt(a!.data[e]!) * step.attributes[8]!,
    BigInt(other.data[e % other.data.length]!) * step.attributes[9]!,
  ];
  return rq(step, terms[0]! + terms[1]! + step.attributes[15]!);
};

const fields: QAddFields = {
  sources: [0, 0],
  sourceDtype: 'uint8',
  dims: [4, 6],
  multipliers: [1n << 20n, -(1n << 20n)],
  addend: 255n << 20n,
  shift: 21,
  offset: 0n,
  lo: 0,
  hi: 255,
  outDtype: 'uint8',
};
const operand = tensor('uint8', [4, 6], new Uint8Array(24).fill(200));
const input = { dtype: 'uint8', dims: [4, 6], lo: 0, hi: 255 } as const;
const draft = (change: Partial<QAddFields> = {}) => draftOf(input, qadd({ ...fields, ...change }));
const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(qadd(fields), ...change));

describe('QADD', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 930)', () => {
    const random = new Seeded(930);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['QADD', 'QADD', 'MAXPOOL'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { QADD: qaddOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web, images and rows (seed 931)', async () => {
    const random = new Seeded(931);
    for (let i = 0; i < 14; i++) {
      const program = randomGraph(random, { ops: ['QADD', 'QADD', 'MAXPOOL', 'QCONV2D'], steps: random.int(2, 5) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('is exact at the edges of 2^62, and beyond 2^53', async () => {
    const most = (1n << 62n) - 1n;
    const step = qadd({
      ...fields,
      multipliers: [most / 255n, -(most / 255n)],
      addend: 1n << 61n,
      shift: 54,
      sources: [0],
      operand: tensor('uint8', [4, 6], new Uint8Array(24).fill(100)),
    });
    const proven = programOf({ ...input, lo: 90, hi: 160 }, step);
    assert.equal(proven.proofs[0]?.exactPairs, undefined);
    const x = randomInput(new Seeded(932), proven, 4);
    checkSteps(proven, x, { QADD: qaddOracle });
    await checkRuntimes(proven, x, false);
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'a numerator below 0': draft({ addend: (255n << 20n) - 1n }),
      'a numerator of 2^62': draft({ addend: (1n << 62n) - 1n }),
      'a negative addend': draft({ addend: -1n, multipliers: [1n, 1n] }),
      'an addend of 2^62': draft({ addend: 1n << 62n }),
      'a term beyond 2^62': draft({ multipliers: [1n << 55n, -(1n << 55n)] }),
      'two terms beyond 2^62': draft({ multipliers: [3n << 52n, 3n << 52n] }),
      'the largest multiplier there is': draft({ multipliers: [-(1n << 63n), 1n] }),
      'another shape': draft({ dims: [5, 5] }),
      'a constant beside two sources': draft({ operand }),
      'neither a second source nor a constant': draft({ sources: [0] }),
      'an operand of another type': draft({ sources: [0], operand: tensor('int8', [4, 6], new Int8Array(24)) }),
      'an operand of another shape': draft({ sources: [0], operand: { ...operand, dims: [6, 4] } }),
      'a second constant': record({ constants: [undefined, operand] }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'a shift of 0': draft({ shift: 0 }),
      'an empty clip': draft({ lo: 9, hi: 8 }),
      'an unused attribute': record({}, { 14: 1 }),
    });
  });
});
