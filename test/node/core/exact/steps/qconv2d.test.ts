import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExactModelMalformed } from '../../../../../node/core/exact/errors.ts';
import { programFromModel } from '../../../../../node/core/exact/load.ts';
import { modelFromProgram } from '../../../../../node/core/exact/modelFromProgram.ts';
import { proveProgram } from '../../../../../node/core/exact/prove.ts';
import { STEP_KINDS } from '../../../../../node/core/exact/stepKinds.ts';
import { type QConv2dFields, qconv2d } from '../../../../../node/core/exact/steps/qconv2d.ts';
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

/** From the definition: one output element by coordinates, padding left out. */
export const conv2dOracle: Oracle = (step, [source], e) => {
  const [h, w, c, kh, kw, sh, sw, top, left, groups] = step.attributes.map(Number) as number[] & { length: 16 };
  const [, oW, o] = step.outDims as [number, number, number];
  const size = step.outDims.reduce((a, b) => a * b, 1);
  const [row, rest] = [Math.floor(e / size), e % size];
  const [y, x, channel] = [Math.floor(rest / (oW * o)), Math.floor(rest / o) % oW, rest % o];
  const per = c! / groups!;
  const first = Math.floor(channel / (o / groups!)) * per;
  let acc = 0n;
  for (let i = 0; i < kh!; i++) {
    for (let j = 0; j < kw!; j++) {
      const [iy, ix] = [y * sh! - top! + i, x * sw! - left! + j];
      if (iy < 0 || iy >= h! || ix < 0 || ix >= w!) continue;
      for (let k = 0; k < per; k++) {
        const value = BigInt(source!.data[((row * h! + iy) * w! + ix) * c! + first + k]!) - step.attributes[14]!;
        const weight = BigInt(step.constants[0]!.data[((channel * kh! + i) * kw! + j) * per + k]!);
        acc += value * (weight - step.attributes[15]!);
      }
    }
  }
  const [multiplier, addend] = [0, 1].map((which) => BigInt(step.constants[1]!.data[2 * channel + which]!));
  return rq(step, acc * multiplier! + addend!);
};

const int8 = (dims: readonly number[], value = 127): Tensor<'int8'> =>
  tensor('int8', dims, new Int8Array(dims.reduce((a, b) => a * b, 1)).fill(value));
const pairsOf = (n: number, multiplier: bigint, addend: bigint): Tensor<'int64'> =>
  tensor('int64', [n, 2], BigInt64Array.from(new Array(n).fill([multiplier, addend]).flat() as bigint[]));

/** 3 x 3 over an image of 6 x 5 with 4 channels, 2 groups. */
const fields: QConv2dFields = {
  rangeClass: 'U7S8',
  source: 0,
  image: [6, 5, 4],
  kernel: [3, 3],
  strides: [2, 1],
  pads: [1, 1, 1, 1],
  groups: 2,
  weight: int8([6, 3, 3, 2]),
  inputZeroPoint: 0,
  weightZeroPoint: 0,
  pairs: pairsOf(6, 1n << 20n, 1n << 42n),
  shift: 30,
  offset: 0n,
  lo: 0,
  hi: 127,
  outDtype: 'uint8',
};
const input = { dtype: 'uint8', dims: [6, 5, 4], lo: 0, hi: 127 } as const;
const draft = (change: Partial<QConv2dFields> = {}) => draftOf(input, qconv2d({ ...fields, ...change }));
const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(qconv2d(fields), ...change));

describe('QCONV2D', () => {
  it('equals the definition and the referee on every element of 60 random chains (seed 910)', () => {
    const random = new Seeded(910);
    for (let i = 0; i < 60; i++) {
      const program = randomGraph(random, { ops: ['QCONV2D'], steps: random.int(1, 3) });
      checkSteps(program, randomInput(random, program, 3), { QCONV2D: conv2dOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 911)', async () => {
    const random = new Seeded(911);
    for (let i = 0; i < 14; i++) {
      const program = randomGraph(random, { ops: ['QCONV2D'], steps: random.int(1, 3) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('opens sums of more than 4096 products by kernel row, those outside the image as 0', () => {
    const dims = [2, 3, 700] as const;
    const weight = tensor(
      'int8',
      [2, 3, 3, 700],
      Int8Array.from({ length: 12_600 }, (_, at) => (at % 255) - 127),
    );
    const step = qconv2d({
      ...fields,
      image: dims,
      strides: [1, 1],
      groups: 1,
      weight,
      pairs: pairsOf(2, 1n << 16n, 1n << 44n),
      shift: 38,
      offset: 64n,
    });
    const program = programOf({ ...input, dims }, step);
    const x = randomInput(new Seeded(912), program, 2);
    checkSteps(program, x, { QCONV2D: conv2dOracle });
    const kind = STEP_KINDS.QCONV2D;
    const value = (operand: number, at: number) => [x, undefined, weight, step.constants[1]!][operand]!.data[at]!;
    const sums = kind.chunkSums!(step, 0, value)!;
    assert.equal(sums.length, 3);
    assert.equal(sums[0], 0n);
    const acc = sums.reduce((a, b) => a + b);
    assert.equal(rq(step, (acc << 16n) + (1n << 44n)), kind.element(step, 0, value));
    const short = qconv2d(fields);
    assert.equal(kind.chunkSums!(short, 0, value), undefined);
  });

  it('takes windows that leave rows and columns at the end unread, as ONNX does', async () => {
    const step = qconv2d({
      ...fields,
      kernel: [2, 2],
      strides: [3, 2],
      pads: [0, 0, 0, 0],
      weight: int8([6, 2, 2, 2]),
    });
    const program = programOf(input, step);
    assert.deepEqual(step.outDims, [2, 2, 6]);
    await checkRuntimes(program, randomInput(new Seeded(913), program, 4), false);
  });

  it('bounds the accumulator over the padding as well', () => {
    const cover = 18n * 127n * 127n;
    const all = { ...fields, weight: int8([6, 3, 3, 2], -127), pairs: pairsOf(6, 1n, cover), shift: 10 };
    assert.equal(proveProgram(draft(all)).proofs[0]?.accumulatorMax, 18 * 127 * 127);
    refuses({ 'one less': draft({ ...all, pairs: pairsOf(6, 1n, cover - 1n) }) });
    // A zero point of 127 makes every cell negative; only padding gives 0.
    const centred = draft({ inputZeroPoint: 127, weight: int8([6, 3, 3, 2], -127), pairs: pairsOf(6, 1n, 0n) });
    assert.equal(proveProgram(centred).proofs[0]?.accumulatorMax, 18 * 127 * 127);
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'a kernel beyond the padding': draft({ pads: [3, 1, 1, 1] }),
      'a window below the image': record({ outDims: [5, 5, 6] }),
      'an output that leaves windows out': record({ outDims: [2, 5, 6] }),
      'a flat output': record({ outDims: [3, 30] }),
      'a stride of 0': record({}, { 5: 0 }),
      'a negative padding': record({}, { 7: -1 }),
      'a kernel of height 0': record({}, { 3: 0 }),
      'an image that the source is not': record({}, { 0: 7 }),
      'no groups': record({}, { 9: 0 }),
      'groups that do not divide the channels': record({}, { 9: 3 }),
      'groups that do not divide the outputs': draft({ groups: 4, weight: int8([6, 3, 3, 1]) }),
      'weights of another shape': draft({ weight: int8([6, 3, 2, 3]) }),
      'weights of rank 2': draft({ weight: { ...int8([6, 18]), dims: [6, 18] } }),
      'a weight of -128': draft({ weight: int8([6, 3, 3, 2], -128) }),
      'no weights': record({ constants: [undefined, fields.pairs] }),
      'no pairs': record({ constants: [fields.weight, undefined] }),
      'pairs of another shape': draft({ pairs: pairsOf(5, 1n, 0n) }),
      'an input above its class': draftOf({ ...input, hi: 128 }, qconv2d(fields)),
      'an input zero point above its class': draft({ inputZeroPoint: 128 }),
      'a weight zero point for int8': draft({ weightZeroPoint: 1 }),
      'no range class': record({ rangeClass: undefined }),
      'a numerator below 0': draft({ weight: int8([6, 3, 3, 2], -127), pairs: pairsOf(6, 1n << 20n, 0n) }),
      'a numerator of 2^62': draft({ pairs: pairsOf(6, 1n << 45n, 0n) }),
      'a shift of 62': draft({ shift: 62 }),
      'a clip above the type': draft({ hi: 256 }),
      'two sources': record({ sources: [0, 0] }),
      'K above 32768': draftOf(
        { ...input, dims: [1, 1, 32_769] },
        qconv2d({
          ...fields,
          image: [1, 1, 32_769],
          kernel: [1, 1],
          strides: [1, 1],
          pads: [0, 0, 0, 0],
          groups: 1,
          weight: int8([1, 1, 1, 32_769], 1),
          pairs: pairsOf(1, 1n, 0n),
        }),
      ),
      'evidence beyond a transaction': draftOf(
        { ...input, dims: [3, 3, 30_000] },
        qconv2d({
          ...fields,
          image: [3, 3, 30_000],
          strides: [1, 1],
          pads: [0, 0, 0, 0],
          groups: 30_000,
          weight: int8([30_000, 3, 3, 1], 1),
          pairs: pairsOf(30_000, 1n, 0n),
        }),
      ),
    });
  });

  it('error: ExactModelMalformed for weights of another type or rank in the file', () => {
    const model = modelFromProgram(programOf(input, qconv2d(fields)));
    for (const weight of [int8([6, 18]), tensor('float32', [6, 2, 3, 3], new Float32Array(108))]) {
      const initializers = new Map([...model.graph.initializers, ['step1.weight', weight]]);
      assert.throws(() => programFromModel({ ...model, graph: { ...model.graph, initializers } }), ExactModelMalformed);
    }
  });
});
