import { invariant } from '../../errors.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Step } from '../step.ts';
import { argmax } from '../steps/argmax.ts';
import { avgpool } from '../steps/avgpool.ts';
import { concat } from '../steps/concat.ts';
import { gather } from '../steps/gather.ts';
import { layernorm } from '../steps/layernorm.ts';
import { lut } from '../steps/lut.ts';
import { maxpool } from '../steps/maxpool.ts';
import { qadd } from '../steps/qadd.ts';
import { qconv2d } from '../steps/qconv2d.ts';
import { qlinear } from '../steps/qlinear.ts';
import { qmatmul } from '../steps/qmatmul.ts';
import { softmax } from '../steps/softmax.ts';
import { LEVELS, MAX_REACH, weightedReach } from './assign.ts';
import { type Channel, fixedPoint, nearest, pairsOf, requantOf } from './fixedPoint.ts';
import { exp, sqrt } from './functions.ts';
import { type Conv, type Dense, type FloatNode, type Geometry, type OpOf, sizeOf } from './ir.ts';
import { type Quantization, quantized } from './range.ts';

/** A node with what its integers, and those of its sources, mean. */
interface Site {
  readonly node: FloatNode;
  readonly sources: readonly FloatNode[];
  readonly from: readonly Quantization[];
  readonly to: Quantization;
  /** int32 instead of bytes: scores, and what ArgMax reads. */
  readonly isWide: boolean;
}

const INT32: Quantization = { scale: 1, zeroPoint: 0, levels: 2_147_483_647 };

/** int32 as fine as the accumulators, and coarser only where a huge bias asks for it. */
export function wideQuantization(op: Dense | Conv, from: Quantization): Quantization {
  const most = Math.max(from.zeroPoint, from.levels - from.zeroPoint) * from.scale;
  const finest = weightScales(op).reduce((scale, own) => Math.max(scale, from.scale * own), 0);
  return { ...INT32, scale: Math.max(finest, weightedReach(op.weight, op.bias, most) / MAX_REACH) };
}

/** Scale of the weights of each output channel: the largest one becomes 127. */
export function weightScales({ n, weight }: Dense | Conv): Float64Array {
  const each = weight.length / n;
  return Float64Array.from({ length: n }, (_, channel) => {
    let most = 0;
    for (let i = 0; i < each; i++) most = Math.max(most, Math.abs(weight[channel * each + i]!));
    return most === 0 ? 1 : most / 127;
  });
}

/** The step of the program that a node is. */
export function stepOf(site: Site): Step {
  const { node, from, to } = site;
  const { op, sources, dims } = node;
  const source = sources[0]!;
  switch (op.kind) {
    case 'dense':
      return denseStep(site, op);
    case 'conv':
      return convStep(site, op);
    case 'maxPool':
      return maxpool({ source, dtype: 'uint8', ...windowOf(op.geometry) });
    case 'avgPool':
      return avgPoolStep(site, op);
    case 'add':
      return addStep(site, op);
    case 'addConstant':
      return addConstantStep(site, op);
    case 'pointwise':
      return lut({ source, sourceDtype: 'uint8', dims, table: tableOf(op.apply, from[0]!, to) });
    case 'gather':
      return gather({
        source,
        dtype: 'uint8',
        size: sizeOf(site.sources[0]!),
        dims,
        base: op.base,
        strides: op.strides,
      });
    case 'concat':
      return concatStep(site, op);
    case 'matmul':
      return matmulStep(site, op);
    case 'softmax':
      return softmaxStep(site, op);
    case 'layerNorm':
      return layerNormStep(site, op);
    case 'argmax':
      return argmax({ source, sourceDtype: site.isWide ? 'int32' : 'uint8', k: op.k, dims });
    default:
      invariant(false, `${op.kind} was folded away`);
  }
}

/** Integer weights -127..127. */
function integerWeights({ weight, n }: Dense | Conv, scales: Float64Array): Int8Array {
  const each = weight.length / n;
  return Int8Array.from(weight, (w, at) =>
    Math.min(127, Math.max(-127, Math.floor(w / scales[Math.floor(at / each)]! + 0.5))),
  );
}

/** Constants of a layer with weights per channel. */
function layerOf({ from, to, isWide }: Site, op: Dense | Conv) {
  const scales = weightScales(op);
  const weight = integerWeights(op, scales);
  const each = weight.length / op.n;
  const most = Math.max(from[0]!.zeroPoint, from[0]!.levels - from[0]!.zeroPoint);
  const channels = Array.from(scales, (scale, c): Channel => {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += Math.abs(weight[c * each + i]!);
    const factor = (from[0]!.scale * scale) / to.scale;
    const bias = op.bias[c]! / to.scale;
    return { factor, bias, reach: most * sum * factor + Math.abs(bias) };
  });
  const { pairs, ...fixed } = pairsOf(channels);
  const clip = isWide ? wideClip(op, to) : {};
  return { weight, pairs, ...requantOf(fixed, op, to), ...clip, outDtype: isWide ? 'int32' : 'uint8' } as const;
}

/** Bounds of int32 scores. */
function wideClip({ lo, hi }: Dense | Conv, { scale }: Quantization) {
  const integer = (real: number): number =>
    Math.min(2_147_483_647, Math.max(-2_147_483_648, Math.floor(real / scale + 0.5)));
  return { lo: integer(lo), hi: integer(hi) };
}

/** Weights with zero point 128 as unsigned bytes: class U8U8. */
const unsigned = (weight: Int8Array): Uint8Array => Uint8Array.from(weight, (w) => w + 128);

function denseStep(site: Site, op: Dense): Step {
  const { node, from } = site;
  const { weight, ...layer } = layerOf(site, op);
  const isSeven = from[0]!.levels <= LEVELS.seven;
  const dims = [op.n, op.k];
  return qlinear({
    ...layer,
    rangeClass: isSeven ? 'U7S8' : 'U8U8',
    source: node.sources[0]!,
    positions: node.dims.slice(0, -1),
    k: op.k,
    n: op.n,
    weight: isSeven ? tensor('int8', dims, weight) : tensor('uint8', dims, unsigned(weight)),
    inputZeroPoint: from[0]!.zeroPoint,
    weightZeroPoint: isSeven ? 0 : 128,
  });
}

/** Padding behind the image as far as the windows reach. */
function windowOf({ height, width, channels, kernel, strides, padTop, padLeft, output }: Geometry) {
  const behind = (axis: 0 | 1, size: number, before: number): number =>
    Math.max(0, (output[axis] - 1) * strides[axis] + kernel[axis] - size - before);
  const pads = [padTop, padLeft, behind(0, height, padTop), behind(1, width, padLeft)] as const;
  return { image: [height, width, channels], kernel, strides, pads } as const;
}

function convStep(site: Site, op: Conv): Step {
  const { node, from } = site;
  const { weight, ...layer } = layerOf(site, op);
  const [kH, kW] = op.geometry.kernel;
  return qconv2d({
    ...layer,
    ...windowOf(op.geometry),
    rangeClass: 'U8U8',
    source: node.sources[0]!,
    groups: op.groups,
    weight: tensor('uint8', [op.n, kH, kW, op.geometry.channels / op.groups], unsigned(weight)),
    inputZeroPoint: from[0]!.zeroPoint,
    weightZeroPoint: 128,
  });
}

function avgPoolStep({ node, from, to }: Site, op: OpOf<'avgPool'>): Step {
  const { kernel } = op.geometry;
  const factor = (from[0]!.scale * op.scale) / to.scale;
  const fixed = fixedPoint(from[0]!.levels * kernel[0] * kernel[1] * factor);
  return avgpool({
    ...windowOf(op.geometry),
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    inputZeroPoint: from[0]!.zeroPoint,
    multiplier: BigInt(Math.max(1, Math.floor(factor * fixed.unit + 0.5))),
    addend: fixed.base,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** f a + g b + shift of two quantised values. */
function sumOf(
  [f, g]: readonly [number, number],
  [a, b]: readonly [Quantization, Quantization],
  shift: number,
  to: Quantization,
) {
  const reach = (Math.abs(f) * a.levels * a.scale + Math.abs(g) * b.levels * b.scale + Math.abs(shift)) / to.scale;
  // Twice, for the zero points, which are taken off in the addend.
  const fixed = fixedPoint(2 * reach);
  const multipliers = [
    nearest(((f * a.scale) / to.scale) * fixed.unit),
    nearest(((g * b.scale) / to.scale) * fixed.unit),
  ] as const;
  const centre = multipliers[0] * BigInt(a.zeroPoint) + multipliers[1] * BigInt(b.zeroPoint);
  const addend = nearest((shift / to.scale) * fixed.unit) + fixed.base - centre;
  return { fixed, multipliers, addend };
}

function addStep({ node, from, to }: Site, op: OpOf<'add'>): Step {
  const { fixed, multipliers, addend } = sumOf(op.factors, [from[0]!, from[1]!], op.shift, to);
  return qadd({
    sources: [node.sources[0]!, node.sources[1]!],
    sourceDtype: 'uint8',
    dims: node.dims,
    multipliers,
    addend,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

function addConstantStep({ node, from, to }: Site, op: OpOf<'addConstant'>): Step {
  const own = constantQuantization(op.constant);
  const { fixed, multipliers, addend } = sumOf([1, 1], [from[0]!, own], 0, to);
  return qadd({
    sources: [node.sources[0]!],
    operand: tensor(
      'uint8',
      node.dims,
      Uint8Array.from(op.constant, (c) => quantized(c, own)),
    ),
    sourceDtype: 'uint8',
    dims: node.dims,
    multipliers,
    addend,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** 8 bits over the constants' own range. */
function constantQuantization(constant: Float64Array): Quantization {
  let [lo, hi] = [0, 0];
  for (const c of constant) [lo, hi] = [Math.min(lo, c), Math.max(hi, c)];
  const scale = hi > lo ? (hi - lo) / LEVELS.eight : 1;
  return { scale, zeroPoint: Math.floor(-lo / scale + 0.5), levels: LEVELS.eight };
}

/** A function of single elements on every integer its source can be; what is no number becomes 0. */
function tableOf(apply: (x: number) => number, from: Quantization, to: Quantization) {
  const table = Uint8Array.from({ length: 256 }, (_, q) => {
    const y = apply((q - from.zeroPoint) * from.scale);
    return quantized(Number.isNaN(y) ? 0 : y, to);
  });
  return tensor('uint8', [256], table);
}

function concatStep({ node }: Site, { axis, first }: OpOf<'concat'>): Step {
  const dims = (size: number): number[] => node.dims.with(axis, size);
  return concat({
    sources: [node.sources[0]!, node.sources[1]!],
    dtype: 'uint8',
    dims: [dims(first), dims(node.dims[axis]! - first)],
    axis,
  });
}

function matmulStep({ node, from, to }: Site, op: OpOf<'matmul'>): Step {
  const [a, b] = [from[0]!, from[1]!];
  const factor = (a.scale * b.scale * op.scale) / to.scale;
  const fixed = fixedPoint(op.k * a.levels * b.levels * factor);
  return qmatmul({
    sources: [node.sources[0]!, node.sources[1]!],
    heads: op.heads,
    m: op.m,
    n: op.n,
    k: op.k,
    isInterleavedA: op.interleaved[0],
    isInterleavedB: op.interleaved[1],
    zeroPoints: [a.zeroPoint, b.zeroPoint],
    multiplier: BigInt(Math.max(1, Math.floor(factor * fixed.unit + 0.5))),
    addend: fixed.base,
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}

/** Entries of exp in fixed point, so large that K of them stay below 2^31. */
function softmaxStep({ node, from, to }: Site, { k, scale }: OpOf<'softmax'>): Step {
  const one = Math.floor(2_147_483_647 / k) - 1;
  const table = Int32Array.from({ length: 256 }, (_, d) => Math.floor(exp(-d * from[0]!.scale * scale) * one + 0.5));
  return softmax({
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    dims: node.dims,
    q: to.levels,
    table: tensor('int32', [256], table),
  });
}

/**
 * c = K (q - mean) has the same direction as x - mean, so gamma (x - mean) / sqrt(variance + eps) is
 * gamma sqrt(K) c / sqrt(sum of c^2 + eps K^3 / scale^2).
 */
function layerNormStep({ node, from, to }: Site, op: OpOf<'layerNorm'>): Step {
  const { k, gamma, beta } = op;
  const { scale, levels } = from[0]!;
  const epsilon = Math.max(1, Math.floor((op.eps / scale / scale) * k * k * k + 0.5));
  const variance = (k * k * k * levels * levels) / 4 + epsilon;
  let [bits, square] = [1, 4];
  while (square <= variance && bits < 31) [bits, square] = [bits + 1, square * 4];
  const gain = gamma.map((g) => (g * sqrt(k)) / to.scale);
  const addend = beta.map((b) => b / to.scale);
  const most = gain.reduce((max, g) => Math.max(max, Math.abs(g)), 1);
  const reach = gain.reduce((max, g, at) => Math.max(max, Math.abs(g) + Math.abs(addend[at]!)), 1);
  // What is divided by the root stays below 2^53 as well: (G + bound) * root.
  const fixed = fixedPoint(Math.max(reach, most * 2 * sqrt(square)));
  const data = new BigInt64Array(2 * k);
  for (let i = 0; i < k; i++)
    data.set([nearest(gain[i]! * fixed.unit), nearest(addend[i]! * fixed.unit) + fixed.base], 2 * i);
  const bound = data.reduce((max, g, at) => (at % 2 === 0 && (g < 0n ? -g : g) > max ? (g < 0n ? -g : g) : max), 1n);
  return layernorm({
    source: node.sources[0]!,
    sourceDtype: 'uint8',
    dims: node.dims,
    epsilon: BigInt(epsilon),
    bound,
    bits,
    pairs: tensor('int64', [k, 2], data),
    ...requantOf(fixed, op, to),
    outDtype: 'uint8',
  });
}
