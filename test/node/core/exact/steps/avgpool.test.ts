import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STEP_KINDS } from '../../../../../node/core/exact/stepKinds.ts';
import { type AvgPoolFields, avgpool } from '../../../../../node/core/exact/steps/avgpool.ts';
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
const avgpoolOracle: Oracle = (step, [source], e) => {
  const [h, w, c, kh, kw, sh, sw, top, left] = step.attributes.map(Number) as [
    ...[number, number, number, number, number, number, number, number, number],
  ];
  const oW = step.outDims[1]!;
  const size = step.outDims.reduce((a, b) => a * b, 1);
  const [row, rest] = [Math.floor(e / size), e % size];
  const [y, x, channel] = [Math.floor(rest / (oW * c)), Math.floor(rest / c) % oW, rest % c];
  let acc = 0n;
  for (let iy = y * sh - top; iy < y * sh - top + kh; iy++)
    for (let ix = x * sw - left; ix < x * sw - left + kw; ix++)
      if (iy >= 0 && iy < h && ix >= 0 && ix < w)
        acc += BigInt(source!.data[((row * h + iy) * w + ix) * c + channel]!) - step.attributes[9]!;
  return rq(step, acc * step.attributes[14]! + step.attributes[15]!);
};

const fields: AvgPoolFields = {
  source: 0,
  sourceDtype: 'uint8',
  image: [6, 5, 4],
  kernel: [3, 2],
  strides: [2, 2],
  inputZeroPoint: 100,
  multiplier: 1n << 20n,
  addend: 600n << 20n,
  shift: 22,
  offset: 0n,
  lo: 0,
  hi: 255,
  outDtype: 'uint8',
};
const input = { dtype: 'uint8', dims: [6, 5, 4], lo: 0, hi: 127 } as const;
const draft = (change: Partial<AvgPoolFields> = {}) => draftOf(input, avgpool({ ...fields, ...change }));

const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(avgpool(fields), ...change));

describe('AVGPOOL', () => {
  it('equals the definition and the referee on every element of 80 random graphs (seed 940)', () => {
    const random = new Seeded(940);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['AVGPOOL'], steps: random.int(1, 4) });
      checkSteps(program, randomInput(random, program, 3), { AVGPOOL: avgpoolOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 941)', async () => {
    const random = new Seeded(941);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['AVGPOOL', 'QCONV2D'], steps: random.int(2, 4) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('takes signed bytes of -128 at their extremes, padded and not', async () => {
    for (const pads of [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
    ] as const) {
      const step = avgpool({ ...fields, sourceDtype: 'int8', inputZeroPoint: -128, pads });
      const program = programOf({ ...input, dtype: 'int8', lo: -128, hi: 127 }, step);
      const x = randomInput(new Seeded(942), program, 6);
      checkSteps(program, x, { AVGPOOL: avgpoolOracle });
      await checkRuntimes(program, x, false);
    }
  });

  it('opens more than 4096 cells by kernel row', () => {
    const image = [65, 64, 1] as const;
    const step = avgpool({
      ...fields,
      image,
      kernel: [65, 64],
      strides: [1, 1],
      pads: [1, 0, 0, 0],
      addend: 1n << 50n,
    });
    const program = programOf({ ...input, dims: image }, step);
    const x = randomInput(new Seeded(943), program, 2);
    checkSteps(program, x, { AVGPOOL: avgpoolOracle });
    const value = (_operand: number, at: number) => x.data[at]!;
    const sums = STEP_KINDS.AVGPOOL.chunkSums!(step, 0, value)!;
    assert.deepEqual([sums.length, sums[0]], [65, 0n]);
    const acc = sums.reduce((a, b) => a + b);
    assert.equal(rq(step, (acc << 20n) + (1n << 50n)), STEP_KINDS.AVGPOOL.element(step, 0, value));
    assert.equal(STEP_KINDS.AVGPOOL.chunkSums!(avgpool(fields), 0, value), undefined);
  });

  it('bounds the accumulator; without padding every cell counts', () => {
    const { proofs } = programOf({ ...input, lo: 110 }, avgpool({ ...fields, addend: 0n }));
    assert.equal(proofs[0]?.accumulatorMax, 27 * 6);
    assert.equal(proofs[0]?.numeratorMax, (27n * 6n) << 20n);
    refuses({
      'one less than covers it': draft({ addend: (600n << 20n) - 1n }),
      'cells that padding takes away': draftOf(
        { ...input, hi: 50 },
        avgpool({ ...fields, pads: [1, 0, 0, 0], addend: 599n << 20n }),
      ),
    });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      int32: record({ sourceDtype: 'int32' }),
      'a range class': record({ rangeClass: 'U8U8' }),
      'other output channels': record({ outDims: [2, 2, 5] }),
      'a window in the padding alone': record({}, { 7: 3 }),
      'windows left out': record({ outDims: [1, 2, 4] }),
      'a zero point outside the type': draft({ inputZeroPoint: 256 }),
      'a negative zero point of uint8': draft({ inputZeroPoint: -1 }),
      'a multiplier of 0': draft({ multiplier: 0n }),
      'a multiplier too large': draft({ multiplier: 1n << 60n }),
      'a shift of 62': draft({ shift: 62 }),
      'a clip above the type': draft({ hi: 256 }),
      'two sources': record({ sources: [0, 0] }),
      'a constant': record({ constants: [{ dtype: 'uint8', dims: [1], data: new Uint8Array(1) }, undefined] }),
      'evidence beyond a transaction': draftOf(
        { ...input, dims: [4, 4, 20_000] },
        avgpool({ ...fields, image: [4, 4, 20_000], kernel: [3, 4] }),
      ),
    });
  });
});
