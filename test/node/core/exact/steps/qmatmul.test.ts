import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STEP_KINDS } from '../../../../../node/core/exact/stepKinds.ts';
import { type QMatMulFields, qmatmul } from '../../../../../node/core/exact/steps/qmatmul.ts';
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

/** From the definition, by coordinates. */
const qmatmulOracle: Oracle = (step, [a, b], e) => {
  const [heads, m, n, k, isTurnedA, isTurnedB] = step.attributes.map(Number) as [
    ...[number, number, number, number, number, number],
  ];
  const [row, head] = [Math.floor(e / (heads * m * n)), Math.floor(e / (m * n)) % heads];
  const [i, j] = [Math.floor(e / n) % m, e % n];
  let acc = 0n;
  for (let at = 0; at < k; at++) {
    const left = isTurnedA === 1 ? ((row * m + i) * heads + head) * k + at : ((row * heads + head) * m + i) * k + at;
    const right = isTurnedB === 1 ? ((row * n + j) * heads + head) * k + at : ((row * heads + head) * n + j) * k + at;
    acc += (BigInt(a!.data[left]!) - step.attributes[8]!) * (BigInt(b!.data[right]!) - step.attributes[9]!);
  }
  return rq(step, acc * step.attributes[14]! + step.attributes[15]!);
};

/** 2 heads, [3, 4] times [3, 4]. */
const fields: QMatMulFields = {
  sources: [0, 0],
  heads: 2,
  m: 3,
  n: 3,
  k: 4,
  isInterleavedA: true,
  isInterleavedB: false,
  zeroPoints: [0, 0],
  multiplier: 1n << 20n,
  addend: 1n << 29n,
  shift: 30,
  offset: 0n,
  lo: 0,
  hi: 127,
  outDtype: 'uint8',
};
const input = { dtype: 'uint8', dims: [24], lo: 0, hi: 255 } as const;
const draft = (change: Partial<QMatMulFields> = {}) => draftOf(input, qmatmul({ ...fields, ...change }));

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(qmatmul(fields), ...change));

describe('QMATMUL', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 980)', () => {
    const random = new Seeded(980);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['QMATMUL', 'LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { QMATMUL: qmatmulOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 981)', async () => {
    const random = new Seeded(981);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['QMATMUL', 'QLINEAR', 'LUT'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('opens sums of more than 4096 products in chunks of 2048', () => {
    const k = 4100;
    const step = qmatmul({ ...fields, heads: 1, m: 2, n: 2, k, zeroPoints: [100, 30], addend: 1n << 55n, shift: 50 });
    const program = programOf({ ...input, dims: [2 * k] }, step);
    const x = randomInput(new Seeded(982), program, 2);
    checkSteps(program, x, { QMATMUL: qmatmulOracle });
    const value = (_operand: number, at: number) => x.data[at]!;
    for (let e = 0; e < 8; e++) {
      const sums = STEP_KINDS.QMATMUL.chunkSums!(step, e, value)!;
      assert.equal(sums.length, 3);
      const acc = sums.reduce((a, b) => a + b);
      assert.equal(rq(step, (acc << 20n) + (1n << 55n)), STEP_KINDS.QMATMUL.element(step, e, value));
    }
    assert.equal(STEP_KINDS.QMATMUL.chunkSums!(qmatmul(fields), 0, value), undefined);
  });

  it('takes the longest product of bytes at their extremes', () => {
    const k = 32_768;
    const step = qmatmul({ ...fields, heads: 1, m: 1, n: 1, k });
    const { proofs } = programOf({ ...input, dims: [k] }, step);
    assert.equal(proofs[0]?.accumulatorMax, k * 255 * 255);
    assert.deepEqual(step.outDims, [1, 1]);
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'one source': record({ sources: [0] }),
      int8: draftOf(
        { ...input, dtype: 'int8', lo: -127, hi: 127 },
        changed(qmatmul(fields), { sourceDtype: 'int8', rangeClass: 'S8S8' }),
      ),
      'no range class': record({ rangeClass: undefined }),
      'another range class': record({ rangeClass: 'U7S8' }),
      'another operand a': draft({ m: 4 }),
      'another operand b': draft({ n: 4 }),
      'K above 32768': draftOf({ ...input, dims: [32_769] }, qmatmul({ ...fields, heads: 1, m: 1, n: 1, k: 32_769 })),
      'no heads': record({}, { 0: 0 }),
      'an output of another shape': record({ outDims: [3, 2, 3] }),
      'one head as three dimensions': draftOf(
        { ...input, dims: [12] },
        changed(qmatmul({ ...fields, heads: 1 }), { outDims: [1, 3, 3] }),
      ),
      'an interleaving of 2': record({}, { 4: 2 }),
      'an interleaving of -1': record({}, { 5: -1 }),
      'a zero point of 256': draft({ zeroPoints: [256, 0] }),
      'a zero point of -1': draft({ zeroPoints: [0, -1] }),
      'a numerator below 0': draft({ zeroPoints: [255, 0], addend: 0n }),
      'a numerator of 2^62': draft({ multiplier: 1n << 45n }),
      'a multiplier of 0': draft({ multiplier: 0n }),
      'a shift of 62': draft({ shift: 62 }),
      'a clip above the type': draft({ hi: 256 }),
      'a constant': record({ constants: [{ dtype: 'uint8', dims: [1], data: new Uint8Array(1) }, undefined] }),
      'an unused attribute': record({}, { 6: 1 }),
    });
  });
});
