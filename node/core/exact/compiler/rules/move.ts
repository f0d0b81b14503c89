import { elementCount, type Tensor } from '../../../tensor/tensor.ts';
import { UNBOUNDED } from '../ir.ts';
import type { Reading, Value } from '../reading.ts';
import { isRowMajor, keepsRows, reshaped, singleBatchAt, sliced, viewOf } from '../view.ts';
import { expanded } from './binary.ts';
import { imageAt, overImages } from './linear.ts';
import { rowMajorView } from './normalise.ts';

/** Index maps: only the view changes. Concat and Pad alone make nodes. */
export const MOVE_RULES: Readonly<Record<string, (reading: Reading) => Value | readonly Value[]>> = {
  Identity: (r) => {
    r.numbers({});
    return r.raw(0);
  },
  Dropout: readDropout,
  Cast: readCast,
  Flatten: readFlatten,
  Reshape: readReshape,
  Transpose: readTranspose,
  Squeeze: readSqueeze,
  Unsqueeze: readUnsqueeze,
  Slice: readSlice,
  Split: readSplit,
  Gather: readGather,
  Expand: readExpand,
  Concat: readConcat,
  Pad: readPad,
};

const FLOAT32 = 1;

function readDropout(r: Reading): Value {
  r.numbers({ ratio: 0.5, seed: 0 });
  if (r.node.outputs.slice(1).some((name) => name !== '')) throw r.refuse('its mask is used');
  if (r.has(2) && (!r.isConstant(2) || Number(r.constant(2).data[0]) !== 0))
    throw r.refuse('it is in training mode', 'Export the model for inference.');
  return r.raw(0);
}

function readCast(r: Reading): Value {
  const { to } = r.numbers({ to: FLOAT32, saturate: 1 });
  if (to !== FLOAT32) throw r.refuse(`it casts a computed value to type ${to}`);
  return r.raw(0);
}

/** The value in another shape; moved first where the view cannot express it. */
function shaped(r: Reading, value: Value, shape: readonly number[]): Value {
  const direct = reshaped(value.view, shape);
  if (direct !== undefined) return { ...value, view: direct };
  const settled = r.settle(value);
  const order = settled.view.dims.map((_, dim) => dim);
  const view = keepsRows(settled.view) ? reshaped(rowMajorView(settled), shape) : undefined;
  if (view === undefined)
    throw r.refuse(
      `it turns ${r.shown(value.view)} into [${shape.join(', ')}]`,
      'Reshape to [0, -1] or [-1, ...sizes], so that the rows of a batch stay apart.',
    );
  return { node: r.packed(settled, order), view, stages: [] };
}

function readFlatten(r: Reading): Value {
  const { axis } = r.numbers({ axis: 1 });
  const value = r.value(0);
  const shape = r.shape(value);
  const at = axis < 0 ? axis + shape.length : axis;
  if (at !== 1) throw r.refuse(`axis ${axis} mixes the rows of a batch`, 'Flatten from axis 1.');
  return shaped(r, value, [shape[0]!, elementCount(shape.slice(1))]);
}

function readReshape(r: Reading): Value {
  const { allowzero } = r.numbers({ allowzero: 0 });
  const value = r.value(0);
  const from = r.shape(value);
  const given = r.integers(1);
  const wanted = given.map((dim, axis) => (dim === 0 && allowzero === 0 ? (from[axis] ?? -2) : dim));
  const size = elementCount(from);
  const open = wanted.filter((dim) => dim === -1).length;
  const rest = wanted.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const shape = wanted.map((dim) => (dim === -1 ? size / rest : dim));
  const isShape = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 1);
  if (open > 1 || !isShape || elementCount(shape) !== size)
    throw r.refuse(`it turns ${r.shown(value.view)} into [${given.join(', ')}]`);
  return shaped(r, value, shape);
}

function readTranspose(r: Reading): Value {
  r.numbers({}, ['perm']);
  const value = r.value(0);
  const rank = value.view.dims.length;
  const perm = r.attribute('perm', 'ints') ?? Array.from({ length: rank }, (_, at) => rank - 1 - at);
  if (perm.length !== rank || new Set(perm).size !== rank || perm.some((dim) => dim < 0 || dim >= rank))
    throw r.refuse(`its permutation [${perm.join(', ')}] is none of ${rank} dimensions`);
  return { ...value, view: { ...value.view, dims: perm.map((dim) => value.view.dims[dim]!) } };
}

/** Axes from the attribute or input 1. */
function axesAt(r: Reading, rank: number): number[] | undefined {
  r.numbers({}, ['axes']);
  const given = r.attribute('axes', 'ints') ?? (r.has(1) ? r.integers(1) : undefined);
  return given?.map((axis) => r.axis(axis, rank));
}

function readSqueeze(r: Reading): Value {
  const given = r.value(0);
  const shape = r.shape(given);
  const axes = axesAt(r, shape.length) ?? shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const place = kept.find((axis) => shape[axis] === 1) ?? kept[0];
  const view = place === undefined ? given.view : singleBatchAt(given.view, place);
  if (axes.some((axis) => shape[axis] !== 1 || view.dims[axis]!.length > 0))
    throw r.refuse(`it removes axes [${axes.join(', ')}] of ${r.shown(view)}`);
  return { ...given, view: { ...view, dims: kept.map((axis) => view.dims[axis]!) } };
}

function readUnsqueeze(r: Reading): Value {
  const value = r.value(0);
  const given = r.attribute('axes', 'ints') ?? r.integers(1);
  const axes = axesAt(r, value.view.dims.length + given.length)!;
  const queue = [...value.view.dims];
  const rank = value.view.dims.length + axes.length;
  const dims = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? [] : (queue.shift() ?? [])));
  return { ...value, view: { ...value.view, dims } };
}

/** `count` positions of one dimension from `start` on. */
function part(r: Reading, value: Value, dim: number, [start, step, count]: readonly [number, number, number]): Value {
  if (count < 1) throw r.refuse('it takes an empty part');
  const direct = sliced(value.view, dim, start, step, count);
  if (direct !== undefined) return { ...value, view: direct };
  const settled = r.settle(value);
  const order = settled.view.dims.map((_, at) => at);
  const view = sliced(rowMajorView(settled), dim, start, step, count);
  if (view === undefined) throw r.refuse(`it takes a part of dimension ${dim} of ${r.shown(value.view)}`);
  return { node: r.packed(settled, order), view, stages: [] };
}

function readSlice(r: Reading): Value {
  r.numbers({});
  let value = r.value(0);
  const [starts, ends] = [r.integers(1), r.integers(2)];
  const axes = r.has(3) ? r.integers(3) : starts.map((_, at) => at);
  const steps = r.has(4) ? r.integers(4) : starts.map(() => 1);
  for (const [at, axis] of axes.entries()) {
    const shape = r.shape(value);
    const dim = r.axis(axis, shape.length);
    const size = shape[dim]!;
    const step = steps[at]!;
    if (!(step >= 1)) throw r.refuse(`it walks in steps of ${step}`);
    const clamp = (position: number): number => Math.min(size, Math.max(0, position < 0 ? position + size : position));
    const [start, end] = [clamp(starts[at]!), clamp(ends[at]!)];
    const count = Math.ceil((end - start) / step);
    if (start === 0 && count === size) continue;
    value = part(r, value, r.sampleAxis(value, axis), [start, step, count]);
  }
  return value;
}

function readSplit(r: Reading): readonly Value[] {
  const { axis, num_outputs } = r.numbers({ axis: 0, num_outputs: r.node.outputs.length }, ['split']);
  const value = r.value(0);
  const dim = r.sampleAxis(value, axis);
  const size = r.shape(value)[dim]!;
  const share = Math.ceil(size / num_outputs);
  const sizes =
    r.attribute('split', 'ints') ??
    (r.has(1) ? r.integers(1) : r.node.outputs.map((_, at) => Math.min(share, size - at * share)));
  let start = 0;
  return sizes.map((count) => {
    const piece = part(r, value, dim, [start, 1, count]);
    start += count;
    return piece;
  });
}

/** One constant index, or an even walk of them. */
function readGather(r: Reading): Value {
  const { axis } = r.numbers({ axis: 0 });
  const value = r.value(0);
  const dim = r.sampleAxis(value, axis);
  const size = r.shape(value)[dim]!;
  const indices = r.integers(1).map((index) => (index < 0 ? index + size : index));
  const { dims: shape } = r.constant(1);
  const [first = 0, second = first + 1] = indices;
  const step = second - first;
  const isWalk = indices.every((index, at) => index === first + at * step && index >= 0 && index < size);
  if (!isWalk || step < 1 || shape.length > 1) throw r.refuse(`its indices [${indices.join(', ')}] are no even walk`);
  const piece = part(r, value, dim, [first, step, indices.length]);
  if (shape.length === 1) return piece;
  return { ...piece, view: { ...piece.view, dims: piece.view.dims.filter((_, at) => at !== dim) } };
}

function readExpand(r: Reading): Value {
  r.numbers({});
  const value = r.value(0);
  const own = r.shape(value);
  const wanted = r.integers(1);
  if (wanted.length > own.length) throw r.refuse(`it spreads ${r.shown(value.view)} to [${wanted.join(', ')}]`);
  const pad = own.length - wanted.length;
  const shape = own.map((dim, axis) => Math.max(dim, wanted[axis - pad] ?? 1));
  return expanded(r, value, shape);
}

/** A constant as a value: a dense layer of zeros with the constant as its bias. */
function constantValue(r: Reading, tensor: Tensor, rank: number): Value {
  const { batch } = r.network;
  const [rows = 1, ...dims] = tensor.dims;
  const data = Float64Array.from(tensor.data as Float32Array);
  const bias = data.slice(0, data.length / rows);
  const isSame = data.every((c, at) => c === bias[at % bias.length]);
  if (tensor.dtype !== 'float32' || tensor.dims.length !== rank || (rows !== 1 && rows !== batch) || !isSame)
    throw r.refuse(`a constant of shape [${tensor.dims.join(', ')}] is not the same for every row of the batch`);
  const k = r.sampleSize({ node: 0, view: { offset: 0, dims: [] }, stages: [] });
  const op = {
    kind: 'dense',
    k,
    n: bias.length,
    weight: new Float64Array(k * bias.length),
    bias,
    ...UNBOUNDED,
  } as const;
  return { node: r.add(op, [0], [bias.length]), view: viewOf(batch, dims), stages: [] };
}

function readConcat(r: Reading): Value {
  const { axis } = r.numbers({ axis: 0 });
  const indices = r.node.inputs.map((_, index) => index);
  const some = indices.find((index) => !r.isConstant(index))!;
  const rank = r.value(some).view.dims.length;
  const values = indices.map((index) =>
    r.isConstant(index) ? constantValue(r, r.constant(index), rank) : r.settledValue(index),
  );
  const dim = r.sampleAxis(values[0]!, axis);
  for (const value of values) r.requireRows(value, rank);
  const orders = [values[0]!.view.dims.map((_, at) => at).slice(1), ...(rank === 4 ? [[2, 3, 1]] : [])];
  const inPlace = (order: readonly number[]): number => values.filter((value) => liesIn(r, value, order)).length;
  const order = orders.reduce((best, one) => (inPlace(one) > inPlace(best) ? one : best));
  const shapes = values.map((value) => order.map((at) => r.shape(value)[at]!));
  const place = order.indexOf(dim);
  const [first] = shapes;
  if (shapes.some((shape) => shape.some((size, at) => at !== place && size !== first![at])))
    throw r.refuse(`it joins ${values.map((value) => r.shown(value.view)).join(' and ')}`);
  const outer = elementCount(first!.slice(0, place));
  const inner = elementCount(first!.slice(place + 1));
  let node = r.packed(values[0]!, order);
  let size = first![place]!;
  for (const [at, value] of values.entries()) {
    if (at === 0) continue;
    const second = r.packed(value, order);
    const whole = size + shapes[at]![place]!;
    node = r.add({ kind: 'concat', axis: 1, first: size }, [node, second], [outer, whole, inner]);
    size = whole;
  }
  const dims = r
    .shape(values[0]!)
    .slice(1)
    .map((own, at) => (at + 1 === dim ? size : own));
  const places = dims.map((_, at) => order.indexOf(at + 1));
  return { node, view: viewOf(r.network.batch, dims, places), stages: [] };
}

const liesIn = (r: Reading, value: Value, order: readonly number[]): boolean =>
  value.view.offset === 0 &&
  isRowMajor(
    order.flatMap((dim) => value.view.dims[dim]!),
    r.sampleSize(value),
  );

/** Zeros around images: a depthwise convolution with one tap, whose padding counts as 0. */
function readPad(r: Reading): Value {
  r.numbers({}, ['mode', 'pads']);
  const mode = r.attribute('mode', 'string') ?? 'constant';
  const pads = r.attribute('pads', 'ints') ?? r.integers(1);
  if (mode !== 'constant' || (r.has(2) && r.scalar(2) !== 0) || r.has(3))
    throw r.refuse('it pads with something else than zeros around all axes');
  if (pads.every((pad) => pad === 0)) return r.raw(0);
  const { node, shape } = imageAt(r, r.settledValue(0));
  const [channels, height, width] = shape as [number, number, number];
  const [before, after] = [pads.slice(0, 4), pads.slice(4)];
  if (pads.length !== 8 || pads.some((pad) => pad < 0) || [0, 1].some((dim) => before[dim] !== 0 || after[dim] !== 0))
    throw r.refuse(`its pads [${pads.join(', ')}] are not around images alone`);
  const output = [height + before[2]! + after[2]!, width + before[3]! + after[3]!] as const;
  // Windows reach so far around their tap that none of them lies in the padding alone.
  const reach = [Math.max(before[2]!, after[2]!), Math.max(before[3]!, after[3]!)] as const;
  const kernel = [2 * reach[0] + 1, 2 * reach[1] + 1] as const;
  const geometry = {
    height,
    width,
    channels,
    kernel,
    strides: [1, 1],
    padTop: before[2]! + reach[0],
    padLeft: before[3]! + reach[1],
    output,
  } as const;
  const out = [...output, channels];
  const taps = kernel[0] * kernel[1];
  const weight = Float64Array.from({ length: channels * taps }, (_, at) => (at % taps === (taps - 1) / 2 ? 1 : 0));
  const bias = new Float64Array(channels);
  const op = { kind: 'conv', geometry, groups: channels, n: channels, weight, bias, ...UNBOUNDED } as const;
  return overImages(r, r.add(op, [node], out), out);
}
