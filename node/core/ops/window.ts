import { ints } from '../onnx/build.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';
import type { InferCall, Op } from './op.ts';
import { intAttribute, intsAttribute, requireInput, stringAttribute } from './rule.ts';

/** Windows sliding over the two spatial axes of [N, C, H, W]: the geometry that Conv and the pools share. */
export interface Window {
  /** [height, width] of each. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Cells added in front and behind. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly output: readonly [number, number];
}

type Call = Pick<InferCall, 'node' | 'opset'>;
type Pair = readonly [number, number];

export const WINDOW_ATTRIBUTES: Op['attributes'] = {
  auto_pad: 'string',
  dilations: 'ints',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
};

function pair(call: Call, name: string, fallback: Pair, least: number): Pair {
  const given = intsAttribute(call, name) ?? fallback;
  const fits = given.length === 2 && given.every((value) => value >= least && value < 2 ** 31);
  requireInput(call, fits, `attribute ${name} is [${given.join(', ')}], expected two integers of at least ${least}`);
  return [given[0]!, given[1]!];
}

/** Cells that one window covers along an axis. */
const reach = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

/** Padding of one axis under SAME: as much as gives ceil(size / stride) windows, the odd cell where `upper` says. */
function samePadding(size: number, stride: number, covered: number, upper: boolean): Pair {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + covered - size);
  const less = Math.floor(total / 2);
  return upper ? [less, total - less] : [total - less, less];
}

/** @param kernel window size where the attribute does not give it (the weights of Conv do) */
export function windowOf(call: Call, spatial: readonly number[], kernel?: Pair): Window {
  requireInput(call, spatial.length === 2, `it slides over ${spatial.length} axes, supported are 2`);
  requireInput(
    call,
    kernel !== undefined || intsAttribute(call, 'kernel_shape') !== undefined,
    'kernel_shape is missing',
  );
  const size = pair(call, 'kernel_shape', kernel ?? [1, 1], 1);
  requireInput(
    call,
    kernel === undefined || String(size) === String(kernel),
    `kernel_shape [${size}] is not that of W`,
  );
  const strides = pair(call, 'strides', [1, 1], 1);
  const dilations = pair(call, 'dilations', [1, 1], 1);
  const pads = intsAttribute(call, 'pads') ?? [0, 0, 0, 0];
  requireInput(call, pads.length === 4 && pads.every((pad) => pad >= 0), `pads are [${pads.join(', ')}]`);
  const mode = stringAttribute(call, 'auto_pad') ?? 'NOTSET';
  const known = ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(mode);
  requireInput(call, known, `auto_pad ${JSON.stringify(mode)} is not known`);
  const axis = (i: 0 | 1) => {
    const covered = reach(size[i], dilations[i]);
    const explicit: Pair = mode === 'VALID' ? [0, 0] : [pads[i]!, pads[i + 2]!];
    const padding = mode.startsWith('SAME')
      ? samePadding(spatial[i]!, strides[i], covered, mode === 'SAME_UPPER')
      : explicit;
    const count = Math.floor((spatial[i]! + padding[0] + padding[1] - covered) / strides[i]) + 1;
    requireInput(
      call,
      count >= 1,
      `a window of ${covered} does not fit an axis of ${spatial[i]} with padding ${padding}`,
    );
    return { padding, count };
  };
  const [y, x] = [axis(0), axis(1)];
  return {
    kernel: size,
    strides,
    dilations,
    before: [y.padding[0], x.padding[0]],
    after: [y.padding[1], x.padding[1]],
    output: [y.count, x.count],
  };
}

/** The attributes that spell a window out, for the nodes that gradients emit. */
export const explicitWindow = ({ kernel, strides, dilations, before, after }: Window) => ({
  kernel_shape: ints(kernel),
  strides: ints(strides),
  dilations: ints(dilations),
  pads: ints([...before, ...after]),
});

/** What a transposed convolution must add behind to give back the `spatial` cells that its convolution saw. */
export function outputPadding(
  { kernel, strides, dilations, before, after, output }: Window,
  spatial: readonly number[],
) {
  return [0, 1].map(
    (i) => spatial[i]! - ((output[i]! - 1) * strides[i]! - before[i]! - after[i]! + reach(kernel[i]!, dilations[i]!)),
  );
}

/** Calls `visit` for every cell inside the image that window (row, column) covers. */
export function visitWindow(
  { kernel, strides, dilations, before }: Window,
  [height, width]: readonly number[],
  row: number,
  column: number,
  visit: (cell: number, tap: number) => void,
): void {
  for (let i = 0; i < kernel[0]; i++) {
    const y = row * strides[0] - before[0] + i * dilations[0];
    if (y < 0 || y >= height!) continue;
    for (let j = 0; j < kernel[1]; j++) {
      const x = column * strides[1] - before[1] + j * dilations[1];
      if (x >= 0 && x < width!) visit(y * width! + x, i * kernel[1] + j);
    }
  }
}

/** Cells of the image that each window covers. */
export function coveredCells(window: Window, spatial: readonly number[]): Float64Array {
  const counts = new Float64Array(window.output[0] * window.output[1]);
  for (let i = 0; i < counts.length; i++) {
    visitWindow(window, spatial, Math.floor(i / window.output[1]), i % window.output[1], () => {
      counts[i]!++;
    });
  }
  return counts;
}

/** Image planes of a [N, C, H, W] tensor. */
export const planes = (x: Pick<Tensor, 'dims'>): number => elementCount(x.dims.slice(0, 2));

/** @throws {OpInputRefused} unless `ceil_mode` is off: a partial last window is defined differently across versions */
export function refuseCeilMode(call: Call): void {
  requireInput(call, (intAttribute(call, 'ceil_mode') ?? 0) === 0, 'ceil_mode is not supported');
}
