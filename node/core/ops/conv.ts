import { type DType, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { convGradient } from './convGradient.ts';
import { convolve, type Dims, geometry, groupsOf } from './convolve.ts';
import { centred } from './matmul.ts';
import type { ForwardCall, InferCall, Op, TensorType } from './op.ts';
import { FLOATS, intsAttribute, numbers, requireInput, stringAttribute, tensorAt, typeAt } from './rule.ts';
import { visitWindow, WINDOW_ATTRIBUTES, type Window, windowOf } from './window.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

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
  vjp: convGradient,
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
