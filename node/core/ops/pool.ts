import { int, ints } from '../onnx/build.ts';
import { DTYPES, type DType, elementCount, type Tensor, tensor, zeros } from '../tensor/tensor.ts';
import { int64List, keepWhere, reduceSum, reshape, scale } from './gradient.ts';
import type { InferCall, Op, VjpCall } from './op.ts';
import { FLOATS, intAttribute, namedAt, numbers, requireInput, tensorAt, typeAt } from './rule.ts';
import {
  coveredCells,
  explicitWindow,
  outputPadding,
  planes,
  refuseCeilMode,
  visitWindow,
  WINDOW_ATTRIBUTES,
  type Window,
  windowOf,
} from './window.ts';

type Call = Pick<InferCall, 'node' | 'opset'>;

/** Types and geometry of a pool over [N, C, H, W]. */
function pooled(call: InferCall, types: readonly DType[]) {
  const x = typeAt(call, 0, types);
  requireInput(call, x.dims.length === 4, `X has ${x.dims.length} axes, supported are 4`);
  const window = poolWindow(call, x.dims);
  return { dtype: x.dtype, dims: [...x.dims.slice(0, 2), ...window.output] };
}

/** Padding must be smaller than the window, so that every window covers at least one cell. */
function poolWindow(call: Call, dims: readonly number[]): Window {
  refuseCeilMode(call);
  const window = windowOf(call, dims.slice(2));
  const padded = [...window.before, ...window.after].some((pad, i) => pad >= window.kernel[i % 2]!);
  requireInput(call, !padded, 'its padding is not smaller than its window');
  return window;
}

/** Visits every window of every plane: `visit(output cell, first cell of the plane, row, column)`. */
function eachWindow(
  window: Window,
  x: Tensor,
  visit: (out: number, plane: number, row: number, column: number) => void,
): void {
  const size = x.dims[2]! * x.dims[3]!;
  const [rows, columns] = window.output;
  for (let plane = 0; plane < planes(x); plane++) {
    for (let cell = 0; cell < rows * columns; cell++) {
      visit(plane * rows * columns + cell, plane * size, Math.floor(cell / columns), cell % columns);
    }
  }
}

/** Maxima and where they are; the first cell wins a tie. Padding never wins. */
function maxForward(call: Parameters<Op['forward']>[0]): Tensor[] {
  const x = tensorAt(call, 0);
  const window = poolWindow(call, x.dims);
  const from = numbers(call, x);
  const { dtype, dims } = call.outputs[0]!;
  const out = zeros(dtype, dims);
  const places = new BigInt64Array(elementCount(dims));
  const to = numbers(call, out);
  eachWindow(window, x, (cell, plane, row, column) => {
    let best = -1;
    visitWindow(window, x.dims.slice(2), row, column, (pixel) => {
      if (best < 0 || from[plane + pixel]! > from[best]!) best = plane + pixel;
    });
    to[cell] = from[best]!;
    places[cell] = BigInt(best);
  });
  return call.node.outputs.length > 1 ? [out, tensor('int64', dims, places)] : [out];
}

/** Gradients go to the cells that won, and add up where windows overlap (MaxUnpool would overwrite: federated 5.2). */
function maxGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  requireInput(call, emit.opset >= 16, 'its gradient adds up scattered values, which needs opset 16');
  const x = namedAt(call, 0);
  const window = explicitWindow(poolWindow(call, x.dims));
  const places = call.outputs[1]?.name ?? emit.nodes(2, 'MaxPool', [x.name], window)[1]!;
  const blank = emit.constant(zeros(x.dtype, [elementCount(x.dims)]));
  const flat = (name: string) => reshape(emit, name, [-1]);
  const add = { axis: int(0), reduction: { type: 'string', value: 'add' } } as const;
  const summed = emit.node('ScatterElements', [blank, flat(places), flat(call.gradients[0]!)], add);
  return [reshape(emit, summed, x.dims)];
}

/** 8-bit integers joined in opset 12. */
const maxPool = (since: number): Op => ({
  op: 'MaxPool',
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 2],
  attributes: { ...WINDOW_ATTRIBUTES, ceil_mode: 'int', storage_order: 'int' },
  infer: (call) => {
    requireInput(call, (intAttribute(call, 'storage_order') ?? 0) === 0, 'storage_order is not supported');
    const type = pooled(call, since < 12 ? FLOATS : [...FLOATS, 'uint8', 'int8']);
    return call.node.outputs.length > 1 ? [type, { dtype: 'int64', dims: type.dims }] : [type];
  },
  work: (call, outputs) => elementCount(outputs[0]!.dims) * windowSize(poolWindow(call, call.inputs[0]!.dims)),
  forward: maxForward,
  ...(since < 12 ? {} : { vjp: maxGradient }),
});

const windowSize = ({ kernel }: Window): number => kernel[0] * kernel[1];

/** Cells that each window divides by. */
function divisors(call: Call, window: Window, spatial: readonly number[]): Float64Array {
  const counts = coveredCells(window, spatial);
  return (intAttribute(call, 'count_include_pad') ?? 0) === 0 ? counts : counts.fill(windowSize(window));
}

function averageForward(call: Parameters<Op['forward']>[0]): Tensor[] {
  const x = tensorAt(call, 0);
  const window = poolWindow(call, x.dims);
  const spatial = x.dims.slice(2);
  const [from, counts] = [numbers(call, x), divisors(call, window, spatial)];
  const out = zeros(x.dtype, call.outputs[0]!.dims);
  const to = numbers(call, out);
  eachWindow(window, x, (cell, plane, row, column) => {
    let sum = 0;
    visitWindow(window, spatial, row, column, (pixel) => {
      sum += from[plane + pixel]!;
    });
    to[cell] = sum / counts[cell % counts.length]!;
  });
  return [out];
}

/** Each gradient is divided by its count and spread over its window: a transposed convolution with ones per channel. */
function averageGradient(call: VjpCall): (string | undefined)[] {
  const { emit } = call;
  const x = namedAt(call, 0);
  const window = poolWindow(call, x.dims);
  const spatial = x.dims.slice(2);
  const typed = (dims: readonly number[], values: Float64Array): Tensor =>
    x.dtype === 'float64' ? tensor('float64', dims, values) : tensor('float32', dims, Float32Array.from(values));
  const counts = emit.constant(typed(window.output, divisors(call, window, spatial)));
  const channels = x.dims[1]!;
  const ones = typed([channels, 1, ...window.kernel], new Float64Array(channels * windowSize(window)).fill(1));
  const attributes = {
    ...explicitWindow(window),
    group: int(channels),
    output_padding: ints(outputPadding(window, spatial)),
  };
  return [
    emit.node('ConvTranspose', [emit.node('Div', [call.gradients[0]!, counts]), emit.constant(ones)], attributes),
  ];
}

const { dilations: _, ...UNDILATED } = WINDOW_ATTRIBUTES;

/** Dilations joined in opset 19. */
const averagePool = (since: number): Op => ({
  op: 'AveragePool',
  domain: '',
  since,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: { ...(since < 19 ? UNDILATED : WINDOW_ATTRIBUTES), ceil_mode: 'int', count_include_pad: 'int' },
  infer: (call) => [pooled(call, FLOATS)],
  work: (call, outputs) => elementCount(outputs[0]!.dims) * windowSize(poolWindow(call, call.inputs[0]!.dims)),
  forward: averageForward,
  vjp: averageGradient,
});

const globalAveragePool: Op = {
  op: 'GlobalAveragePool',
  domain: '',
  since: 1,
  inputs: [1, 1],
  outputs: [1, 1],
  attributes: {},
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, FLOATS);
    requireInput(call, dims.length > 2, `X has ${dims.length} axes, it needs spatial ones`);
    return [{ dtype, dims: dims.map((dim, axis) => (axis < 2 ? dim : 1)) }];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    const from = numbers(call, x);
    const out = zeros(x.dtype, call.outputs[0]!.dims);
    const to = numbers(call, out);
    const size = elementCount(x.dims.slice(2));
    for (let plane = 0; plane < to.length; plane++) {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += from[plane * size + i]!;
      to[plane] = sum / size;
    }
    return [out];
  },
  vjp: (call) => {
    const { emit } = call;
    const x = namedAt(call, 0);
    const share = scale(emit, call.gradients[0]!, x.dtype, 1 / elementCount(x.dims.slice(2)));
    return [emit.node('Expand', [share, emit.constant(int64List(x.dims))])];
  },
};

/** The gradient goes to the cells that are the maximum, ties share it evenly, as in ReduceMax. */
const globalMaxPool: Op = {
  ...globalAveragePool,
  op: 'GlobalMaxPool',
  forward: (call) => {
    const x = tensorAt(call, 0);
    const from = numbers(call, x);
    const out = zeros(x.dtype, call.outputs[0]!.dims);
    const to = numbers(call, out);
    const size = elementCount(x.dims.slice(2));
    for (let plane = 0; plane < to.length; plane++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < size; i++) most = Math.max(most, from[plane * size + i]!);
      to[plane] = most;
    }
    return [out];
  },
  vjp: (call) => {
    const { emit } = call;
    const x = namedAt(call, 0);
    const mask = emit.node('Equal', [x.name, call.outputs[0]!.name]);
    const axes = [...x.dims.keys()].slice(2);
    const ties = reduceSum(emit, emit.node('Cast', [mask], { to: int(DTYPES[x.dtype].onnx) }), axes, 1);
    return [keepWhere(emit, mask, emit.node('Div', [call.gradients[0]!, ties]), x)];
  },
};

export const POOL: readonly Op[] = [
  maxPool(11),
  maxPool(12),
  averagePool(11),
  averagePool(19),
  globalAveragePool,
  globalMaxPool,
];
