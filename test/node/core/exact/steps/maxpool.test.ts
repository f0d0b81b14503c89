import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MaxPoolFields, maxpool } from '../../../../../node/core/exact/steps/maxpool.ts';
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
const maxpoolOracle: Oracle = (step, [source], e) => {
  const [h, w, c, kh, kw, sh, sw, top, left] = step.attributes.map(Number) as [
    ...[number, number, number, number, number, number, number, number, number],
  ];
  const oW = step.outDims[1]!;
  const size = step.outDims.reduce((a, b) => a * b, 1);
  const [row, rest] = [Math.floor(e / size), e % size];
  const [y, x, channel] = [Math.floor(rest / (oW * c)), Math.floor(rest / c) % oW, rest % c];
  const cells: number[] = [];
  for (let iy = y * sh - top; iy < y * sh - top + kh; iy++)
    for (let ix = x * sw - left; ix < x * sw - left + kw; ix++)
      if (iy >= 0 && iy < h && ix >= 0 && ix < w)
        cells.push(Number(source!.data[((row * h + iy) * w + ix) * c + channel]));
  return cells.toSorted((a, b) => b - a)[0]!;
};

const fields: MaxPoolFields = { source: 0, dtype: 'uint8', image: [6, 5, 4], kernel: [3, 2], strides: [2, 2] };
const input = { dtype: 'uint8', dims: [6, 5, 4], lo: 0, hi: 127 } as const;
const record = (...change: Parameters<typeof changed> extends [unknown, ...infer R] ? R : never) =>
  draftOf(input, changed(maxpool(fields), ...change));

describe('MAXPOOL', () => {
  it('equals the definition and the referee on every element of 80 random chains (seed 920)', () => {
    const random = new Seeded(920);
    for (let i = 0; i < 80; i++) {
      const program = randomGraph(random, { ops: ['MAXPOOL'], steps: random.int(1, 3) });
      checkSteps(program, randomInput(random, program, 3), { MAXPOOL: maxpoolOracle });
      checkFile(program);
    }
  });

  it('is the same on onnxruntime-node and onnxruntime-web (seed 921)', async () => {
    const random = new Seeded(921);
    for (let i = 0; i < 12; i++) {
      const program = randomGraph(random, { ops: ['MAXPOOL', 'QCONV2D'], steps: random.int(1, 3) });
      await checkRuntimes(program, randomInput(random, program, 6), i < 3);
    }
  });

  it('gives what its source can give', () => {
    const { proofs } = programOf({ ...input, lo: 3 }, maxpool(fields));
    assert.deepEqual(proofs[0]?.output, { dtype: 'uint8', size: 16, lo: 3, hi: 127 });
  });

  it('error: ExactProofFailed for each planted violation', () => {
    refuses({
      'another output type': record({ outDtype: 'int8' }),
      int32: draftOf(input, changed(maxpool(fields), { sourceDtype: 'int32', outDtype: 'int32' })),
      'a range class': record({ rangeClass: 'U8U8' }),
      'other output channels': record({ outDims: [2, 2, 5] }),
      'a window in the padding alone': record({}, { 7: 3 }),
      'windows left out': record({ outDims: [1, 2, 4] }),
      'windows below the image': record({ outDims: [4, 2, 4] }),
      'two sources': record({ sources: [0, 0] }),
      'an unused attribute': record({}, { 9: 1 }),
      'a kernel of 4160 cells': draftOf(
        { ...input, dims: [65, 64, 1] },
        maxpool({ ...fields, image: [65, 64, 1], kernel: [65, 64] }),
      ),
      'evidence beyond a transaction': draftOf(
        { ...input, dims: [4, 4, 20_000] },
        maxpool({ ...fields, image: [4, 4, 20_000], kernel: [3, 4] }),
      ),
    });
  });
});
