import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { type Axis, indicesOf, isComplete, isRowMajor, sampleAxes, sizeOfAxes } from '../view.ts';
import { affineOf } from './binary.ts';

export const NORMALISE_RULES: Readonly<Record<string, (reading: Reading) => Value>> = {
  Softmax: (r) => readSoftmax(r, 'softmax'),
  LogSoftmax: (r) => readSoftmax(r, 'logSoftmax'),
  LayerNormalization: readLayerNormalization,
  ArgMax: readArgMax,
};

/** The value over a node in which the elements of its last `count` dimensions lie together, in any order. */
function innermost(r: Reading, value: Value, count: number): Value {
  const axes = value.view.dims.slice(-count).flat();
  const size = sizeOfAxes(axes);
  const together = isRowMajor(
    axes.toSorted((a, b) => b.stride - a.stride),
    size,
  );
  if (together && isComplete(value.view, r.sampleSize(value))) return value;
  const order = value.view.dims.map((_, dim) => dim);
  const node = r.packed(value, order);
  return { node, view: rowMajorView(value), stages: [] };
}

/** The same dimensions over a sample that is row-major in their order. */
export function rowMajorView(value: Value): Value['view'] {
  let stride = sizeOfAxes(sampleAxes(value.view));
  const dims = value.view.dims.map((axes) =>
    axes.map((axis): Axis => {
      if (axis.isBatch) return axis;
      stride /= axis.size;
      return { size: axis.size, stride };
    }),
  );
  return { offset: 0, dims };
}

/** The value with its last two dimensions exchanged. */
export const swapLast = ({ node, view, stages }: Value): Value => ({
  node,
  view: { ...view, dims: view.dims.with(-1, view.dims.at(-2)!).with(-2, view.dims.at(-1)!) },
  stages,
});

/** Dimensions of a sample whose last one has k elements. */
function rowsOf(r: Reading, node: number, k: number): number[] {
  const { dims } = r.network.nodes[node]!;
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (dims.at(-1) === k) return [...dims];
  return size === k ? [k] : [size / k, k];
}

function readSoftmax(r: Reading, kind: 'softmax' | 'logSoftmax'): Value {
  const value = r.value(0);
  const rank = value.view.dims.length;
  const { axis } = r.numbers({ axis: r.network.opset < 13 ? 1 : -1 });
  const at = r.sampleAxis(value, axis);
  if (at !== rank - 1 && r.network.opset < 13)
    throw r.refuse(`it works on axis ${axis} of ${r.shown(value.view)}`, 'Export it for ai.onnx 13 or newer.');
  const compute = (): Value => softmaxOf(r, value, at);
  if (kind === 'logSoftmax' && (at !== 1 || rank !== 2))
    throw r.refuse(
      `it works on axis ${axis} of ${r.shown(value.view)}`,
      'Apply it to the last axis of the last layer.',
    );
  return rank === 2 ? { ...value, pattern: { kind, of: value, compute } } : compute();
}

function softmaxOf(r: Reading, value: Value, at: number): Value {
  const { dims } = value.view;
  const swapped = (value: Value): Value => ({
    ...value,
    view: { ...value.view, dims: value.view.dims.with(at, value.view.dims.at(-1)!).with(-1, value.view.dims[at]!) },
  });
  const source = innermost(r, r.settle(swapped(value)), 1);
  const k = sizeOfAxes(dims[at]!);
  const node = r.add({ kind: 'softmax', k, scale: 1 }, [source.node], rowsOf(r, source.node, k));
  return swapped(r.over(source, node));
}

/** (x - mean) / sqrt(variance + eps) over the last `count` dimensions. */
export function layerNormOf(r: Reading, value: Value, count: number, eps: number): Value {
  const source = innermost(r, r.settle(value), count);
  const k = sizeOfAxes(source.view.dims.slice(-count).flat());
  const ones = new Float64Array(k).fill(1);
  const op = { kind: 'layerNorm', k, eps, gamma: ones, beta: new Float64Array(k), ...UNBOUNDED } as const;
  return r.over(source, r.add(op, [source.node], rowsOf(r, source.node, k)));
}

function readLayerNormalization(r: Reading): Value {
  const { axis, epsilon } = r.numbers({ axis: -1, epsilon: 1e-5, stash_type: 1 });
  if (r.node.outputs.slice(1).some((name) => name !== '')) throw r.refuse('its mean or deviation is used');
  const value = r.value(0);
  const at = r.sampleAxis(value, axis);
  const count = value.view.dims.length - at;
  const normal = layerNormOf(r, value, count, epsilon);
  const axes = normal.view.dims.slice(-count).flat();
  const k = sizeOfAxes(axes);
  const [gamma, beta] = [r.floats(1).data, r.has(2) ? r.floats(2).data : new Float64Array(k)];
  if (gamma.length !== k || beta.length !== k)
    throw r.refuse(`it scales ${k} elements with ${gamma.length} and ${beta.length} constants`);
  const repeat = (list: Float64Array): Float64Array =>
    Float64Array.from({ length: sizeOfAxes(sampleAxes(normal.view)) }, (_, i) => list[i % k]!);
  return affineOf(r, normal, repeat(gamma), repeat(beta));
}

function readArgMax(r: Reading): Value {
  const { axis, keepdims, select_last_index } = r.numbers({ axis: 0, keepdims: 1, select_last_index: 0 });
  if (select_last_index !== 0) throw r.refuse('it selects the last of equal elements', 'Select the first.');
  const value = r.settledValue(0);
  const at = r.sampleAxis(value, axis);
  if (at !== value.view.dims.length - 1)
    throw r.refuse(`it works on axis ${axis} of ${r.shown(value.view)}`, 'Apply it to the last axis.');
  const node = r.packed(
    value,
    value.view.dims.map((_, dim) => dim),
  );
  const k = sizeOfAxes(value.view.dims[at]!);
  const size = r.network.nodes[node]!.dims.reduce((product, dim) => product * dim, 1) / k;
  const made = r.add({ kind: 'argmax', k }, [node], size === 1 ? [1] : [size]);
  const whole = rowMajorView(value).dims.slice(0, -1);
  const dims = whole.map((axes) => axes.map((one) => (one.isBatch ? one : { ...one, stride: one.stride / k })));
  return { node: made, view: { offset: 0, dims: keepdims === 0 ? dims : [...dims, []] }, stages: [] };
}

/** Logical places of the elements of some axes that lie together: `order[i]` is where element i of the axes is. */
export const placesOf = (axes: readonly Axis[]): Float64Array => indicesOf({ offset: 0, dims: [axes] });
