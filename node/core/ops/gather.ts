import { int, ints } from '../onnx/build.ts';
import { elementCount, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import { int64List, reshape } from './gradient.ts';
import { type ForwardCall, type InferCall, type Op, stopGradient, type VjpCall } from './op.ts';
import {
  ALL_TYPES,
  type Cells,
  FLOATS,
  INDICES,
  intAttribute,
  namedAt,
  normalAxis,
  numbers,
  requireInput,
  stringAttribute,
  tensorAt,
  typeAt,
} from './rule.ts';
import { rowMajor, viewOffsets } from './strides.ts';

/** Operators that read or write at computed places. */

type Call = Pick<InferCall, 'node' | 'opset'>;

const axisOf = (call: Call, rank: number): number => normalAxis(call, intAttribute(call, 'axis') ?? 0, rank);

/** Indices counted from the front. @throws {OpInputRefused} outside [-size, size). */
function rows(call: Call, indices: Tensor, size: number): number[] {
  return Array.from<number | bigint, number>(indices.data, (index) => {
    const at = Number(index);
    requireInput(call, at >= -size && at < size, `index ${at} is outside an axis of ${size}`);
    return at < 0 ? at + size : at;
  });
}

function gatherForward(call: ForwardCall): Tensor[] {
  const [x, indices] = [tensorAt(call, 0), tensorAt(call, 1)];
  const axis = axisOf(call, x.dims.length);
  const size = x.dims[axis]!;
  const outer = elementCount(x.dims.slice(0, axis));
  const inner = elementCount(x.dims.slice(axis + 1));
  const out = zeros(x.dtype, call.outputs[0]!.dims);
  const [from, to]: [Cells, Cells] = [x.data, out.data];
  const picked = rows(call, indices, size);
  let filled = 0;
  for (let i = 0; i < outer; i++) {
    for (const row of picked) {
      const start = (i * size + row) * inner;
      for (let j = 0; j < inner; j++) to[filled++] = from[start + j]!;
    }
  }
  return [out];
}

/**
 * dX = sum of the picked slices of dY, back at their rows: rows picked twice add up, rows never picked stay zero.
 * The axis is brought to the front, scattered, and brought back. ScatterND adds from opset 16 on; before, a one-hot
 * matrix product does the same.
 */
function gatherGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const [x, indices] = [namedAt(call, 0), namedAt(call, 1)];
  const axis = axisOf(call, x.dims.length);
  const lead = Array.from({ length: axis }, (_, i) => i);
  const picked = indices.dims.map((_, i) => axis + i);
  const tail = Array.from({ length: x.dims.length - axis - 1 }, (_, i) => i);
  const toFront = [...picked, ...lead, ...tail.map((i) => axis + picked.length + i)];
  const front = axis === 0 ? call.gradients[0]! : emit.node('Transpose', [call.gradients[0]!], { perm: ints(toFront) });
  const rest = [...x.dims.slice(0, axis), ...x.dims.slice(axis + 1)];
  const count = elementCount(indices.dims);
  const summed = scatterRows(call, x.dims[axis]!, rest, indices.name, count, front);
  if (axis === 0) return [summed, undefined];
  const back = [...lead.map((i) => i + 1), 0, ...tail.map((i) => axis + 1 + i)];
  return [emit.node('Transpose', [summed], { perm: ints(back) }), undefined];
}

function scatterRows(
  call: VjpCall,
  size: number,
  rest: number[],
  indices: string,
  count: number,
  gradient: string,
): string {
  const { emit } = call;
  const { dtype } = namedAt(call, 0);
  if (emit.opset >= 16) {
    const add = { reduction: { type: 'string', value: 'add' } } as const;
    const places = reshape(emit, indices, [count, 1]);
    const blank = emit.constant(zeros(dtype, [size, ...rest]));
    return emit.node('ScatterND', [blank, places, reshape(emit, gradient, [count, ...rest])], add);
  }
  const values = tensor('float64', [2], Float64Array.of(0, 1));
  const marks = dtype === 'float64' ? values : tensor('float32', [2], Float32Array.of(0, 1));
  const depth = emit.constant(int64List([size]));
  const oneHot = emit.node('OneHot', [reshape(emit, indices, [count]), depth, emit.constant(marks)]);
  const flat = reshape(emit, gradient, [count, elementCount(rest)]);
  return reshape(emit, emit.node('Gemm', [oneHot, flat], { transA: int(1) }), [size, ...rest]);
}

const gather: Op = {
  op: 'Gather',
  domain: '',
  since: 11,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { axis: 'int' },
  infer: (call) => {
    const [x, indices] = [typeAt(call, 0, ALL_TYPES), typeAt(call, 1, INDICES)];
    const axis = axisOf(call, x.dims.length);
    return [{ dtype: x.dtype, dims: [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)] }];
  },
  forward: gatherForward,
  vjp: gatherGradient,
};

/** Copies `data` and writes or adds `updates` at `offsets`. */
function scatter(call: ForwardCall, offsets: ArrayLike<number>): Tensor[] {
  const [data, updates] = [tensorAt(call, 0), tensorAt(call, 2)];
  const out = zeros(data.dtype, data.dims);
  const [base, from, to]: [Cells, Cells, Cells] = [data.data, updates.data, out.data];
  for (let i = 0; i < data.data.length; i++) to[i] = base[i]!;
  if (stringAttribute(call, 'reduction') !== 'add') {
    for (let i = 0; i < offsets.length; i++) to[offsets[i]!] = from[i]!;
    return [out];
  }
  const [addends, sums] = [numbers(call, updates), numbers(call, out)];
  for (let i = 0; i < offsets.length; i++) sums[offsets[i]!]! += addends[i]!;
  return [out];
}

function checkReduction(call: InferCall): void {
  const reduction = stringAttribute(call, 'reduction') ?? 'none';
  requireInput(call, ['none', 'add'].includes(reduction), `reduction ${JSON.stringify(reduction)} is not supported`);
  const types = reduction === 'add' ? FLOATS : ALL_TYPES;
  const [data, updates] = [typeAt(call, 0, types), typeAt(call, 2, types)];
  requireInput(call, data.dtype === updates.dtype, `element types differ: ${data.dtype} and ${updates.dtype}`);
}

/** `reduction` exists from opset 16 on. */
const scatterRow = (op: string, since: number, attributes: Op['attributes']) => ({
  op,
  domain: '',
  since,
  inputs: [3, 3] as const,
  outputs: [1, 1] as const,
  attributes: since < 16 ? attributes : { ...attributes, reduction: 'string' as const },
});

const scatterElements = (since: number): Op => ({
  ...scatterRow('ScatterElements', since, { axis: 'int' }),
  infer: (call) => {
    checkReduction(call);
    const [data, indices, updates] = [typeAt(call, 0, ALL_TYPES), typeAt(call, 1, INDICES), typeAt(call, 2, ALL_TYPES)];
    const axis = axisOf(call, data.dims.length);
    const same = String(indices.dims) === String(updates.dims) && indices.dims.length === data.dims.length;
    const inside = indices.dims.every((dim, i) => i === axis || dim <= data.dims[i]!);
    requireInput(
      call,
      same && inside,
      `indices [${indices.dims.join(', ')}] do not fit data [${data.dims.join(', ')}]`,
    );
    return [{ dtype: data.dtype, dims: data.dims }];
  },
  forward: (call) => {
    const [data, indices] = [tensorAt(call, 0), tensorAt(call, 1)];
    const axis = axisOf(call, data.dims.length);
    const strides = rowMajor(data.dims);
    const others = viewOffsets(
      indices.dims,
      strides.map((stride, i) => (i === axis ? 0 : stride)),
    );
    const at = rows(call, indices, data.dims[axis]!);
    return scatter(
      call,
      others.map((offset, i) => offset + at[i]! * strides[axis]!),
    );
  },
});

const scatterND = (since: number): Op => ({
  ...scatterRow('ScatterND', since, {}),
  infer: (call) => {
    checkReduction(call);
    const [data, indices, updates] = [
      typeAt(call, 0, ALL_TYPES),
      typeAt(call, 1, ['int64']),
      typeAt(call, 2, ALL_TYPES),
    ];
    const depth = indices.dims.at(-1) ?? 0;
    requireInput(call, depth >= 1 && depth <= data.dims.length, `indices name ${depth} of ${data.dims.length} axes`);
    const expected = [...indices.dims.slice(0, -1), ...data.dims.slice(depth)];
    const fits = String(expected) === String(updates.dims);
    requireInput(call, fits, `updates [${updates.dims.join(', ')}] must be [${expected.join(', ')}]`);
    return [{ dtype: data.dtype, dims: data.dims }];
  },
  forward: (call) => {
    const [data, indices] = [tensorAt(call, 0), tensorAt(call, 1)];
    const depth = indices.dims.at(-1)!;
    const strides = rowMajor(data.dims);
    const size = elementCount(data.dims.slice(depth));
    const places = elementCount(indices.dims.slice(0, -1));
    const offsets = new Uint32Array(places * size);
    for (let place = 0; place < places; place++) {
      let start = 0;
      for (let axis = 0; axis < depth; axis++) {
        const at = {
          ...indices,
          dims: [1],
          data: indices.data.slice(place * depth + axis, place * depth + axis + 1),
        } as Tensor;
        start += rows(call, at, data.dims[axis]!)[0]! * strides[axis]!;
      }
      for (let i = 0; i < size; i++) offsets[place * size + i] = start + i;
    }
    return scatter(call, offsets);
  },
});

/** `depth` decides the shape, so it must be a constant. Indices outside [-depth, depth) give a row of `off`. */
const oneHot: Op = {
  op: 'OneHot',
  domain: '',
  since: 11,
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { axis: 'int' },
  infer: (call) => {
    const indices = typeAt(call, 0, [...INDICES, ...FLOATS]);
    const { value, dims } = typeAt(call, 1, [...INDICES, ...FLOATS]);
    requireInput(call, value !== undefined && elementCount(dims) === 1, 'depth is not a constant scalar');
    const marks = typeAt(call, 2, ALL_TYPES);
    requireInput(call, String(marks.dims) === '2', 'values must be [off, on]');
    const depth = Number(value.data[0]);
    requireInput(call, Number.isSafeInteger(depth) && depth > 0, `depth ${depth} is not positive`);
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? -1, indices.dims.length + 1);
    return [{ dtype: marks.dtype, dims: [...indices.dims.slice(0, axis), depth, ...indices.dims.slice(axis)] }];
  },
  forward: (call) => {
    const [indices, marks] = [tensorAt(call, 0), tensorAt(call, 2)];
    const { dtype, dims } = call.outputs[0]!;
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? -1, dims.length);
    const depth = dims[axis]!;
    const inner = elementCount(dims.slice(axis + 1));
    const out = zeros(dtype, dims);
    const [to, mark]: [Cells, Cells] = [out.data, marks.data];
    for (let i = 0; i < out.data.length; i++) to[i] = mark[0]!;
    for (let i = 0; i < indices.data.length; i++) {
      const index = Number(indices.data[i]);
      if (index < -depth || index >= depth) continue;
      const at = index < 0 ? index + depth : index;
      to[(Math.floor(i / inner) * depth + at) * inner + (i % inner)] = mark[1]!;
    }
    return [out];
  },
  vjp: stopGradient,
};

export const GATHER: readonly Op[] = [
  gather,
  scatterElements(11),
  scatterElements(16),
  scatterND(11),
  scatterND(16),
  oneHot,
];
