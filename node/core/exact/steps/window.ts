import { ints } from '../../onnx/build.ts';
import { ExactProofFailed } from '../errors.ts';
import { MAX_SAMPLE, proveSize, whole } from '../proofs.ts';
import type { Read, Step, ValueFacts } from '../step.ts';

/** A kernel that slides over images [H, W, C]. */
export interface Window {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Its position for one output element: where its corner lies, and which kernel rows and columns lie inside the image. */
export interface Place {
  /** Row of the batch. */
  readonly row: number;
  readonly channel: number;
  /** Image coordinates of the kernel's first cell; negative in the padding. */
  readonly top: number;
  readonly left: number;
  /** Kernel rows fromY..toY - 1 and columns fromX..toX - 1 are inside. */
  readonly fromY: number;
  readonly toY: number;
  readonly fromX: number;
  readonly toX: number;
}

/** Geometry of a window by name, as builders of steps take it. */
export interface WindowFields {
  /** [H, W, C] of a source sample. */
  readonly image: readonly [number, number, number];
  readonly kernel: readonly [number, number];
  /** @default [1, 1] */
  readonly strides?: readonly [number, number];
  /** Top, left, bottom, right, as ONNX has them. @default [0, 0, 0, 0] */
  readonly pads?: readonly [number, number, number, number];
}

export const WINDOW_ATTRIBUTES = {
  0: 'height',
  1: 'width',
  2: 'channels',
  3: 'kernelHeight',
  4: 'kernelWidth',
  5: 'strideY',
  6: 'strideX',
  7: 'padTop',
  8: 'padLeft',
} as const;

/**
 * Bytes of source and weights that the evidence for one output element may have: nodes pass on no transaction above 128
 * KiB, and pairs and proofs want room too.
 */
const MAX_EVIDENCE = 114_688;
/** What one range costs beside its elements: two leaves that it begins and ends in, its header, hashes up to the root. */
const RANGE_OVERHEAD = 3072;
/** An ABI word: what one partial sum takes in the transactions that post it and that judge its chunk. */
const PARTIAL_SUM = 32;

/** Attributes 0..8. */
export function windowAttributes({ image, kernel, strides = [1, 1], pads = [0, 0, 0, 0] }: WindowFields) {
  const values = [...image, ...kernel, ...strides, pads[0], pads[1]];
  return Object.fromEntries(values.map((value, at) => [at, value]));
}

/** Height and width of the output, rounded down as ONNX does. */
export function windowOutput({ image, kernel, strides = [1, 1], pads = [0, 0, 0, 0] }: WindowFields): [number, number] {
  const along = (axis: 0 | 1): number =>
    Math.floor((image[axis] + pads[axis] + pads[axis + 2]! - kernel[axis]) / strides[axis]) + 1;
  return [along(0), along(1)];
}

export function windowOf(step: Step): Window {
  const [height, width, channels, kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft] = step.attributes
    .slice(0, 9)
    .map(Number) as [number, number, number, number, number, number, number, number, number];
  const [outHeight = 1, outWidth = 1] = step.outDims;
  return {
    ...{ height, width, channels, kernelHeight, kernelWidth, strideY, strideX, padTop, padLeft },
    ...{ outHeight, outWidth },
  };
}

/**
 * The window fits its source, every position has a cell inside the image, and the output has all positions that ONNX
 * gives it.
 */
export function proveWindow(step: Step, source: ValueFacts, where: string): Window {
  if (step.outDims.length !== 3)
    throw new ExactProofFailed(where, `${step.op} gives images [H, W, C], the output has rank ${step.outDims.length}`);
  for (const [at, name] of Object.entries(WINDOW_ATTRIBUTES))
    whole(step, Number(at), name, [Number(at) < 7 ? 1 : 0, MAX_SAMPLE], where);
  const w = windowOf(step);
  proveSize(source, w.height * w.width * w.channels, where, `an image of ${w.height} x ${w.width} x ${w.channels}`);
  proveAxis({ size: w.height, kernel: w.kernelHeight, stride: w.strideY, pad: w.padTop, out: w.outHeight }, where);
  proveAxis({ size: w.width, kernel: w.kernelWidth, stride: w.strideX, pad: w.padLeft, out: w.outWidth }, where);
  return w;
}

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly out: number;
}

function proveAxis({ size, kernel, stride, pad, out }: Axis, where: string): void {
  const last = (out - 1) * stride - pad;
  if (pad >= kernel || last >= size)
    throw new ExactProofFailed(where, `a window lies in the padding alone: ${kernel} cells at ${-pad} or ${last}`);
  if (last + stride + kernel <= size)
    throw new ExactProofFailed(where, `there is room for more than ${out} windows of ${kernel} in ${size} cells`);
}

/**
 * Evidence of `rows` kernel rows over `channels` neighbouring channels, and of as many rows of `weights` a cell, stays
 * within what a transaction holds.
 */
export function proveEvidence(w: Window, rows: number, channels: number, weights: number, where: string): void {
  const span = (w.kernelWidth - 1) * w.channels + channels + RANGE_OVERHEAD;
  // Sums that are opened by kernel rows come with one partial sum for each, and the 0 before them.
  const partials = rows < w.kernelHeight ? PARTIAL_SUM * (w.kernelHeight + 1) : 0;
  const bytes = rows * (span + w.kernelWidth * weights) + partials;
  if (bytes > MAX_EVIDENCE)
    throw new ExactProofFailed(where, `the evidence of one element has ${bytes} bytes, at most ${MAX_EVIDENCE}`);
}

export const hasPadding = (w: Window): boolean => {
  const { pads } = onnxWindow(w);
  return pads.value.some((pad) => pad > 0);
};

/** Attributes of the ONNX node; padding at the end is what the output size asks for. */
export function onnxWindow(w: Window) {
  const after = (out: number, stride: number, kernel: number, pad: number, size: number): number =>
    Math.max(0, (out - 1) * stride + kernel - pad - size);
  const bottom = after(w.outHeight, w.strideY, w.kernelHeight, w.padTop, w.height);
  const right = after(w.outWidth, w.strideX, w.kernelWidth, w.padLeft, w.width);
  return {
    kernel_shape: ints([w.kernelHeight, w.kernelWidth]),
    strides: ints([w.strideY, w.strideX]),
    pads: { type: 'ints', value: [w.padTop, w.padLeft, bottom, right] } as const,
  };
}

/** Where the window stands for output element `element` of a tensor with `outChannels` channels. */
export function placeOf(w: Window, outChannels: number, element: number): Place {
  const channel = element % outChannels;
  const position = (element - channel) / outChannels;
  const x = position % w.outWidth;
  const line = (position - x) / w.outWidth;
  const y = line % w.outHeight;
  const top = y * w.strideY - w.padTop;
  const left = x * w.strideX - w.padLeft;
  return {
    row: (line - y) / w.outHeight,
    channel,
    top,
    left,
    fromY: Math.max(0, -top),
    toY: Math.min(w.kernelHeight, w.height - top),
    fromX: Math.max(0, -left),
    toX: Math.min(w.kernelWidth, w.width - left),
  };
}

/** Index of the source element under kernel cell (i, j) in channel c. */
export const cellIndex = (w: Window, place: Place, i: number, j: number, c: number): number =>
  ((place.row * w.height + place.top + i) * w.width + place.left + j) * w.channels + c;

/** Per kernel row inside the image one read: from channel `first` of its first valid column to the last channel of its last. */
export function windowReads(w: Window, place: Place, first: number, channels: number): Read[] {
  const count = (place.toX - place.fromX - 1) * w.channels + channels;
  return Array.from({ length: place.toY - place.fromY }, (_, at) => ({
    operand: 0,
    first: cellIndex(w, place, place.fromY + at, place.fromX, first),
    count,
  }));
}
