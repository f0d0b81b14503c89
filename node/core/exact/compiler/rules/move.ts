import { elementCount } from '../../../tensor/tensor.ts';
import type { Reading, Value } from '../reading.ts';
import { keepsRows, reshaped, singleBatchAt, sliced } from '../view.ts';
import { expanded } from './binary.ts';
import { rowMajorView } from './normalise.ts';

/** Index maps: only the view changes. */
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
