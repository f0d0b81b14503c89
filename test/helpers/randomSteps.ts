import { RANGE_CLASSES, type RangeClass } from '../../node/core/exact/rangeClass.ts';
import { DTYPE_RANGE } from '../../node/core/exact/requant.ts';
import type { Step, StepDType, ValueFacts } from '../../node/core/exact/step.ts';
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
import { type WindowFields, windowOutput } from '../../node/core/exact/steps/window.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import type { Seeded } from './seeded.ts';

/** A value that a step may read. */
export interface Source extends ValueFacts {
  readonly index: number;
}

/** A random step that reads `source`, and sometimes another of `values`; undefined when the operator cannot. */
export type StepMaker = (random: Seeded, source: Source, values: readonly Source[]) => Step | undefined;

const bitLength = (value: bigint): number => value.toString(2).length;
const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
/** Most elements of an output sample. */
const MAX_SIZE = 400;

/** Element type and clip of an output. */
interface Out {
  readonly outDtype: StepDType;
  readonly lo: number;
  readonly hi: number;
}
const OUTS: readonly Out[] = [
  { outDtype: 'uint8', lo: 0, hi: 255 },
  { outDtype: 'uint8', lo: 0, hi: 127 },
  { outDtype: 'uint8', lo: 3, hi: 120 },
  { outDtype: 'int8', lo: -127, hi: 127 },
  { outDtype: 'int8', lo: -128, hi: 127 },
];
const WIDE: Out = { outDtype: 'int32', ...DTYPE_RANGE.int32 };

/** Shift, offset, clip and the least addend for scaled sums of magnitude up to `most` < 2^60. */
export function randomRequant(random: Seeded, most: bigint, out: Out = random.pick([...OUTS, ...OUTS, WIDE])) {
  const bits = bitLength(most) - (out.outDtype === 'int32' ? 20 : 7) - random.int(0, 5);
  const shift = Math.max(1, Math.min(58, bits));
  const base = (most >> BigInt(shift)) + 2n;
  const zero = BigInt(random.pick([0, out.lo < -1000 ? -500 : out.lo, Math.min(out.hi, 60)]));
  const addend = (base << BigInt(shift)) + random.pick([0n, 1n, random.uint(shift)]);
  return { shift, offset: base - zero, addend, ...out };
}

/** The classes that take values of these facts. */
export const classesOf = ({ dtype, lo, hi }: ValueFacts): RangeClass[] =>
  (Object.keys(RANGE_CLASSES) as RangeClass[]).filter((name) => {
    const { input } = RANGE_CLASSES[name];
    return dtype === input.dtype && lo >= input.lo && hi <= input.hi;
  });

const divisors = (value: number): number[] =>
  Array.from({ length: value }, (_, at) => at + 1).filter((one) => value % one === 0);

/** `size` as a product of three. */
export function randomImage(random: Seeded, size: number): [number, number, number] {
  const channels = random.pick(divisors(size));
  const width = random.pick(divisors(size / channels));
  return [size / channels / width, width, channels];
}

export function randomDims(random: Seeded, size: number): number[] {
  const [height, width, channels] = randomImage(random, size);
  return random.pick([[size], [height * width, channels], [height, width, channels]]);
}

/** Weights at the extremes of their class at times. */
function randomWeights(random: Seeded, rangeClass: RangeClass, dims: readonly number[]): Tensor<'int8' | 'uint8'> {
  const { weight } = RANGE_CLASSES[rangeClass];
  const style = random.int(0, 3);
  const value = (): number => (style === 0 ? random.pick([weight.lo, weight.hi]) : random.int(weight.lo, weight.hi));
  const values = Array.from({ length: product(dims) }, style === 1 ? () => weight.hi : value);
  return weight.dtype === 'int8'
    ? tensor('int8', dims, Int8Array.from(values))
    : tensor('uint8', dims, Uint8Array.from(values));
}

/** Weights, zero points, pairs and requantisation for sums of `k` products. */
function randomProducts(random: Seeded, rangeClass: RangeClass, dims: readonly number[]) {
  const { input, weight } = RANGE_CLASSES[rangeClass];
  const [n, k] = [dims[0]!, product(dims.slice(1))];
  const inputZeroPoint = random.pick([0, input.lo, input.hi, random.int(input.lo, input.hi)]);
  const weightZeroPoint = weight.dtype === 'uint8' ? random.int(0, 255) : 0;
  const reach = BigInt(k * 255 * Math.max(weight.hi - weightZeroPoint, weightZeroPoint - weight.lo, 1));
  const bits = random.pick([6, 20, 51 - bitLength(reach), 57 - bitLength(reach)]);
  const multipliers = Array.from({ length: n }, () => 1n + random.uint(random.int(1, Math.max(1, bits))));
  const most = multipliers.toSorted((a, b) => (a < b ? 1 : -1))[0]!;
  const { addend, ...requant } = randomRequant(random, reach * most);
  const pairs = multipliers.flatMap((multiplier) => [multiplier, addend + BigInt(random.int(0, 1))]);
  return {
    rangeClass,
    inputZeroPoint,
    weightZeroPoint,
    weight: randomWeights(random, rangeClass, dims),
    pairs: tensor('int64', [n, 2], BigInt64Array.from(pairs)),
    ...requant,
  };
}

/** A window over an image of `size` elements whose output is not too large. */
export function randomWindow(random: Seeded, size: number): WindowFields {
  for (;;) {
    const image = randomImage(random, size);
    const kernel: [number, number] = [
      random.int(1, Math.min(5, image[0] + 1)),
      random.int(1, Math.min(5, image[1] + 1)),
    ];
    const strides: [number, number] = [random.int(1, 3), random.int(1, 3)];
    const pad = (axis: 0 | 1): number => random.int(0, Math.min(2, kernel[axis] - 1));
    const fields = { image, kernel, strides, pads: [pad(0), pad(1), pad(0), pad(1)] as const };
    const out = windowOutput(fields);
    const fits = out.every((dim) => dim > 0) && product(out) * image[2] <= MAX_SIZE;
    const hasCells = out.every((dim, axis) => (dim - 1) * strides[axis]! - fields.pads[axis]! < image[axis]!);
    if (fits && hasCells) return fields;
  }
}

export const MAKERS = {
  QLINEAR(random, source) {
    const [rangeClass] = [random.pick([...classesOf(source), undefined])];
    if (rangeClass === undefined) return undefined;
    const [k, n] = [random.pick(divisors(source.size).slice(-3)), random.int(1, 12)];
    const { weight, ...rest } = randomProducts(random, rangeClass, [n, k]);
    const positions = random.pick([[source.size / k], source.size === k ? [] : [1, source.size / k]]);
    return qlinear({ source: source.index, k, n, positions, weight, ...rest });
  },

  QCONV2D(random, source) {
    const [rangeClass] = [random.pick([...classesOf(source), undefined])];
    if (rangeClass === undefined) return undefined;
    const window = randomWindow(random, source.size);
    const [, , channels] = window.image;
    const groups = random.pick([1, channels, random.pick(divisors(channels))]);
    const positions = product(windowOutput(window));
    const perGroup = random.int(1, Math.max(1, Math.min(5, Math.floor(MAX_SIZE / positions / groups))));
    const dims = [groups * perGroup, ...window.kernel, channels / groups];
    return qconv2d({ source: source.index, ...window, groups, ...randomProducts(random, rangeClass, dims) });
  },

  MAXPOOL(random, { index, size, dtype }) {
    if (dtype === 'int32') return undefined;
    return maxpool({ source: index, dtype, ...randomWindow(random, size) });
  },

  QADD(random, source, values) {
    const dims = randomDims(random, source.size);
    const other = random.pick([
      undefined,
      ...values.filter(({ dtype, size }) => dtype === source.dtype && size === source.size),
    ]);
    const { lo, hi } = DTYPE_RANGE[source.dtype];
    const values32 = Int32Array.from({ length: source.size }, () => random.pick([lo, hi, random.int(-100, 100)]));
    const operand =
      source.dtype === 'uint8'
        ? tensor('uint8', dims, Uint8Array.from(values32))
        : source.dtype === 'int8'
          ? tensor('int8', dims, Int8Array.from(values32))
          : tensor('int32', dims, values32);
    const bits = random.int(1, 24);
    const multiplier = (): bigint => random.pick([1n, -1n]) * (1n + random.uint(bits));
    const { outDtype, ...requant } = randomRequant(random, BigInt(Math.max(hi, -lo)) << BigInt(bits + 2));
    return qadd({
      sources: other === undefined ? [source.index] : [source.index, other.index],
      ...(other === undefined ? { operand } : {}),
      sourceDtype: source.dtype,
      dims,
      multipliers: [multiplier(), multiplier()],
      outDtype,
      ...requant,
    });
  },

  AVGPOOL(random, { index, size, dtype }) {
    if (dtype === 'int32') return undefined;
    const drawn = randomWindow(random, size);
    const [height, width] = drawn.image;
    const window = random.int(0, 3) === 0 ? { image: drawn.image, kernel: [height, width] as const } : drawn;
    const { lo, hi } = DTYPE_RANGE[dtype];
    const multiplier = 1n + random.uint(random.int(1, 40));
    const requant = randomRequant(random, BigInt(product(window.kernel) * 255) * multiplier);
    const inputZeroPoint = random.pick([lo, hi, random.int(lo, hi)]);
    return avgpool({ source: index, sourceDtype: dtype, ...window, inputZeroPoint, multiplier, ...requant });
  },

  LUT(random, { index, size, dtype }) {
    if (dtype === 'int32') return undefined;
    const outDtype = random.pick(['uint8', 'int8', 'int8', 'int32'] as const);
    const { lo, hi } = outDtype === 'int32' ? { lo: -1_000_000, hi: 1_000_000 } : DTYPE_RANGE[outDtype];
    const least = outDtype === 'int8' ? random.pick([-127, -128]) : lo;
    const entries = Array.from({ length: 256 }, () => random.int(least, hi));
    const data = { uint8: Uint8Array, int8: Int8Array, int32: Int32Array }[outDtype].from(entries);
    const table = { dtype: outDtype, dims: [256], data };
    return lut({ source: index, sourceDtype: dtype, dims: randomDims(random, size), table });
  },

  GATHER(random, { index, size, dtype }) {
    const common = { source: index, dtype, size };
    const [h, w, c] = randomImage(random, size);
    const style = random.int(0, 5);
    if (style === 0) return gather({ ...common, dims: [h, w, c], base: 0, strides: [w, 1, h * w] });
    if (style === 1) return gather({ ...common, dims: [c, h, w], base: 0, strides: [1, w * c, c] });
    if (style === 2) return gather({ ...common, dims: [w, h, c], base: 0, strides: [c, w * c, 1] });
    if (style === 3) return gather({ ...common, dims: [h * w, c], base: 0, strides: [1, h * w] });
    if (style === 4) return gather({ ...common, dims: [size], base: size - 1, strides: [-1] });
    const from = random.int(0, c - 1);
    const kept = random.int(1, c - from);
    return gather({ ...common, dims: [w, random.int(1, 2), kept], base: from, strides: [c, 0, 1] });
  },

  CONCAT(random, source, values) {
    const dims = randomDims(random, source.size);
    const axis = random.int(0, dims.length - 1);
    const rest = product(dims) / dims[axis]!;
    const fitting = values.filter(({ dtype, size }) => dtype === source.dtype && size % rest === 0);
    const other = random.pick([source, ...fitting]);
    if (other.size + source.size > MAX_SIZE) return undefined;
    const sources = [source, other].map(({ index }) => index) as [number, number];
    return concat({ sources, dtype: source.dtype, dims: [dims, dims.with(axis, other.size / rest)], axis });
  },
  QMATMUL(random, source, values) {
    if (source.dtype !== 'uint8') return undefined;
    const [heads, m, k] = randomImage(random, source.size);
    const fitting = values.filter(({ dtype, size }) => dtype === 'uint8' && size % (heads * k) === 0);
    const other = random.pick([source, ...fitting]);
    const n = other.size / heads / k;
    if (heads * m * n > MAX_SIZE) return undefined;
    const bits = random.pick([4, 25, 33]);
    const multiplier = 1n + random.uint(bits);
    return qmatmul({
      sources: [source.index, other.index],
      heads,
      m,
      n,
      k,
      isInterleavedA: random.int(0, 1) === 1,
      isInterleavedB: random.int(0, 1) === 1,
      zeroPoints: [random.int(0, 255), random.pick([0, 255, 128])],
      multiplier,
      ...randomRequant(random, BigInt(k * 255 * 255) * multiplier),
    });
  },

  SOFTMAX(random, { index, size, dtype }) {
    if (dtype === 'int32') return undefined;
    const dims = randomDims(random, size);
    const most = random.pick([1, 100, 65_536, Math.floor((2 ** 31 - 1) / dims.at(-1)!)]);
    const decay = random.pick([0.5, 0.9, 0.99, 1]);
    const entries = Int32Array.from({ length: 256 }, (_, at) => Math.floor(most * decay ** at));
    const q = random.pick([255, 127, random.int(1, 255)]);
    return softmax({ source: index, sourceDtype: dtype, dims, q, table: tensor('int32', [256], entries) });
  },

  LAYERNORM(random, { index, size, dtype, lo, hi }) {
    if (dtype === 'int32') return undefined;
    const dims = randomDims(random, size);
    const k = dims.at(-1)!;
    const epsilon = 1n + random.uint(random.pick([1, 10, 30]));
    const variance = (BigInt(k) ** 3n * BigInt(hi - lo) ** 2n) / 4n + epsilon;
    const bits = random.pick([Math.ceil(bitLength(variance) / 2), 31]);
    const gainBits = random.pick([10, 22, 59 - Math.ceil(bitLength(variance) / 2)]);
    const gains = Array.from({ length: k }, () => random.pick([1n, -1n]) * random.uint(random.int(1, gainBits)));
    const bound = (1n << BigInt(gainBits)) + random.uint(2);
    const { addend, ...requant } = randomRequant(random, 1n << BigInt(gainBits));
    const pairs = BigInt64Array.from(gains.flatMap((gain) => [gain, addend + random.uint(2)]));
    const fields = { source: index, sourceDtype: dtype, dims, epsilon, bound, bits, ...requant };
    return layernorm({ ...fields, pairs: tensor('int64', [k, 2], pairs) });
  },

  ARGMAX(random, { index, size, dtype }) {
    const dims = randomDims(random, size);
    const left = dims.length === 1 ? {} : { dims: dims.slice(0, -1) };
    return argmax({ source: index, sourceDtype: dtype, k: dims.at(-1)!, ...left });
  },
} satisfies Partial<Record<Step['op'], StepMaker>>;
