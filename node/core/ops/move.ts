import { int, ints } from '../onnx/build.ts';
import { type DTypeArrays, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { int64List, reduceSum, reshape, unbroadcast } from './gradient.ts';
import type { InferCall, Op, TensorType, VjpCall } from './op.ts';
import {
  ALL_TYPES,
  type Cells,
  intAttribute,
  integersAt,
  intsAttribute,
  namedAt,
  normalAxis,
  requireInput,
  tensorAt,
  typeAt,
} from './rule.ts';
import { broadcastDims, broadcastStrides, rowMajor, viewOffsets } from './strides.ts';

/** Operators that copy elements to other places: each is a strided view of its input, read in order. */

/** The cells of `x` at these offsets, in order. */
export function gatherCells(x: Tensor, dims: readonly number[], offsets: Uint32Array): Tensor {
  const out = zeros(x.dtype, dims);
  const [from, to]: [Cells, Cells] = [x.data, out.data];
  for (let i = 0; i < offsets.length; i++) to[i] = from[offsets[i]!]!;
  return out;
}

/** Gradients of the first inputs, none for the others. */
export const without = (call: VjpCall, ...gradients: (string | undefined)[]) => [
  ...gradients,
  ...call.inputs.slice(gradients.length).map(() => undefined),
];

function permutation(call: Pick<InferCall, 'node' | 'opset'>, rank: number): readonly number[] {
  const perm = intsAttribute(call, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const valid = perm.length === rank && new Set(perm).size === rank && perm.every((axis) => axis >= 0 && axis < rank);
  requireInput(call, valid, `perm [${perm.join(', ')}] does not order ${rank} axes`);
  return perm;
}

const transpose: Op = {
  op: 'Transpose',
  domain: '',
  since: 1,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { perm: 'ints' },
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, ALL_TYPES);
    return [{ dtype, dims: permutation(call, dims.length).map((axis) => dims[axis]!) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const strides = rowMajor(x.dims);
    const { dims } = call.outputs[0]!;
    const order = permutation(call, x.dims.length).map((axis) => strides[axis]!);
    return [gatherCells(x, dims, viewOffsets(dims, order))];
  },
  vjp: (call) => {
    const perm = permutation(call, namedAt(call, 0).dims.length);
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return [call.emit.node('Transpose', [call.gradients[0]!], { perm: ints(inverse) })];
  },
};

const expand: Op = {
  op: 'Expand',
  domain: '',
  since: 8,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, ALL_TYPES);
    const shape = integersAt(call, 1) ?? [];
    const wide = broadcastDims([dims, shape]);
    requireInput(call, wide !== undefined, `[${dims.join(', ')}] does not expand to [${shape.join(', ')}]`);
    return [{ dtype, dims: wide }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const { dims } = call.outputs[0]!;
    return [gatherCells(x, dims, viewOffsets(dims, broadcastStrides(x.dims, dims)))];
  },
  vjp: (call) => without(call, unbroadcast(call.emit, call.gradients[0]!, call.outputs[0]!.dims, namedAt(call, 0))),
};

/** Each axis of size d repeated r times is the pair of axes (r, d). */
const tile: Op = {
  op: 'Tile',
  domain: '',
  since: 6,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, ALL_TYPES);
    const repeats = integersAt(call, 1) ?? [];
    const valid = repeats.length === dims.length && repeats.every((count) => count >= 0);
    requireInput(call, valid, `repeats [${repeats.join(', ')}] do not fit [${dims.join(', ')}]`);
    return [{ dtype, dims: dims.map((dim, axis) => dim * repeats[axis]!) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const { dims } = call.outputs[0]!;
    const repeats = Array.from(tensorAt(call, 1).data, Number);
    const strides = rowMajor(x.dims);
    const pairs = x.dims.flatMap((dim, axis) => [repeats[axis]!, dim]);
    return [
      gatherCells(
        x,
        dims,
        viewOffsets(
          pairs,
          strides.flatMap((stride) => [0, stride]),
        ),
      ),
    ];
  },
  vjp: (call) => {
    const x = namedAt(call, 0);
    const { dims } = call.outputs[0]!;
    const pairs = x.dims.flatMap((dim, axis) => [dim === 0 ? 0 : dims[axis]! / dim, dim]);
    const paired = reshape(call.emit, call.gradients[0]!, pairs);
    const repeatAxes = x.dims.map((_, axis) => 2 * axis);
    return without(call, repeatAxes.length === 0 ? paired : reduceSum(call.emit, paired, repeatAxes, 0));
  },
};

function concatTypes(call: InferCall): { readonly types: TensorType[]; readonly axis: number } {
  const types = call.inputs.map((_, index) => typeAt(call, index, ALL_TYPES));
  const first = types[0]!;
  const axis = intAttribute(call, 'axis');
  requireInput(call, axis !== undefined, 'attribute axis is missing');
  const at = normalAxis(call, axis, first.dims.length);
  const fits = types.every(
    ({ dtype, dims }) =>
      dtype === first.dtype &&
      dims.length === first.dims.length &&
      dims.every((dim, i) => i === at || dim === first.dims[i]),
  );
  requireInput(
    call,
    fits,
    `types ${types.map(({ dtype, dims }) => `${dtype}[${dims.join(', ')}]`).join(', ')} do not fit`,
  );
  return { types, axis: at };
}

const concat: Op = {
  op: 'Concat',
  domain: '',
  since: 11,
  inputs: [1, 1024],
  outputs: [1, 1],
  attributes: { axis: 'int' },
  infer: (call) => {
    const { types, axis } = concatTypes(call);
    const length = types.reduce((total, { dims }) => total + dims[axis]!, 0);
    return [{ dtype: types[0]!.dtype, dims: types[0]!.dims.map((dim, i) => (i === axis ? length : dim)) }];
  },
  forward: (call) => {
    const { dtype, dims } = call.outputs[0]!;
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, dims.length);
    const out = zeros(dtype, dims);
    const outer = elementCount(dims.slice(0, axis));
    const row = elementCount(dims.slice(axis));
    let start = 0;
    for (let index = 0; index < call.inputs.length; index++) {
      const x = tensorAt(call, index);
      const size = elementCount(x.dims.slice(axis));
      for (let i = 0; i < outer; i++) {
        const part = x.data.subarray(i * size, (i + 1) * size) as DTypeArrays['float32'];
        (out.data as DTypeArrays['float32']).set(part, start + i * row);
      }
      start += size;
    }
    return [out];
  },
  vjp: (call) => {
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, call.outputs[0]!.dims.length);
    const list = (value: number) => call.emit.constant(int64List([value]));
    let start = 0;
    return call.inputs.map((_, index) => {
      const from = start;
      start += namedAt(call, index).dims[axis]!;
      if (!call.wanted[index]) return undefined;
      return call.emit.node('Slice', [call.gradients[0]!, list(from), list(start), list(axis)]);
    });
  },
};

/** Start, step and size along every axis of what a Slice keeps (ONNX clamps starts and ends, negative count from the end). */
function sliceView(call: InferCall, dims: readonly number[]) {
  const [starts, ends] = [integersAt(call, 1) ?? [], integersAt(call, 2) ?? []];
  const axes = integersAt(call, 3) ?? starts.map((_, axis) => axis);
  const steps = integersAt(call, 4) ?? starts.map(() => 1);
  const lengths = [ends.length, axes.length, steps.length];
  requireInput(
    call,
    lengths.every((length) => length === starts.length),
    'starts, ends, axes and steps differ in length',
  );
  const kept = dims.map((size) => ({ start: 0, step: 1, size }));
  axes.forEach((axis, i) => {
    const at = normalAxis(call, axis, dims.length);
    const [dim, step] = [dims[at]!, steps[i]!];
    requireInput(call, step !== 0, 'a step is 0');
    const clamp = (value: number, least: number, most: number) =>
      Math.min(Math.max(value < 0 ? value + dim : value, least), most);
    const start = step > 0 ? clamp(starts[i]!, 0, dim) : clamp(starts[i]!, 0, dim - 1);
    const end = step > 0 ? clamp(ends[i]!, 0, dim) : clamp(ends[i]!, -1, dim - 1);
    kept[at] = { start, step, size: Math.max(0, Math.ceil((end - start) / step)) };
  });
  return kept;
}

function sliceOffsets(call: InferCall, dims: readonly number[]): Uint32Array {
  const view = sliceView(call, dims);
  const strides = rowMajor(dims);
  const start = view.reduce((total, part, axis) => total + (part.size === 0 ? 0 : part.start * strides[axis]!), 0);
  return viewOffsets(
    view.map(({ size }) => size),
    view.map(({ step }, axis) => step * strides[axis]!),
    start,
  );
}

const slice: Op = {
  op: 'Slice',
  domain: '',
  since: 10,
  inputs: [3, 5],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, ALL_TYPES);
    return [{ dtype, dims: sliceView(call, dims).map(({ size }) => size) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const inputs = call.inputs.map((value) => value && { dtype: value.dtype, dims: value.dims, value });
    return [gatherCells(x, call.outputs[0]!.dims, sliceOffsets({ ...call, inputs, inferGraph: () => [] }, x.dims))];
  },
  // The kept cells are distinct, so scattering needs no addition: one formula for every start, end and step.
  vjp: (call) => {
    const { emit } = call;
    const x = namedAt(call, 0);
    const size = elementCount(x.dims);
    const offsets = sliceOffsets({ ...call, inferGraph: () => [] }, x.dims);
    const cells = emit.constant(int64List(Array.from(offsets)));
    const blank = emit.constant(zeros(x.dtype, [size]));
    const flat = reshape(emit, call.gradients[0]!, [offsets.length]);
    return without(call, reshape(emit, emit.node('ScatterElements', [blank, cells, flat], { axis: int(0) }), x.dims));
  },
};

export const MOVE: readonly Op[] = [transpose, expand, tile, concat, slice];
