import { type Geometry, UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import type { Axis } from '../view.ts';
import { affineOf } from './binary.ts';
import { geometryOf, imageAt, overImages, windowAt } from './image.ts';

export const POOL_RULES: Readonly<Record<string, (reading: Reading) => Value>> = {
  MaxPool: readMaxPool,
  AveragePool: readAveragePool,
  GlobalAveragePool: (r) => readGlobal(r, 'mean'),
  GlobalMaxPool: (r) => readGlobal(r, 'max'),
  ReduceMean: (r) => readReduce(r, 'mean'),
  ReduceSum: (r) => readReduce(r, 'sum'),
  ReduceMax: (r) => readReduce(r, 'max'),
};

type Reduction = 'mean' | 'sum' | 'max';
const WINDOW = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides'];

/** The geometry of a pool, with the last, partial windows of ceil_mode when asked for. */
function poolGeometry(r: Reading, shape: readonly number[], isCeil: boolean): Geometry {
  const window = windowAt(r, shape.slice(1));
  if (window.dilations.some((dilation) => dilation !== 1)) throw r.refuse('its window is dilated');
  const floor = geometryOf(window, shape);
  if (!isCeil) return floor;
  const output = [0, 1].map((i) => {
    const [size, before, after] = [shape[i + 1]!, window.before[i]!, window.after[i]!];
    const [kernel, stride] = [window.kernel[i]!, window.strides[i]!];
    const count = Math.ceil((size + before + after - kernel) / stride) + 1;
    return (count - 1) * stride >= size + before ? count - 1 : count;
  });
  return { ...floor, output: [output[0]!, output[1]!] };
}

/** How many cells of the image each window covers, as [oH, oW]. */
function coverage({ height, width, kernel, strides, padTop, padLeft, output }: Geometry): number[] {
  const along = (count: number, size: number, k: number, stride: number, pad: number): number[] =>
    Array.from({ length: count }, (_, i) => {
      const start = i * stride - pad;
      return Math.min(size, start + k) - Math.max(0, start);
    });
  const rows = along(output[0], height, kernel[0], strides[0], padTop);
  const columns = along(output[1], width, kernel[1], strides[1], padLeft);
  return rows.flatMap((y) => columns.map((x) => y * x));
}

function readMaxPool(r: Reading): Value {
  const { ceil_mode } = r.numbers({ ceil_mode: 0, storage_order: 0 }, WINDOW);
  if (r.node.outputs.slice(1).some((name) => name !== '')) throw r.refuse('its indices are used');
  const { node, shape } = imageAt(r, r.settledValue(0));
  const geometry = poolGeometry(r, shape, ceil_mode !== 0);
  if (coverage(geometry).some((cells) => cells < 1)) throw r.refuse('one of its windows covers padding alone');
  const out = [...geometry.output, geometry.channels];
  return overImages(r, r.add({ kind: 'maxPool', geometry }, [node], out), out);
}

/** Where padding does not count, windows at the border are scaled up again, element by element. */
function readAveragePool(r: Reading): Value {
  const { ceil_mode, count_include_pad } = r.numbers({ ceil_mode: 0, count_include_pad: 0 }, WINDOW);
  const { node, shape } = imageAt(r, r.settledValue(0));
  const geometry = poolGeometry(r, shape, false);
  if (ceil_mode !== 0 && String(poolGeometry(r, shape, true).output) !== String(geometry.output))
    throw r.refuse('ceil_mode adds partial windows', 'Export it without ceil_mode.');
  const taps = geometry.kernel[0] * geometry.kernel[1];
  const out = [...geometry.output, geometry.channels];
  const pooled = overImages(r, r.add({ kind: 'avgPool', geometry, scale: 1 / taps, ...UNBOUNDED }, [node], out), out);
  if (count_include_pad !== 0) return pooled;
  const cells = coverage(geometry);
  if (cells.some((count) => count < 1)) throw r.refuse('one of its windows covers padding alone');
  const scale = Float64Array.from(
    { length: cells.length * geometry.channels },
    (_, at) => taps / cells[at % cells.length]!,
  );
  return affineOf(r, pooled, scale, new Float64Array(scale.length));
}

function readGlobal(r: Reading, reduction: Reduction): Value {
  r.numbers({});
  const value = r.settledValue(0);
  r.requireRows(value);
  return reduced(r, value, value.view.dims.map((_, dim) => dim).slice(2), true, reduction);
}

function readReduce(r: Reading, reduction: Reduction): Value {
  const { keepdims, noop_with_empty_axes } = r.numbers({ keepdims: 1, noop_with_empty_axes: 0 }, ['axes']);
  const given = r.attribute('axes', 'ints') ?? (r.has(1) ? r.integers(1) : undefined);
  const raw = r.raw(0);
  const rank = raw.view.dims.length;
  const isOverLast = given?.length === 1 && r.axis(given[0]!, rank) === rank - 1;
  if (reduction === 'mean' && keepdims !== 0 && isOverLast && raw.pattern?.kind === 'squared')
    return { ...raw, view: dropped(raw, [rank - 1], true), pattern: { kind: 'variance', of: raw.pattern.of } };
  const value = r.value(0);
  if (given === undefined || given.length === 0) {
    if (given !== undefined && noop_with_empty_axes !== 0) return value;
    throw r.refuse('it reduces over the batch', 'Name the axes behind the batch.');
  }
  const axes = given.map((axis) => r.sampleAxis(value, axis)).toSorted((a, b) => a - b);
  const keeps = keepdims !== 0;
  const compute = (): Value => reduced(r, r.settle(value), axes, keeps, reduction);
  if (reduction === 'mean' && keeps && isOverLast) {
    const pattern = { kind: 'mean', of: value, compute } as const;
    return { ...value, view: dropped(value, axes, true), pattern };
  }
  return compute();
}

const dropped = ({ view }: Value, axes: readonly number[], keeps: boolean): Value['view'] => ({
  offset: 0,
  dims: view.dims.flatMap((own, dim) => (!axes.includes(dim) ? [own] : keeps ? [[]] : [])),
});

/** Reduces whole dimensions: a pool with one window over them. */
function reduced(r: Reading, value: Value, axes: readonly number[], keeps: boolean, reduction: Reduction): Value {
  const shape = r.shape(value);
  const rest = value.view.dims.map((_, dim) => dim).filter((dim) => !axes.includes(dim));
  const node = r.packed(value, [...axes, ...rest]);
  const count = axes.reduce((product, dim) => product * shape[dim]!, 1);
  const sizes = axes.map((dim) => shape[dim]!);
  const [height, width] = sizes.length === 2 ? (sizes as [number, number]) : [1, count];
  const channels = r.sampleSize({ ...value, node }) / count;
  const geometry: Geometry = {
    height,
    width,
    channels,
    kernel: [height, width],
    strides: [1, 1],
    padTop: 0,
    padLeft: 0,
    output: [1, 1],
  };
  const op =
    reduction === 'max'
      ? ({ kind: 'maxPool', geometry } as const)
      : ({ kind: 'avgPool', geometry, scale: reduction === 'mean' ? 1 / count : 1, ...UNBOUNDED } as const);
  const made = r.add(op, [node], [1, 1, channels]);
  let stride = channels;
  const view = dropped(value, axes, keeps);
  const dims = view.dims.map((own) =>
    own.map((axis): Axis => {
      if (axis.isBatch) return axis;
      stride /= axis.size;
      return { size: axis.size, stride };
    }),
  );
  return { node: made, view: { offset: 0, dims }, stages: [] };
}
