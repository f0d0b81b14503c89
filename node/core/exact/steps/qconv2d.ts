import { DTYPES, type DTypeArrays, elementCount, type Tensor, zeros } from '../../tensor/tensor.ts';
import { byteScalar, emitRequant } from '../emitter.ts';
import { ExactModelMalformed, ExactProofFailed } from '../errors.ts';
import { dotInterval, MAX_K, proveConstant, proveOperands, proveSources, proveWhole, whole } from '../proofs.ts';
import { RANGE_CLASSES, type RangeClass } from '../rangeClass.ts';
import { exactPairs, factsOf, largest, proveNumerator, proveRequant, requantBig, requantOf } from '../requant.ts';
import { attribute, attributesOf, type Fetch, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { centred, dot, halfOf, MAX_DOT, pairsFrom, requantAttributes, requantFields } from './qlinear.ts';
import {
  cellIndex,
  hasPadding,
  onnxWindow,
  type Place,
  placeOf,
  proveEvidence,
  proveWindow,
  WINDOW_ATTRIBUTES,
  type Window,
  type WindowFields,
  windowAttributes,
  windowOf,
  windowOutput,
  windowReads,
} from './window.ts';

const [GROUPS, X_ZERO, W_ZERO] = [9, 14, 15];

/** The fields of a QCONV2D step by name. */
export interface QConv2dFields extends WindowFields {
  readonly rangeClass: RangeClass;
  readonly source: number;
  readonly groups: number;
  /** [O, kH, kW, C / groups]. */
  readonly weight: Tensor<'int8' | 'uint8'>;
  readonly inputZeroPoint: number;
  readonly weightZeroPoint: number;
  /** [O, 2]: (multiplier, addend) of each output channel. */
  readonly pairs: Tensor<'int64'>;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const qconv2d = (f: QConv2dFields): Step => ({
  op: 'QCONV2D',
  rangeClass: f.rangeClass,
  sourceDtype: RANGE_CLASSES[f.rangeClass].input.dtype,
  outDtype: f.outDtype,
  outDims: [...windowOutput(f), f.weight.dims[0]!],
  sources: [f.source],
  attributes: attributesOf({
    ...windowAttributes(f),
    [GROUPS]: f.groups,
    [X_ZERO]: f.inputZeroPoint,
    [W_ZERO]: f.weightZeroPoint,
    ...requantAttributes(f),
  }),
  constants: [f.weight, f.pairs],
});

const outputsOf = (step: Step): number => step.outDims[2]!;
const weightsOf = (step: Step): Uint8Array | Int8Array => step.constants[0]!.data as Uint8Array | Int8Array;
const pairsOf = (step: Step): BigInt64Array => step.constants[1]!.data as BigInt64Array;
/** Input channels of one group. */
const groupChannels = (step: Step): number => windowOf(step).channels / attribute(step, GROUPS);
/** Products of one output element, padded ones included. */
const productsOf = (step: Step): number => {
  const { kernelHeight, kernelWidth } = windowOf(step);
  return kernelHeight * kernelWidth * groupChannels(step);
};
/** Group of an output channel. */
const groupOf = (step: Step, channel: number): number =>
  Math.floor(channel / (outputsOf(step) / attribute(step, GROUPS)));

/** ConvInteger in NHWC with its requantisation. */
export const QCONV2D: StepKind = {
  op: 'QCONV2D',
  attributes: {
    ...WINDOW_ATTRIBUTES,
    9: 'groups',
    10: 'shift',
    11: 'offset',
    12: 'lo',
    13: 'hi',
    14: 'inputZeroPoint',
    15: 'weightZeroPoint',
  },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    const source = sources[0]!;
    const w = proveWindow(step, source, where);
    const [groups, n] = [whole(step, GROUPS, 'groups', [1, w.channels], where), outputsOf(step)];
    if (w.channels % groups !== 0 || n % groups !== 0)
      throw new ExactProofFailed(where, `${groups} groups do not divide ${w.channels} and ${n} channels`);
    const k = productsOf(step);
    proveWhole(k, 1, MAX_K, where, 'K');
    const perGroup = groupChannels(step);
    proveEvidence(w, k > MAX_DOT ? 1 : w.kernelHeight, perGroup, perGroup, where);
    const dtype = step.constants[0]?.dtype === 'uint8' ? 'uint8' : 'int8';
    const dims = [n, w.kernelHeight, w.kernelWidth, perGroup];
    proveConstant(step.constants[0], dtype, dims, where, 'weights');
    proveConstant(step.constants[1], 'int64', [n, 2], where, 'multipliers and addends');
    const zero = { input: attribute(step, X_ZERO), weight: attribute(step, W_ZERO) };
    const x = proveOperands(step, source, zero, where);
    const clip = proveRequant(step, where);
    let [accumulatorMax, numeratorMax] = [0, 0n];
    for (let o = 0; o < n; o++) {
      const acc = dotInterval(weightsOf(step), [o * k, o * k + k], zero.weight, x, hasPadding(w));
      const [multiplier, addend] = [pairsOf(step)[2 * o]!, pairsOf(step)[2 * o + 1]!];
      const numerator = proveNumerator(acc, multiplier, addend, `${where}, channel ${o}`);
      accumulatorMax = Math.max(accumulatorMax, -acc.lo, acc.hi);
      numeratorMax = largest(numeratorMax, numerator);
    }
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax,
      numeratorMax,
      exactPairs: exactPairs(step, pairsOf(step), numeratorMax),
    };
  },

  run(step, proof, [source], rows) {
    const [w, k, n] = [windowOf(step), productsOf(step), outputsOf(step)];
    const groups = attribute(step, GROUPS);
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const requant = requantOf(step, proof, pairsOf(step));
    const weight = centred(weightsOf(step), attribute(step, W_ZERO));
    const patches = Array.from({ length: groups }, () => new Int16Array(k));
    const positions = elementCount(output.dims) / n;
    for (let p = 0; p < positions; p++) {
      fillPatches(patches, step, w, placeOf(w, n, p * n), source!.data as Uint8Array | Int8Array);
      for (let o = 0; o < n; o++)
        output.data[p * n + o] = requant(dot(patches[Math.floor((o * groups) / n)]!, weight, o * k), o);
    }
    return output;
  },

  reads(step, element) {
    const [w, k] = [windowOf(step), productsOf(step)];
    const place = placeOf(w, outputsOf(step), element);
    const channels = groupChannels(step);
    return [
      ...windowReads(w, place, groupOf(step, place.channel) * channels, channels),
      { operand: 2, first: place.channel * k, count: k },
      { operand: 3, first: 2 * place.channel, count: 2 },
    ];
  },

  element(step, element, value) {
    const { channel } = placeOf(windowOf(step), outputsOf(step), element);
    const acc = rowSums(step, element, value).reduce((total, sum) => total + sum, 0n);
    return requantBig(step, acc * BigInt(value(3, 2 * channel)) + BigInt(value(3, 2 * channel + 1)));
  },

  chunkSums: (step, element, value) => (productsOf(step) > MAX_DOT ? rowSums(step, element, value) : undefined),

  emit(step, emitter, name) {
    const w = windowOf(step);
    const weight = step.constants[0] as Tensor<'int8' | 'uint8'>;
    const operands = [
      emitter.image(step.sources[0]!, [w.height, w.width, w.channels]),
      emitter.constant(`${name}.weight`, channelsFirst(weight)),
      emitter.constant(
        `${name}.inputZeroPoint`,
        byteScalar(step.sourceDtype as 'uint8' | 'int8', attribute(step, X_ZERO)),
      ),
    ];
    if (weight.dtype === 'uint8')
      operands.push(emitter.constant(`${name}.weightZeroPoint`, byteScalar('uint8', attribute(step, W_ZERO))));
    const group = attribute(step, GROUPS);
    const acc = emitter.node('ConvInteger', operands, `${name}.acc`, { ...onnxWindow(w), group });
    const pairs = {
      multipliers: halfOf(pairsOf(step), 0),
      addends: halfOf(pairsOf(step), 1),
      channelDims: [outputsOf(step), 1, 1],
    };
    const result = emitRequant(emitter, acc, 'int32', { ...pairs, ...requantFields(step) }, name);
    emitter.define(result, step.outDtype, 'image', step.outDims);
  },

  constants(_step, written) {
    const weight = written('weight');
    if ((weight.dtype !== 'int8' && weight.dtype !== 'uint8') || weight.dims.length !== 4)
      throw new ExactModelMalformed('weights', `they are ${weight.dtype} of rank ${weight.dims.length}`);
    return [channelsLast(weight as Tensor<'int8' | 'uint8'>), pairsFrom(written)];
  },
};

/** The centred cells under the window, by group in the order of the weights; padding is 0. */
function fillPatches(
  patches: readonly Int16Array[],
  step: Step,
  w: Window,
  place: Place,
  data: Uint8Array | Int8Array,
): void {
  const [zero, channels] = [attribute(step, X_ZERO), groupChannels(step)];
  for (const [group, patch] of patches.entries()) {
    patch.fill(0);
    for (let i = place.fromY; i < place.toY; i++) {
      for (let j = place.fromX; j < place.toX; j++) {
        const from = cellIndex(w, place, i, j, group * channels);
        const to = (i * w.kernelWidth + j) * channels;
        for (let c = 0; c < channels; c++) patch[to + c] = data[from + c]! - zero;
      }
    }
  }
}

/** The sum of each kernel row; rows outside the image are 0. */
function rowSums(step: Step, element: number, value: Fetch): bigint[] {
  const w = windowOf(step);
  const place = placeOf(w, outputsOf(step), element);
  const [channels, k] = [groupChannels(step), productsOf(step)];
  const first = groupOf(step, place.channel) * channels;
  return Array.from({ length: w.kernelHeight }, (_, i) => {
    let total = 0;
    if (i < place.fromY || i >= place.toY) return 0n;
    for (let j = place.fromX; j < place.toX; j++) {
      for (let c = 0; c < channels; c++) {
        const x = Number(value(0, cellIndex(w, place, i, j, first + c))) - attribute(step, X_ZERO);
        const at = place.channel * k + (i * w.kernelWidth + j) * channels + c;
        total += x * (Number(value(2, at)) - attribute(step, W_ZERO));
      }
    }
    return BigInt(total);
  });
}

/** [O, kH, kW, C] to [O, C, kH, kW]. */
const channelsFirst = (weight: Tensor<'int8' | 'uint8'>): Tensor => {
  const [o = 0, height = 0, width = 0, channels = 0] = weight.dims;
  return swapped(weight, height * width, channels, [o, channels, height, width]);
};
/** [O, C, kH, kW] to [O, kH, kW, C]. */
const channelsLast = (weight: Tensor<'int8' | 'uint8'>): Tensor => {
  const [o = 0, channels = 0, height = 0, width = 0] = weight.dims;
  return swapped(weight, channels, height * width, [o, height, width, channels]);
};

/** Transposes each [a, b] block. */
function swapped<D extends 'int8' | 'uint8'>(
  weight: Tensor<D>,
  a: number,
  b: number,
  dims: readonly number[],
): Tensor<D> {
  const data = DTYPES[weight.dtype].make(weight.data.length) as DTypeArrays[D];
  for (let at = 0; at < data.length; at += a * b)
    for (let i = 0; i < a; i++) for (let j = 0; j < b; j++) data[at + j * a + i] = weight.data[at + i * b + j]!;
  return { dtype: weight.dtype, dims, data };
}
