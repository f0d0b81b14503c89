import { type Tensor, tensor, zeros } from '../../tensor/tensor.ts';
import { byteScalar, type Emitter, emitRequant, int64List } from '../emitter.ts';
import { MAX_K, proveBytes, proveNoClass, proveNoConstant, proveSources, proveWhole } from '../proofs.ts';
import {
  DTYPE_RANGE,
  exactPairs,
  factsOf,
  proveInteger,
  proveNumerator,
  proveRequant,
  requantBig,
  requantOf,
} from '../requant.ts';
import { attribute, attributesOf, type Fetch, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { MAX_DOT, requantAttributes, requantFields } from './qlinear.ts';
import {
  cellIndex,
  hasPadding,
  onnxWindow,
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

const [X_ZERO, MULTIPLIER, ADDEND] = [9, 14, 15];

/** The fields of an AVGPOOL step by name; the mean's division is part of the multiplier. */
export interface AvgPoolFields extends WindowFields {
  readonly source: number;
  readonly sourceDtype: 'uint8' | 'int8';
  readonly inputZeroPoint: number;
  readonly multiplier: bigint;
  readonly addend: bigint;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const avgpool = (f: AvgPoolFields): Step => ({
  op: 'AVGPOOL',
  sourceDtype: f.sourceDtype,
  outDtype: f.outDtype,
  outDims: [...windowOutput(f), f.image[2]],
  sources: [f.source],
  attributes: attributesOf({
    ...windowAttributes(f),
    [X_ZERO]: f.inputZeroPoint,
    [MULTIPLIER]: f.multiplier,
    [ADDEND]: f.addend,
    ...requantAttributes(f),
  }),
  constants: [undefined, undefined],
});

const pairOf = ({ attributes }: Step): BigInt64Array => BigInt64Array.of(attributes[MULTIPLIER]!, attributes[ADDEND]!);

/** The requantised sum of the valid cells under the kernel. */
export const AVGPOOL: StepKind = {
  op: 'AVGPOOL',
  attributes: {
    ...WINDOW_ATTRIBUTES,
    9: 'inputZeroPoint',
    10: 'shift',
    11: 'offset',
    12: 'lo',
    13: 'hi',
    14: 'multiplier',
    15: 'addend',
  },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveBytes(step, where);
    proveNoClass(step, where);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const source = sources[0]!;
    const w = proveWindow(step, source, where);
    proveWhole(step.outDims[2]!, w.channels, w.channels, where, 'output channels');
    const cells = w.kernelHeight * w.kernelWidth;
    proveWhole(cells, 1, MAX_K, where, 'cells of the kernel');
    proveEvidence(w, cells > MAX_DOT ? 1 : w.kernelHeight, 1, 0, where);
    const zero = attribute(step, X_ZERO);
    proveInteger(zero, DTYPE_RANGE[step.sourceDtype], where, 'input zero point');
    const clip = proveRequant(step, where);
    const [low, high] = [source.lo - zero, source.hi - zero];
    const least = hasPadding(w) ? 1 : cells;
    const acc = { lo: low * (low < 0 ? cells : least), hi: high * (high > 0 ? cells : least) };
    const numeratorMax = proveNumerator(acc, step.attributes[MULTIPLIER]!, step.attributes[ADDEND]!, where);
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax: Math.max(-acc.lo, acc.hi),
      numeratorMax,
      exactPairs: exactPairs(step, pairOf(step), numeratorMax),
    };
  },

  run(step, proof, [source], rows) {
    const [w, zero] = [windowOf(step), attribute(step, X_ZERO)];
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const requant = requantOf(step, proof, pairOf(step));
    const data = source!.data as Uint8Array | Int8Array;
    const sums = new Int32Array(w.channels);
    for (let at = 0; at < output.data.length; at += w.channels) {
      const place = placeOf(w, w.channels, at);
      sums.fill(0);
      for (let i = place.fromY; i < place.toY; i++) {
        for (let j = place.fromX; j < place.toX; j++) {
          const from = cellIndex(w, place, i, j, 0);
          for (let c = 0; c < sums.length; c++) sums[c]! += data[from + c]! - zero;
        }
      }
      for (let c = 0; c < sums.length; c++) output.data[at + c] = requant(sums[c]!, 0);
    }
    return output;
  },

  reads(step, element) {
    const w = windowOf(step);
    const place = placeOf(w, w.channels, element);
    return windowReads(w, place, place.channel, 1);
  },

  element(step, element, value) {
    const acc = rowSums(step, element, value).reduce((total, sum) => total + sum, 0n);
    return requantBig(step, acc * step.attributes[MULTIPLIER]! + step.attributes[ADDEND]!);
  },

  chunkSums: (step, element, value) => {
    const { kernelHeight, kernelWidth } = windowOf(step);
    return kernelHeight * kernelWidth > MAX_DOT ? rowSums(step, element, value) : undefined;
  },

  emit(step, emitter, name) {
    const w = windowOf(step);
    const acc = isGlobal(w) ? emitTotal(step, emitter, w, name) : emitSums(step, emitter, w, name);
    const pair = { multipliers: [step.attributes[MULTIPLIER]!], addends: [step.attributes[ADDEND]!], channelDims: [] };
    const result = emitRequant(emitter, acc, 'int32', { ...pair, ...requantFields(step) }, name);
    emitter.define(result, step.outDtype, 'image', step.outDims);
  },

  constants: () => [undefined, undefined],
};

/** The sum of each kernel row; rows outside the image are 0. */
function rowSums(step: Step, element: number, value: Fetch): bigint[] {
  const w = windowOf(step);
  const place = placeOf(w, w.channels, element);
  return Array.from({ length: w.kernelHeight }, (_, i) => {
    let total = 0n;
    if (i < place.fromY || i >= place.toY) return total;
    for (let j = place.fromX; j < place.toX; j++)
      total += BigInt(value(0, cellIndex(w, place, i, j, place.channel))) - step.attributes[X_ZERO]!;
    return total;
  });
}

/** One window that is the whole image. */
const isGlobal = (w: Window): boolean =>
  w.kernelHeight === w.height && w.kernelWidth === w.width && w.outHeight * w.outWidth === 1 && !hasPadding(w);

/** [N, C, 1, 1]: the sum of each channel. */
function emitTotal(step: Step, emitter: Emitter, w: Window, name: string): string {
  const image = emitter.image(step.sources[0]!, [w.height, w.width, w.channels]);
  const wide = emitter.cast(image, 'int32', `${name}.cells`);
  const zero = emitter.constant(`${name}.inputZeroPoint`, int32Scalar(attribute(step, X_ZERO)));
  const centred = emitter.node('Sub', [wide, zero], `${name}.centredCells`);
  const axes = emitter.constant(`${name}.axes`, int64List([2, 3]));
  return emitter.node('ReduceSum', [centred, axes], `${name}.acc`, { keepdims: 1 });
}

/**
 * [N, C, oH, oW]: ConvInteger with ones on each channel as an image of its own. Bytes that are signed are moved to
 * unsigned ones before, because of -128 (range classes).
 */
function emitSums(step: Step, emitter: Emitter, w: Window, name: string): string {
  const source = emitter.image(step.sources[0]!, [w.height, w.width, w.channels]);
  const shift = step.sourceDtype === 'int8' ? 128 : 0;
  const planes = emitter.reshape(
    shift === 0 ? source : emitUnsigned(emitter, source, name),
    [1, w.height, w.width],
    `${name}.planes`,
  );
  const ones = tensor(
    'uint8',
    [1, 1, w.kernelHeight, w.kernelWidth],
    new Uint8Array(w.kernelHeight * w.kernelWidth).fill(1),
  );
  const operands = [
    planes,
    emitter.constant(`${name}.ones`, ones),
    emitter.constant(`${name}.inputZeroPoint`, byteScalar('uint8', attribute(step, X_ZERO) + shift)),
  ];
  const sums = emitter.node('ConvInteger', operands, `${name}.sums`, onnxWindow(w));
  return emitter.reshape(sums, [w.channels, w.outHeight, w.outWidth], `${name}.acc`);
}

function emitUnsigned(emitter: Emitter, source: string, name: string): string {
  const wide = emitter.cast(source, 'int32', `${name}.signed`);
  const moved = emitter.node('Add', [wide, emitter.constant(`${name}.shift`, int32Scalar(128))], `${name}.moved`);
  return emitter.cast(moved, 'uint8', `${name}.unsigned`);
}

const int32Scalar = (value: number): Tensor<'int32'> => tensor('int32', [], Int32Array.of(value));
