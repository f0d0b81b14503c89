import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { integerSqrt, type LayerNormFields, layernorm } from '../../../../../node/core/exact/steps/layernorm.ts';
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
  rq,
} from '../../../../helpers/stepChecks.ts';

/** From the definition; the root by Newton's method, so that it is found in another way. */
const layernormOracle: Oracle = (step, [source], e) => {
  const [k, epsilon, bound] = step.attributes as [bigint, bigint, bigint];
  const n = e % Number(k);
  const x = Array.from((source!.data as Int8Array).subarray(e - n, e - n + Number(k)), BigInt);
  const sum = x.reduce((a, b) => a + b);
  const c = x.map((one) => k * one - sum);
  const v = c.reduce((total, one) => total + one ** 2n, epsilon);
  let root = v;
  for (let next = (v + 1n) / 2n; next < root; next = (root + v / root) / 2n) root = next;
  assert.ok(root ** 2n <= v && (root + 1n) ** 2n > v);
  const [gain, addend] = [0, 1].map((which) => BigInt(step.constants[1]!.data[2 * n + which]!)) as [bigint, bigint];
  const t = (c[n]! * gain + bound * root) / root - bound;
  return rq(step, t + addend);
};

const pairsOf = (k: number, gain: bigint, addend: bigint): Tensor<'int64'> =>
  tensor(
    'int64',
    [k, 2],
    BigInt64Array.from({ length: 2 * k }, (_, at) => (at % 2 === 0 ? gain : addend)),
  );
/** K = 6: the variance stays below 6^3 * 255^2 / 4 + 1 < 2^22. */
const fields: LayerNormFields = {
  source: 0,
  sourceDtype: 'uint8',
  dims: [4, 6],
  epsilon: 1n,
  bound: 1n << 20n,
  bits: 11,
  pairs: pairsOf(6, -(1n << 20n), 1n << 20n),
  shift: 13,
  offset: 0n,
  lo: 0,
  hi: 255,
  outDtype: 'uint8',
};
const input = { dtype: 'uint8', dims: [24], lo: 0, hi: 255 } as const;
const draft = (change: Partial<LayerNormFields> = {}) => draftOf(input, layernorm({ ...fields, ...change }));

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(layernorm(fields), ...change));

describe('LAYERNORM', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 1000)', () => {
    const random = new Seeded(1000);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['LAYERNORM', 'LUT'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { LAYERNORM: layernormOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 1001)', async () => {
    const random = new Seeded(1001);
    for (let i = 0; i < 8; i++) {
      const program = randomGraph(random, { ops: ['LAYERNORM', 'QLINEAR', 'LUT'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 1);
    }
  });

  it('is exact on the longest rows, at the bounds, and beyond 2^53', async () => {
    const most = 1n << 36n;
    for (const [k, bits, gain, range] of [
      [4096, 26, 1n << 20n, { lo: 0, hi: 255 }],
      [4096, 26, most >> 1n, { lo: 0, hi: 255 }],
      [2, 31, 1n << 50n, { lo: 0, hi: 127 }],
      [1, 7, 5n, { lo: 0, hi: 255 }],
    ] as const) {
      const pairs = pairsOf(k, gain, gain);
      const step = layernorm({
        ...fields,
        dims: [k],
        bits,
        bound: gain,
        pairs,
        shift: Math.max(1, gain.toString(2).length - 8),
      });
      const program = programOf({ ...input, dims: [k], ...range }, step);
      const x = randomInput(new Seeded(1002), program, 5);
      checkSteps(program, x, { LAYERNORM: layernormOracle }, k === 4096 ? 211 : 1);
      await checkRuntimes(program, x, false);
    }
  });

  it('takes the root and every bound as tight as they are', () => {
    // 6^3 * 255^2 / 4 = 3,511,350.
    const room = (1n << 22n) - 3_511_350n;
    programOf(input, layernorm({ ...fields, epsilon: room - 1n }));
    refuses({ 'a variance of 2^22': draft({ epsilon: room }) });
    assert.equal(integerSqrt(0n, 31), 0n);
    assert.equal(integerSqrt((1n << 62n) - 1n, 31), (1n << 31n) - 1n);
    for (let n = 0n; n < 300n; n++) assert.equal(integerSqrt(n * n, 9), n);
    for (let n = 1n; n < 300n; n++) assert.equal(integerSqrt(n * n - 1n, 9), n - 1n);
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      int32: record({ sourceDtype: 'int32' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'an epsilon of 0': draft({ epsilon: 0n }),
      'a huge epsilon': draft({ epsilon: 1n << 62n, bits: 31 }),
      'a root of too many bits': draft({ bits: 10 }),
      'bits of 32': draft({ bits: 32 }),
      'bits of 0': draft({ bits: 0 }),
      'a gain above the bound': draft({ bound: (1n << 20n) - 1n }),
      'a gain of -2^63': draft({ pairs: pairsOf(6, -(1n << 63n), (1n << 63n) - 1n) }),
      'a negative bound': draft({ bound: -1n, pairs: pairsOf(6, 0n, 0n) }),
      'a quotient of 2^62': draft({ bound: 1n << 52n }),
      'an addend below the gain': draft({ pairs: pairsOf(6, 1n << 20n, (1n << 20n) - 1n) }),
      'a numerator of 2^62': draft({ pairs: pairsOf(6, 1n << 20n, (1n << 62n) - 1n) }),
      'pairs of another shape': draft({ pairs: pairsOf(5, 1n, 1n) }),
      'no pairs': record({ constants: [undefined, undefined] }),
      'a first constant': record({ constants: [fields.pairs, fields.pairs] }),
      'a K that is not the last dimension': record({}, { 0: 4 }),
      'a K of 4097': draftOf(
        { ...input, dims: [4097] },
        layernorm({ ...fields, dims: [4097], bits: 31, pairs: pairsOf(4097, 1n, 1n) }),
      ),
      'another size': record({ outDims: [5, 6] }),
      'two sources': record({ sources: [0, 0] }),
      'a shift of 62': draft({ shift: 62 }),
      'an unused attribute': record({}, { 4: 1 }),
    });
  });
});
