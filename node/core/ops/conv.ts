import { int, ints } from '../onnx/build.ts';
import { type DType, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { int64List, reduceSum, reshape } from './gradient.ts';
import { centred } from './matmul.ts';
import type { Emit, ForwardCall, InferCall, NamedType, Op, TensorType, VjpCall } from './op.ts';
import {
  FLOATS,
  intAttribute,
  intsAttribute,
  namedAt,
  numbers,
  requireInput,
  stringAttribute,
  tensorAt,
  typeAt,
} from './rule.ts';
import { explicitWindow, outputPadding, visitWindow, WINDOW_ATTRIBUTES, type Window, windowOf } from './window.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;
type Dims = readonly number[];
const groupsOf = (call: Call): number => intAttribute(call, 'group') ?? 1;

/** Geometry of X [N, C, H, W] under W [M, C/groups, kh, kw], checked. */
function geometry(call: Call, x: Dims, w: Dims): Window {
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
function convolve(window: Window, groups: number, x: Operand, w: Operand, out: Plane): void {
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

/** dX is the transposed convolution; dW is computed in two ways, whichever is faster; checked over 630 geometries. */
function gradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const [x, w, b] = [namedAt(call, 0), namedAt(call, 1), call.inputs[2]];
  const g = call.gradients[0]!;
  const window = geometry(call, x.dims, w.dims);
  const group = { group: int(groupsOf(call)) };
  const padding = { output_padding: ints(outputPadding(window, x.dims.slice(2))) };
  const dX = () => emit.node('ConvTranspose', [g, w.name], { ...explicitWindow(window), ...group, ...padding });
  return [
    call.wanted[0] ? dX() : undefined,
    call.wanted[1] ? weightGradient(call, window, x, w) : undefined,
    ...(call.inputs.length > 2 ? [b && call.wanted[2] ? reduceSum(emit, g, [0, 2, 3], 0) : undefined] : []),
  ];
}

/** Where {@link unfoldedWeightGradient} is the faster one (by half, 16 to 32 channels over 8 x 8 in onnxruntime 1.30). */
const UNFOLDED = { channels: 4, taps: 25 } as const;

function weightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const taps = window.kernel[0] * window.kernel[1];
  const unfolded = groupsOf(call) === 1 && x.dims[1]! >= UNFOLDED.channels && taps <= UNFOLDED.taps;
  return unfolded ? unfoldedWeightGradient(call, window, x, w) : dilatedWeightGradient(call, window, x, w);
}

/** An image [N, C, H, W] with its channels last and its rows first, [H, W, N, C]: taps are then cut out in long runs. */
function rowsFirst(emit: Emit, name: string, [batch, channels, height, width]: Dims): string {
  const flat = emit.node('Flatten', [name], { axis: int(2) });
  return reshape(emit, emit.node('Transpose', [flat], { perm: ints([1, 0]) }), [height!, width!, batch!, channels!]);
}

/** dW as one product of matrices for each tap: the cells of X [Ho Wo N, C] that it meets, transposed, times dY [Ho Wo N, M]. */
function unfoldedWeightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const { emit } = call;
  const { kernel, strides, dilations, before, after, output } = window;
  const list = (values: Dims) => emit.constant(int64List(values));
  const image = rowsFirst(emit, x.name, x.dims);
  const padded = [...before, ...after].some((pad) => pad > 0);
  const wide = padded ? emit.node('Pad', [image, list([...before, 0, 0, ...after, 0, 0])]) : image;
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const starts = [Math.floor(tap / kernel[1]) * dilations[0], (tap % kernel[1]) * dilations[1]];
    const ends = starts.map((start, axis) => start + (output[axis]! - 1) * strides[axis]! + 1);
    return emit.node('Slice', [wide, list(starts), list(ends), list([0, 1]), list(strides)]);
  });
  const rows = output[0] * output[1] * x.dims[0]!;
  const [maps, channels] = [w.dims[0]!, w.dims[1]!];
  const gradient = reshape(emit, rowsFirst(emit, call.gradients[0]!, call.outputs[0]!.dims), [rows, maps]);
  const products = taps.map((tap) =>
    emit.node('Gemm', [reshape(emit, tap, [rows, channels]), gradient], { transA: int(1) }),
  );
  const all = reshape(emit, emit.node('Concat', products, { axis: int(0) }), [...kernel, channels, maps]);
  return emit.node('Transpose', [all], { perm: ints([3, 2, 0, 1]) });
}

/**
 * dW as a convolution of X with dY in which strides and dilations change places, batch and channels too, cut to the
 * kernel's size (federated 5.2).
 */
function dilatedWeightGradient(call: VjpCall, window: Window, x: NamedType, w: NamedType): string {
  const { emit } = call;
  const groups = groupsOf(call);
  const [batch, channels, ...spatial] = x.dims as [number, number, number, number];
  const split = reshape(emit, x.name, [batch, groups, channels / groups, ...spatial]);
  const turned = emit.node('Transpose', [split], { perm: ints([2, 1, 0, 3, 4]) });
  const swapped: Window = { ...window, kernel: window.output, strides: window.dilations, dilations: window.strides };
  const wide = emit.node(
    'Conv',
    [
      reshape(emit, turned, [channels / groups, groups * batch, ...spatial]),
      emit.node('Transpose', [call.gradients[0]!], { perm: ints([1, 0, 2, 3]) }),
    ],
    { ...explicitWindow(swapped), group: int(groups) },
  );
  const list = (values: Dims) => emit.constant(int64List(values));
  const cut = emit.node('Slice', [wide, list([0, 0]), list(w.dims.slice(2)), list([2, 3])]);
  return emit.node('Transpose', [cut], { perm: ints([1, 0, 2, 3]) });
}

const work = (call: InferCall, outputs: readonly TensorType[]): number =>
  elementCount(outputs[0]!.dims) * elementCount(call.inputs[1]!.dims.slice(1));

const ATTRIBUTES: Op['attributes'] = { ...WINDOW_ATTRIBUTES, group: 'int' };

const outputDims = (call: Call, x: Dims, w: Dims): number[] => [x[0]!, w[0]!, ...geometry(call, x, w).output];

const conv: Op = {
  op: 'Conv',
  domain: '',
  since: 11,
  inputs: [2, 3],
  outputs: [1, 1],
  attributes: ATTRIBUTES,
  infer: (call) => {
    const [x, w] = [typeAt(call, 0, FLOATS), typeAt(call, 1, FLOATS)];
    requireInput(call, x.dtype === w.dtype, `element types differ: ${x.dtype} and ${w.dtype}`);
    const dims = outputDims(call, x.dims, w.dims);
    if (call.inputs[2] !== undefined) {
      const b = typeAt(call, 2, [x.dtype]);
      requireInput(call, String(b.dims) === String(w.dims[0]), `B of shape [${b.dims.join(', ')}] is not one per map`);
    }
    return [{ dtype: x.dtype, dims }];
  },
  work,
  forward: (call) => {
    const [x, w, b] = [tensorAt(call, 0), tensorAt(call, 1), call.inputs[2]];
    const { dtype, dims } = call.outputs[0]!;
    const sums = new Float64Array(elementCount(dims));
    const image = { dims: x.dims, data: numbers(call, x) };
    convolve(geometry(call, x.dims, w.dims), groupsOf(call), image, { dims: w.dims, data: numbers(call, w) }, sums);
    const size = dims[2]! * dims[3]!;
    const bias = b && numbers(call, b);
    const out = zeros(dtype, dims);
    const to = numbers(call, out);
    for (let start = 0; start < to.length; start += size) {
      const shift = bias?.[(start / size) % bias.length] ?? 0;
      for (let i = start; i < start + size; i++) to[i] = sums[i]! + shift;
    }
    return [out];
  },
  vjp: gradient,
};

const BYTES: readonly DType[] = ['uint8', 'int8'];

/** Padding counts as the zero point, i.e. as nothing; zero points are scalars (onnxruntime takes no others). */
const convInteger: Op = {
  op: 'ConvInteger',
  domain: '',
  since: 10,
  inputs: [2, 4],
  outputs: [1, 1],
  attributes: ATTRIBUTES,
  infer: (call) => {
    const operands = [typeAt(call, 0, BYTES), typeAt(call, 1, BYTES)];
    operands.forEach(({ dtype }, index) => {
      if (call.inputs[index + 2] === undefined) return;
      const { dims } = typeAt(call, index + 2, [dtype]);
      requireInput(
        call,
        dims.length <= 1 && elementCount(dims) === 1,
        `zero point ${index} has shape [${dims.join(', ')}]`,
      );
    });
    return [{ dtype: 'int32', dims: outputDims(call, operands[0]!.dims, operands[1]!.dims) }];
  },
  work,
  forward: (call) => {
    const [x, w] = [tensorAt(call, 0), tensorAt(call, 1)];
    const out = zeros('int32', call.outputs[0]!.dims);
    const image = { dims: x.dims, data: centred(call, x, call.inputs[2]) };
    const weights = { dims: w.dims, data: centred(call, w, call.inputs[3]) };
    convolve(geometry(call, x.dims, w.dims), groupsOf(call), image, weights, out.data);
    return [out];
  },
};

/** Geometry of the convolution that a ConvTranspose transposes: its image is the output. */
function transposed(call: Call, g: Dims, w: Dims): { window: Window; dims: number[] } {
  requireInput(call, g.length === 4 && w.length === 4, `X has ${g.length} axes and W ${w.length}, supported are 4`);
  requireInput(call, (stringAttribute(call, 'auto_pad') ?? 'NOTSET') === 'NOTSET', 'auto_pad is not supported');
  const groups = groupsOf(call);
  requireInput(call, g[1] === w[0] && w[0]! % groups === 0, `${g[1]} channels do not fit weights [${w.join(', ')}]`);
  const extra = intsAttribute(call, 'output_padding') ?? [0, 0];
  const strides = intsAttribute(call, 'strides') ?? [1, 1];
  const dilations = intsAttribute(call, 'dilations') ?? [1, 1];
  const pads = intsAttribute(call, 'pads') ?? [0, 0, 0, 0];
  const paired = [extra, strides, dilations].every((list) => list.length === 2) && pads.length === 4;
  requireInput(call, paired && extra.every((pad) => pad >= 0), 'strides, dilations and output_padding need two values');
  const spatial = [0, 1].map(
    (i) => (g[i + 2]! - 1) * strides[i]! - pads[i]! - pads[i + 2]! + dilations[i]! * (w[i + 2]! - 1) + 1 + extra[i]!,
  );
  const window = windowOf(call, spatial, [w[2]!, w[3]!]);
  const same = String(window.output) === String(g.slice(2));
  requireInput(call, same, `output_padding [${extra.join(', ')}] does not fit strides [${strides.join(', ')}]`);
  return { window, dims: [g[0]!, w[1]! * groups, ...spatial] };
}

/** Gradients of Conv and AveragePool use it; it has no gradient of its own. Bias and output_shape are refused. */
const convTranspose: Op = {
  op: 'ConvTranspose',
  domain: '',
  since: 11,
  inputs: [2, 2],
  outputs: [1, 1],
  attributes: { ...ATTRIBUTES, output_padding: 'ints' },
  infer: (call) => {
    const [g, w] = [typeAt(call, 0, FLOATS), typeAt(call, 1, FLOATS)];
    requireInput(call, g.dtype === w.dtype, `element types differ: ${g.dtype} and ${w.dtype}`);
    return [{ dtype: g.dtype, dims: transposed(call, g.dims, w.dims).dims }];
  },
  work: (call) => elementCount(call.inputs[0]!.dims) * elementCount(call.inputs[1]!.dims.slice(1)),
  forward: (call) => [transposeForward(call, tensorAt(call, 0), tensorAt(call, 1))],
};

function transposeForward(call: ForwardCall, g: Tensor, w: Tensor): Tensor {
  const { window, dims } = transposed(call, g.dims, w.dims);
  const [, channels, height, width] = dims as [number, number, number, number];
  const [maps, depth] = w.dims as [number, number];
  const [rows, columns] = window.output;
  const taps = window.kernel[0] * window.kernel[1];
  const [from, weights] = [numbers(call, g), numbers(call, w)];
  const sums = new Float64Array(elementCount(dims));
  for (let i = 0; i < from.length; i++) {
    const cell = i % (rows * columns);
    const m = Math.floor(i / (rows * columns)) % maps;
    const n = Math.floor(i / (rows * columns * maps));
    const first = n * channels + Math.floor((m * groupsOf(call)) / maps) * depth;
    for (let c = 0; c < depth; c++) {
      const [plane, kernel] = [(first + c) * height * width, (m * depth + c) * taps];
      visitWindow(window, [height, width], Math.floor(cell / columns), cell % columns, (pixel, tap) => {
        sums[plane + pixel]! += from[i]! * weights[kernel + tap]!;
      });
    }
  }
  const out = zeros(g.dtype, dims);
  numbers(call, out).set(sums);
  return out;
}

export const CONV: readonly Op[] = [conv, convInteger, convTranspose];
