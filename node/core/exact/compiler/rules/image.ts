import { OpInputRefused } from '../../../ops/errors.ts';
import { type Window, windowOf } from '../../../ops/window.ts';
import { type Geometry, UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { viewOf } from '../view.ts';

export const IMAGE_RULES: Readonly<Record<string, (reading: Reading) => Value>> = { Conv: readConv };

/** Weights that dilation may make of a kernel. */
const MAX_WEIGHTS = 67_108_864;

/** The window of a node over images, dilation not included; refused by name where it is none. */
export function windowAt(r: Reading, spatial: readonly number[], kernel?: readonly [number, number]): Window {
  try {
    return windowOf({ node: r.node, opset: r.network.opset }, spatial, kernel);
  } catch (error) {
    if (error instanceof OpInputRefused) throw r.refuse(error.why);
    throw error;
  }
}

export function geometryOf(window: Window, [channels, height, width]: readonly number[]): Geometry {
  return {
    height: height!,
    width: width!,
    channels: channels!,
    kernel: window.kernel,
    strides: window.strides,
    padTop: window.before[0],
    padLeft: window.before[1],
    output: window.output,
  };
}

/** Images [C, H, W] as the node that holds them as [H, W, C]. */
export function imageAt(r: Reading, value: Value): { readonly node: number; readonly shape: readonly number[] } {
  r.requireRows(value, 4);
  return { node: r.packed(value, [2, 3, 1]), shape: r.shape(value).slice(1) };
}

/** The value [batch, C, H, W] over images [H, W, C]. */
export const overImages = (r: Reading, node: number, [height, width, channels]: readonly number[]): Value => ({
  node,
  view: viewOf(r.network.batch, [channels!, height!, width!], [2, 0, 1]),
  stages: [],
});

function readConv(r: Reading): Value {
  const { group } = r.numbers({ group: 1 }, ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides']);
  const { node, shape } = imageAt(r, r.settledValue(0));
  const { dims, data } = r.floats(1);
  const [n = 0, depth = 0, rows = 0, columns = 0] = dims;
  if (dims.length !== 4 || n === 0 || depth * group !== shape[0] || n % group !== 0)
    throw r.refuse(`its weights [${dims.join(', ')}] in ${group} groups do not fit images of ${shape[0]} channels`);
  const window = windowAt(r, shape.slice(1), [rows, columns]);
  const kernel = window.kernel.map((size, at) => window.dilations[at]! * (size - 1) + 1) as [number, number];
  if (n * kernel[0] * kernel[1] * depth > MAX_WEIGHTS)
    throw r.refuse(`its dilated kernels have ${n} x ${kernel[0]} x ${kernel[1]} x ${depth} weights`);
  const weight = new Float64Array(n * kernel[0] * kernel[1] * depth);
  const [down, right] = window.dilations;
  for (let at = 0; at < data.length; at++) {
    const [y, x] = [Math.floor(at / columns) % rows, at % columns];
    const c = Math.floor(at / (columns * rows)) % depth;
    const o = Math.floor(at / (columns * rows * depth));
    weight[((o * kernel[0] + y * down) * kernel[1] + x * right) * depth + c] = data[at]!;
  }
  const bias = r.has(2) ? r.floats(2).data : new Float64Array(n);
  if (bias.length !== n) throw r.refuse(`it has ${bias.length} biases for ${n} outputs`);
  const geometry = { ...geometryOf(window, shape), kernel };
  const out = [...window.output, n];
  return overImages(
    r,
    r.add({ kind: 'conv', geometry, groups: group, n, weight, bias, ...UNBOUNDED }, [node], out),
    out,
  );
}
