import { DTYPES, type DTypeArrays, elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { RANGE_CLASSES, type RangeClass } from './rangeClass.ts';
import { DTYPE_RANGE, type Interval } from './requant.ts';
import { scramble } from './scramble.ts';
import type { Step, StepDType } from './step.ts';
import { argmax } from './steps/argmax.ts';
import { avgpool } from './steps/avgpool.ts';
import { concat } from './steps/concat.ts';
import { gather } from './steps/gather.ts';
import { layernorm } from './steps/layernorm.ts';
import { lut } from './steps/lut.ts';
import { maxpool } from './steps/maxpool.ts';
import { qadd } from './steps/qadd.ts';
import { qconv2d } from './steps/qconv2d.ts';
import { qmatmul } from './steps/qmatmul.ts';
import { softmax } from './steps/softmax.ts';
import type { WindowFields } from './steps/window.ts';

/** One step on sources at the extremes of their range, [rows, ...dims]. */
export interface StepCase {
  readonly name: string;
  readonly step: Step;
  readonly sources: readonly Tensor[];
}

/** Rows of a source: all high, all low, alternating, noise of which half is extreme. */
const ROWS = 4;
/** Every accumulator here is below this. */
const REACH = 1n << 27n;
/** Requantisation that gives the accumulator itself, so that no bit of it is lost. */
const BARE = { shift: 1, offset: REACH, ...DTYPE_RANGE.int32, outDtype: 'int32' } as const;
const BARE_PAIR = [2n, 2n * REACH] as const;

const values = <D extends StepDType>(dtype: D, dims: readonly number[], value: (at: number) => number): Tensor<D> => {
  const data = DTYPES[dtype].make(elementCount(dims)) as DTypeArrays[D];
  for (let at = 0; at < data.length; at++) data[at] = value(at);
  return { dtype, dims, data };
};

function noise({ lo, hi }: Interval, at: number): number {
  const bits = scramble(at);
  if (bits % 4 < 2) return bits % 4 === 0 ? hi : lo;
  return lo + ((bits >>> 8) % (hi - lo + 1));
}

function rowsOf<D extends StepDType>(
  dtype: D,
  dims: readonly number[],
  range: Interval = DTYPE_RANGE[dtype],
): Tensor<D> {
  const size = elementCount(dims);
  const { lo, hi } = range;
  return values(dtype, [ROWS, ...dims], (at) => {
    const row = Math.floor(at / size);
    if (row === 3) return noise(range, at);
    return row === 0 || (row === 2 && at % 2 === 0) ? hi : lo;
  });
}

const pairsOf = (count: number, [first, second]: readonly [bigint, bigint]): Tensor<'int64'> =>
  tensor(
    'int64',
    [count, 2],
    BigInt64Array.from({ length: 2 * count }, (_, at) => (at % 2 === 0 ? first : second)),
  );

interface Convolution extends WindowFields {
  readonly groups: number;
  readonly outputs: number;
}

function convolution(rangeClass: RangeClass, of: Convolution): StepCase {
  const { input, weight } = RANGE_CLASSES[rangeClass];
  const dims = [of.outputs, ...of.kernel, of.image[2] / of.groups];
  const step = qconv2d({
    rangeClass,
    source: 0,
    ...of,
    weight: values(weight.dtype, dims, (at) => noise(weight, at)),
    inputZeroPoint: 64,
    weightZeroPoint: weight.dtype === 'uint8' ? 192 : 0,
    pairs: pairsOf(of.outputs, BARE_PAIR),
    ...BARE,
  });
  const name = `QCONV2D ${rangeClass} ${of.kernel.join('x')} groups ${of.groups}`;
  return { name, step, sources: [rowsOf(input.dtype, of.image, input)] };
}

function convolutions(): StepCase[] {
  const depthwise = { image: [7, 6, 16], kernel: [3, 3], pads: [1, 1, 1, 1], groups: 16, outputs: 16 } as const;
  return [
    convolution('U8U8', {
      image: [7, 6, 13],
      kernel: [3, 3],
      strides: [2, 1],
      pads: [1, 0, 2, 1],
      groups: 1,
      outputs: 9,
    }),
    convolution('U8U8', {
      image: [9, 9, 3],
      kernel: [7, 7],
      strides: [2, 2],
      pads: [3, 3, 3, 3],
      groups: 1,
      outputs: 8,
    }),
    convolution('U8U8', depthwise),
    convolution('U7S8', depthwise),
    convolution('S8S8', { image: [5, 5, 64], kernel: [1, 1], groups: 2, outputs: 6 }),
  ];
}

function pools(): StepCase[] {
  const window = { image: [7, 6, 5], kernel: [3, 2], strides: [2, 2], pads: [1, 1, 1, 0] } as const;
  const mean = { source: 0, multiplier: BARE_PAIR[0], addend: BARE_PAIR[1], ...BARE };
  const signed = { dtype: 'int8', sourceDtype: 'int8', inputZeroPoint: -128 } as const;
  const unsigned = { dtype: 'uint8', sourceDtype: 'uint8', inputZeroPoint: 100 } as const;
  return [signed, unsigned].flatMap((type) => {
    const sources = [rowsOf(type.dtype, window.image)];
    const whole = { image: window.image, kernel: [7, 6] } as const;
    return [
      { name: `MAXPOOL ${type.dtype}`, step: maxpool({ source: 0, ...type, ...window }), sources },
      { name: `AVGPOOL ${type.dtype}`, step: avgpool({ ...mean, ...type, ...window }), sources },
      { name: `AVGPOOL ${type.dtype} global`, step: avgpool({ ...mean, ...type, ...whole }), sources },
    ];
  });
}

function sums(): StepCase[] {
  const wide = { multipliers: [(1n << 53n) - 1n, -(1n << 53n) + 12_345n], addend: 1n << 61n, shift: 54 } as const;
  const rest = { offset: 64n, lo: -128, hi: 127, outDtype: 'int8' } as const;
  const operand = values('int8', [19], (at) => noise(DTYPE_RANGE.int8, at));
  const int32 = { multipliers: [1n << 28n, 3n], addend: (1n << 61n) + 5n, shift: 30, ...rest } as const;
  return [
    {
      name: 'QADD uint8',
      step: qadd({ sources: [0, 1], sourceDtype: 'uint8', dims: [19], ...wide, ...rest }),
      sources: [rowsOf('uint8', [19]), values('uint8', [ROWS, 19], (at) => noise(DTYPE_RANGE.uint8, at + 99))],
    },
    {
      name: 'QADD constant',
      step: qadd({ sources: [0], operand, sourceDtype: 'int8', dims: [19], ...wide, ...rest }),
      sources: [rowsOf('int8', [19])],
    },
    {
      name: 'QADD int32',
      step: qadd({ sources: [0, 0], sourceDtype: 'int32', dims: [19], ...int32, offset: 1n << 31n }),
      sources: [rowsOf('int32', [19])],
    },
  ];
}

function tables(): StepCase[] {
  const toInt8 = values('int8', [256], (at) => noise(DTYPE_RANGE.int8, at));
  const toInt32 = values('int32', [256], (at) => noise(DTYPE_RANGE.int32, at));
  return [
    {
      name: 'LUT uint8',
      step: lut({ source: 0, sourceDtype: 'uint8', dims: [67], table: toInt8 }),
      sources: [rowsOf('uint8', [67])],
    },
    {
      name: 'LUT int8',
      step: lut({ source: 0, sourceDtype: 'int8', dims: [67], table: toInt32 }),
      sources: [rowsOf('int8', [67])],
    },
  ];
}

function moves(): StepCase[] {
  const source = { source: 0, dtype: 'uint8', size: 210 } as const;
  const sources = [values('uint8', [ROWS, 210], (at) => scramble(at) % 256)];
  const other = values('uint8', [ROWS, 6, 2, 7], (at) => scramble(at + 999) % 256);
  const dims = [
    [6, 5, 7],
    [6, 2, 7],
  ] as const;
  return [
    { name: 'GATHER transpose', step: gather({ ...source, dims: [7, 5, 6], base: 0, strides: [1, 7, 35] }), sources },
    { name: 'GATHER strided', step: gather({ ...source, dims: [9, 3, 4], base: 209, strides: [-20, 0, -7] }), sources },
    {
      name: 'CONCAT',
      step: concat({ sources: [0, 1], dtype: 'uint8', dims, axis: 1 }),
      sources: [{ ...sources[0]!, dims: [ROWS, 6, 5, 7] }, other],
    },
  ];
}

function products(): StepCase[] {
  return [
    { heads: 1, m: 5, n: 7, k: 1024, isInterleavedA: false, isInterleavedB: false },
    { heads: 3, m: 5, n: 7, k: 130, isInterleavedA: false, isInterleavedB: false },
    { heads: 3, m: 5, n: 7, k: 64, isInterleavedA: true, isInterleavedB: true },
  ].map((shape) => {
    const { heads, m, n, k, isInterleavedA } = shape;
    const step = qmatmul({
      ...{ sources: [0, 1], ...shape, zeroPoints: [100, 0] },
      ...{ multiplier: BARE_PAIR[0], addend: BARE_PAIR[1], ...BARE },
    });
    const sources = [m, n].map((count) => rowsOf('uint8', [heads * count * k]));
    return { name: `QMATMUL heads ${heads}${isInterleavedA ? ' interleaved' : ''}`, step, sources };
  });
}

function rows(): StepCase[] {
  const [k, dims] = [19, [3, 19]] as const;
  const largest = values('int32', [256], (at) => 113_025_455 - at * 400_000);
  const fine = { epsilon: 7n, bits: 14, bound: 1n << 47n, shift: 41, offset: 128n, lo: -128, hi: 127 } as const;
  const gains = pairsOf(k, [-(1n << 47n) + 9n, 1n << 48n]);
  return (['uint8', 'int8'] as const).flatMap((type): StepCase[] => {
    const sources = [rowsOf(type, dims)];
    const common = { source: 0, sourceDtype: type, dims } as const;
    return [
      { name: `SOFTMAX ${type}`, step: softmax({ ...common, q: 255, table: largest }), sources },
      { name: `LAYERNORM ${type}`, step: layernorm({ ...common, ...fine, pairs: gains, outDtype: 'int8' }), sources },
      { name: `ARGMAX ${type}`, step: argmax({ source: 0, sourceDtype: type, k, dims: [3] }), sources },
    ];
  });
}

/** The forms in which steps other than QLINEAR are written, on extreme values. */
export const stepCases = (): readonly StepCase[] => [
  ...convolutions(),
  ...pools(),
  ...sums(),
  ...tables(),
  ...moves(),
  ...products(),
  ...rows(),
];
