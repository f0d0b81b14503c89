import type { InferCall } from './op.ts';
import { intAttribute, requireInput } from './rule.ts';
import { type Window, windowOf } from './window.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;
export type Dims = readonly number[];
export const groupsOf = (call: Call): number => intAttribute(call, 'group') ?? 1;

/** Geometry of X [N, C, H, W] under W [M, C/groups, kh, kw], checked. */
export function geometry(call: Call, x: Dims, w: Dims): Window {
  requireInput(call, x.length === 4 && w.length === 4, `X has ${x.length} axes and W ${w.length}, supported are 4`);
  const groups = groupsOf(call);
  const fits = groups >= 1 && x[1] === w[1]! * groups && w[0]! % groups === 0;
  requireInput(call, fits, `${x[1]} channels in ${groups} groups do not fit weights [${w.join(', ')}]`);
  return windowOf(call, x.slice(2), [w[2]!, w[3]!]);
}

interface Operand {
  readonly dims: Dims;
  readonly data: ArrayLike<number>;
}
type Plane = { [index: number]: number };

/** Output columns whose window finds tap `j` inside an image of this width, as [first, last + 1]. */
function insideColumns({ strides, dilations, before, output }: Window, width: number, j: number): [number, number] {
  const shift = j * dilations[1] - before[1];
  const first = Math.max(0, Math.ceil(-shift / strides[1]));
  return [first, Math.min(output[1], Math.floor((width - 1 - shift) / strides[1]) + 1)];
}

/** The cells of one plane that each tap meets, [taps, output cells]; 0 where a window hangs over the edge. */
function unfoldPlane(window: Window, [height, width]: Dims, data: ArrayLike<number>, plane: number, to: Float64Array) {
  const { strides, dilations, before, output, kernel } = window;
  to.fill(0);
  for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
    const [i, j] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    const [first, end] = insideColumns(window, width!, j);
    for (let row = 0; row < output[0]; row++) {
      const y = row * strides[0] - before[0] + i * dilations[0];
      if (y < 0 || y >= height!) continue;
      const start = plane + y * width! - before[1] + j * dilations[1];
      const at = (tap * output[0] + row) * output[1];
      for (let column = first; column < end; column++) to[at + column] = data[start + column * strides[1]]!;
    }
  }
}

/**
 * Adds weights[from + tap] * cells[tap, i] to out[at + i], tap after tap: nearly all the time of a convolution is spent
 * here, so three taps share one visit to the output.
 */
function addTaps(
  out: Plane,
  at: number,
  cells: Float64Array,
  size: number,
  weights: ArrayLike<number>,
  from: number,
  taps: number,
): void {
  let tap = 0;
  for (; tap + 3 <= taps; tap += 3) {
    const [a, b, c] = [weights[from + tap]!, weights[from + tap + 1]!, weights[from + tap + 2]!];
    const start = tap * size;
    for (let i = 0; i < size; i++) {
      const first = out[at + i]! + a * cells[start + i]!;
      out[at + i] = first + b * cells[start + size + i]! + c * cells[start + 2 * size + i]!;
    }
  }
  for (; tap < taps; tap++) {
    for (let i = 0; i < size; i++) out[at + i]! += weights[from + tap]! * cells[tap * size + i]!;
  }
}

/** Y[n, m] = sum over the channels of m's group of X[n, c] * W[m, c], summed in `out` (float64 or int32), from zeros. */
export function convolve(window: Window, groups: number, x: Operand, w: Operand, out: Plane): void {
  const [batch, channels, height, width] = x.dims as [number, number, number, number];
  const [maps, depth] = w.dims as [number, number];
  const [taps, size] = [window.kernel[0] * window.kernel[1], window.output[0] * window.output[1]];
  const cells = new Float64Array(taps * size);
  for (let plane = 0; plane < batch * channels; plane++) {
    const [n, channel] = [Math.floor(plane / channels), plane % channels];
    const group = Math.floor(channel / depth);
    unfoldPlane(window, [height, width], x.data, plane * height * width, cells);
    for (let m = (group * maps) / groups; m < ((group + 1) * maps) / groups; m++) {
      const weights = (m * depth + (channel % depth)) * taps;
      addTaps(out, (n * maps + m) * size, cells, size, w.data, weights, taps);
    }
  }
}
