import type { Program } from '../../node/core/exact/program.ts';
import { proveProgram } from '../../node/core/exact/prove.ts';
import type { Step } from '../../node/core/exact/step.ts';
import { maxpool } from '../../node/core/exact/steps/maxpool.ts';
import { qconv2d } from '../../node/core/exact/steps/qconv2d.ts';
import { qlinear } from '../../node/core/exact/steps/qlinear.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { Seeded } from './seeded.ts';

export interface Convolutional {
  /** [H, W, C] of the input. */
  readonly image: readonly [number, number, number];
  /** Channels of each stage; between two stages the image is halved. */
  readonly stages: readonly number[];
  /** 3x3 convolutions of each stage. */
  readonly depth: number;
  readonly classes: number;
}

const SHIFT = 20;
/** Weights are 128 +- WIDTH. */
const WIDTH = 48;

/** `count` centred weight bytes around 128. */
const weights = (random: Seeded, dims: readonly number[]): Tensor<'uint8'> => {
  const count = dims.reduce((a, b) => a * b, 1);
  return tensor(
    'uint8',
    dims,
    Uint8Array.from({ length: count }, () => 128 + random.int(-WIDTH, WIDTH)),
  );
};

/** A requantisation that spreads the sums of `k` random products over 0..255 and clips below as Relu does. */
function spreading(n: number, k: number) {
  const deviation = Math.sqrt(k) * 90 * (WIDTH / Math.sqrt(3));
  const multiplier = BigInt(Math.round((90 / deviation) * 2 ** SHIFT));
  const most = BigInt(k) * 255n * BigInt(WIDTH) * multiplier;
  const base = (most >> BigInt(SHIFT)) + 2n;
  const addend = (base << BigInt(SHIFT)) + (1n << BigInt(SHIFT - 1));
  const pairs = BigInt64Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? multiplier : addend));
  return { pairs: tensor('int64', [n, 2], pairs), shift: SHIFT, offset: base };
}

const RELU = { lo: 0, hi: 255, outDtype: 'uint8' } as const;
const U8U8 = { rangeClass: 'U8U8', inputZeroPoint: 0, weightZeroPoint: 128 } as const;

/** A proven VGG-like network of random weights: stages of 3x3 convolutions, max pooling between them, a dense head. */
export function convolutionalProgram({ image, stages, depth, classes }: Convolutional, seed = 1): Program {
  const random = new Seeded(seed);
  const steps: Step[] = [];
  let [height, width, channels] = image;
  const conv = (out: number): void => {
    const k = 9 * channels;
    const window = { image: [height, width, channels], kernel: [3, 3], pads: [1, 1, 1, 1] } as const;
    const weight = weights(random, [out, 3, 3, channels]);
    steps.push(qconv2d({ ...U8U8, ...RELU, ...window, ...spreading(out, k), source: steps.length, groups: 1, weight }));
    channels = out;
  };
  for (const [index, out] of stages.entries()) {
    if (index > 0) {
      const window = { image: [height, width, channels], kernel: [2, 2], strides: [2, 2] } as const;
      steps.push(maxpool({ ...window, source: steps.length, dtype: 'uint8' }));
      height >>= 1;
      width >>= 1;
    }
    for (let layer = 0; layer < depth; layer++) conv(out);
  }
  const k = height * width * channels;
  const logits = { lo: -(2 ** 31), hi: 2 ** 31 - 1, outDtype: 'int32' } as const;
  const weight = weights(random, [classes, k]);
  steps.push(qlinear({ ...U8U8, ...logits, ...spreading(classes, k), source: steps.length, k, n: classes, weight }));
  return proveProgram({
    input: { name: 'x', dtype: 'uint8', dims: image, lo: 0, hi: 255, zeroPoint: 0, scale: [1 / 255], offset: [0] },
    steps,
    output: { name: 'y', scale: 1, zeroPoint: 0, activation: 'none' },
  });
}
