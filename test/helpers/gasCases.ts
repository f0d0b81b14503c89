import type { Program } from '../../node/core/exact/program.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import type { Step } from '../../node/core/exact/step.ts';
import { argmax } from '../../node/core/exact/steps/argmax.ts';
import { avgpool } from '../../node/core/exact/steps/avgpool.ts';
import { concat } from '../../node/core/exact/steps/concat.ts';
import { gather } from '../../node/core/exact/steps/gather.ts';
import { layernorm } from '../../node/core/exact/steps/layernorm.ts';
import { lut } from '../../node/core/exact/steps/lut.ts';
import { maxpool } from '../../node/core/exact/steps/maxpool.ts';
import { qadd } from '../../node/core/exact/steps/qadd.ts';
import { qconv2d } from '../../node/core/exact/steps/qconv2d.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { qmatmul } from '../../node/core/exact/steps/qmatmul.ts';
import { softmax } from '../../node/core/exact/steps/softmax.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => ((i * 167 + 13) % 253) + 1);
export const weights = (...dims: number[]): Tensor<'uint8'> =>
  tensor('uint8', dims, bytes(dims.reduce((a, b) => a * b, 1)));
export const pairs = (count: number, [multiplier, addend]: readonly [bigint, bigint]): Tensor<'int64'> =>
  tensor(
    'int64',
    [count, 2],
    BigInt64Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? multiplier : addend)),
  );
const table = (): Tensor<'uint8'> => tensor('uint8', [256], bytes(256));
const exponentials = (): Tensor<'int32'> =>
  tensor(
    'int32',
    [256],
    Int32Array.from({ length: 256 }, (_, i) => Math.floor(65_536 / (i + 1)) + 1),
  );

export const REQUANT = { shift: 20, offset: 0n, lo: 0, hi: 255, outDtype: 'uint8' } as const;
export const PRODUCTS = { rangeClass: 'U8U8', inputZeroPoint: 3, weightZeroPoint: 128, ...REQUANT } as const;
export const ADDEND: readonly [bigint, bigint] = [5n, 1n << 33n];

/** Steps of a trace around the step that is judged, so that paths are as long as in a real network. */
const STEPS = 64;

/** A step of the given operator on `dims`, behind 63 tables. */
function behindTables(dims: readonly number[], last: (source: number) => Step): Program {
  const steps: Step[] = [];
  for (let source = 0; source < STEPS - 1; source++)
    steps.push(lut({ source, sourceDtype: 'uint8', dims, table: table() }));
  steps.push(last(STEPS - 1));
  return proveProgram({
    input: { name: 'x', dtype: 'uint8', dims, lo: 0, hi: 255, zeroPoint: 0, scale: [1], offset: [0] },
    steps,
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
}

const linear = (k: number, n: number) => (): Program =>
  behindTables([k], (source) => qlinear({ source, k, n, weight: weights(n, k), pairs: pairs(n, ADDEND), ...PRODUCTS }));

const convolution =
  (c: number, o: number, groups = 1, kernel = 3) =>
  (): Program =>
    behindTables([8, 8, c], (source) =>
      qconv2d({
        source,
        image: [8, 8, c],
        kernel: [kernel, kernel],
        pads: [kernel >> 1, kernel >> 1, kernel >> 1, kernel >> 1],
        groups,
        weight: weights(o, kernel, kernel, c / groups),
        pairs: pairs(o, ADDEND),
        ...PRODUCTS,
      }),
    );

/** What the gas table measures: one row in the middle of the last step, its program 64 steps long. */
export const GAS_CASES: Readonly<Record<string, () => Program>> = {
  'QLINEAR K=64': linear(64, 256),
  'QLINEAR K=1024': linear(1024, 256),
  'QLINEAR K=4096': linear(4096, 256),
  'QLINEAR K=8192': linear(8192, 128),
  'QLINEAR K=32768': linear(32_768, 16),
  'QCONV2D 3x3 C=16': convolution(16, 16),
  'QCONV2D 3x3 C=64': convolution(64, 64),
  'QCONV2D 3x3 C=256': convolution(256, 64),
  'QCONV2D 3x3 C=512': convolution(512, 32),
  'QCONV2D 3x3 depthwise C=64': convolution(64, 64, 64),
  'MAXPOOL 2x2 C=64': () =>
    behindTables([8, 8, 64], (source) =>
      maxpool({ source, dtype: 'uint8', image: [8, 8, 64], kernel: [2, 2], strides: [2, 2] }),
    ),
  'AVGPOOL 8x8 C=64': () =>
    behindTables([8, 8, 64], (source) =>
      avgpool({
        source,
        sourceDtype: 'uint8',
        image: [8, 8, 64],
        kernel: [8, 8],
        inputZeroPoint: 3,
        multiplier: 5n,
        addend: 1n << 33n,
        ...REQUANT,
      }),
    ),
  'AVGPOOL 32x32 C=1': () =>
    behindTables([32, 32, 1], (source) =>
      avgpool({
        source,
        sourceDtype: 'uint8',
        image: [32, 32, 1],
        kernel: [32, 32],
        inputZeroPoint: 3,
        multiplier: 5n,
        addend: 1n << 33n,
        ...REQUANT,
      }),
    ),
  QADD: () =>
    behindTables([8, 8, 64], (source) =>
      qadd({
        sources: [source, source - 1],
        sourceDtype: 'uint8',
        dims: [8, 8, 64],
        multipliers: [70_000n, 60_000n],
        addend: 1n << 33n,
        ...REQUANT,
      }),
    ),
  LUT: () =>
    behindTables([8, 8, 64], (source) => lut({ source, sourceDtype: 'uint8', dims: [8, 8, 64], table: table() })),
  GATHER: () =>
    behindTables([8, 8, 64], (source) =>
      gather({ source, dtype: 'uint8', size: 4096, dims: [64, 8, 8], base: 0, strides: [1, 512, 64] }),
    ),
  CONCAT: () =>
    behindTables([8, 8, 64], (source) =>
      concat({
        sources: [source, source - 1],
        dtype: 'uint8',
        dims: [
          [8, 8, 64],
          [8, 8, 64],
        ],
        axis: 2,
      }),
    ),
  'QMATMUL K=64': () =>
    behindTables([64, 4, 64], (source) =>
      qmatmul({
        sources: [source, source - 1],
        heads: 4,
        m: 64,
        n: 64,
        k: 64,
        isInterleavedA: true,
        isInterleavedB: true,
        zeroPoints: [128, 128],
        multiplier: 5n,
        addend: 1n << 33n,
        ...REQUANT,
      }),
    ),
  'SOFTMAX K=64': () =>
    behindTables([64, 64], (source) =>
      softmax({ source, sourceDtype: 'uint8', dims: [64, 64], q: 255, table: exponentials() }),
    ),
  'SOFTMAX K=4096': () =>
    behindTables([4096], (source) =>
      softmax({ source, sourceDtype: 'uint8', dims: [4096], q: 255, table: exponentials() }),
    ),
  'LAYERNORM K=256': () => behindTables([16, 256], (source) => normalised(source, [16, 256])),
  'LAYERNORM K=4096': () => behindTables([4096], (source) => normalised(source, [4096])),
  'ARGMAX K=1000': () => behindTables([1000], (source) => argmax({ source, sourceDtype: 'uint8', k: 1000 })),
  'ARGMAX K=4096': () => behindTables([4096], (source) => argmax({ source, sourceDtype: 'uint8', k: 4096 })),
};

function normalised(source: number, dims: readonly number[]): Step {
  const k = dims.at(-1)!;
  return layernorm({
    source,
    sourceDtype: 'uint8',
    dims,
    epsilon: 1n,
    bound: 1n << 24n,
    bits: 31,
    pairs: pairs(k, [1n << 24n, 1n << 27n]),
    ...REQUANT,
  });
}
