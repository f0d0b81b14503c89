import type { Attribute } from '../../../../node/core/onnx/model.ts';
import { elementCount, type Tensor } from '../../../../node/core/tensor/tensor.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { f32, graph, i64, model, node, t, values } from './graphs.ts';

/** One use of one operator: run in TypeScript and onnxruntime, and differentiated where it has a gradient. */
export interface OpCase {
  readonly name: string;
  readonly op: string;
  readonly opset: number;
  /** Values in the order of the node's inputs; null omits an optional one. */
  readonly inputs: readonly (Tensor | null)[];
  /** Inputs that are fed; the others are initializers (shapes, axes, indices). */
  readonly fed: readonly number[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
  /** onnxruntime has no kernel for it: compared in TypeScript only. */
  readonly local: boolean;
}

const rng = new Rng('ops|cases');
/** Floats of size 0.2 to 1.7 and either sign, no two equal: away from the kinks of Relu, Abs, Clip, Max. */
export function floats(...dims: number[]): Tensor {
  const count = elementCount(dims);
  const order = rng.permutation(count);
  const spread = Array.from(
    order,
    (place) => (0.2 + (1.5 * (place + rng.uniform() / 4)) / count) * (rng.uniform() < 0.5 ? -1 : 1),
  );
  return f32(dims, spread);
}
const positive = (...dims: number[]): Tensor => f32(dims, values(floats(...dims)).map(Math.abs));
const bools = (...dims: number[]): Tensor =>
  t(
    'bool',
    dims,
    values(floats(...dims)).map((x) => (x > 0 ? 1 : 0)),
  );
const scalar = (x: number): Tensor => f32([], [x]);
const list = (...values: number[]): Tensor => i64([values.length], values);
const bytes = (dtype: 'uint8' | 'int8', ...dims: number[]): Tensor =>
  t(
    dtype,
    dims,
    Array.from({ length: elementCount(dims) }, () => (rng.u32() % 256) - (dtype === 'int8' ? 128 : 0)),
  );

const int = (value: number): Attribute => ({ type: 'int', value });
const ints = (...value: number[]): Attribute => ({ type: 'ints', value });
const float = (value: number): Attribute => ({ type: 'float', value });
const text = (value: string): Attribute => ({ type: 'string', value });

interface Options extends Partial<Omit<OpCase, 'name' | 'op' | 'inputs'>> {
  readonly what?: string;
}

function use(op: string, inputs: readonly (Tensor | null)[], options: Options = {}): OpCase {
  const { what = '', opset = 17, attributes = {}, outputs = 1, local = false } = options;
  const isFloat = (value: Tensor | null) => value?.dtype === 'float32';
  const fed = options.fed ?? inputs.flatMap((value, index) => (isFloat(value) ? [index] : []));
  return {
    name: `${op} ${what} opset ${opset}`.replace('  ', ' '),
    op,
    opset,
    inputs,
    fed,
    attributes,
    outputs,
    local,
  };
}

const broadcasts: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['same shape', [2, 3], [2, 3]],
  ['row', [4, 3], [3]],
  ['column', [4, 1], [4, 3]],
  ['both', [2, 1, 3], [4, 1]],
  ['scalar', [2, 3], []],
];

const elementwise = ['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => [
  ...broadcasts.map(([what, a, b]) => use(op, [floats(...a), floats(...b)], { what })),
  use(op, [floats(3), floats(3)], { opset: 13 }),
]);

const unary = [
  ...['Neg', 'Abs', 'Sign', 'Relu', 'Exp', 'Tanh', 'Sigmoid', 'Erf'].map((op) => use(op, [floats(3, 4)])),
  ...['Log', 'Sqrt'].map((op) => use(op, [positive(3, 4)])),
  use('Relu', [floats(5)], { opset: 13 }),
  use('Erf', [f32([6], [-7, -4.5, -0.01, 0.02, 3.3, 6.5])], { what: 'far out' }),
  use('Sigmoid', [f32([4], [-40, -90, 30, 88])], { what: 'far out' }),
];

const activations = [
  ...['HardSigmoid', 'HardSwish', 'LeakyRelu', 'Elu'].map((op) => use(op, [floats(3, 4)])),
  use('HardSigmoid', [f32([5], [-4, -1, 0.5, 2, 3.5])], {
    what: 'of torch',
    attributes: { alpha: float(1 / 6), beta: float(0.5) },
  }),
  use('HardSwish', [f32([5], [-4, -1, 0.5, 2, 3.5])], { what: 'outside' }),
  use('LeakyRelu', [floats(5)], { opset: 13, attributes: { alpha: float(0.3) } }),
  use('Elu', [floats(5)], { what: 'alpha', attributes: { alpha: float(1.7) } }),
  ...['none', 'tanh'].flatMap((approximate) => [
    use('Gelu', [floats(3, 4)], { what: approximate, opset: 20, attributes: { approximate: text(approximate) } }),
    use('Gelu', [f32([4], [-9, -3, 3.5, 8])], {
      what: `${approximate} far out`,
      opset: 20,
      attributes: { approximate: text(approximate) },
    }),
  ]),
  use('Reciprocal', [floats(3, 4)]),
  use('Softplus', [floats(3, 4)]),
  use('Softplus', [f32([4], [-40, -15, 20, 60])], { what: 'far out' }),
  use('Dropout', [floats(3, 4)], { opset: 7, attributes: { ratio: float(0.5) } }),
  use('Dropout', [floats(3, 4)], { opset: 10, attributes: { ratio: float(0.5) } }),
  use('Dropout', [floats(3, 4), scalar(0.5)], { opset: 12, fed: [0], attributes: { seed: int(1) } }),
  use('Dropout', [floats(3, 4), scalar(0.5), t('bool', [], [0])], { what: 'with mask', fed: [0], outputs: 2 }),
];

const powers = [
  use('Pow', [positive(2, 3), floats(3)]),
  use('Pow', [floats(2, 3), scalar(2)], { what: 'square', fed: [0] }),
  ...[9, 12, 13].map((opset) => use('Pow', [positive(4), floats(4)], { opset })),
];

const normalisations = [
  ...[11, 14].map((opset) =>
    use('BatchNormalization', [floats(2, 3, 4, 2), floats(3), floats(3), floats(3), positive(3)], { opset }),
  ),
  use('BatchNormalization', [floats(5, 3), floats(3), floats(3), floats(3), positive(3)], {
    what: 'no space, epsilon',
    attributes: { epsilon: float(0.1), momentum: float(0.5) },
  }),
  use('LayerNormalization', [floats(2, 3, 8), floats(8), floats(8)]),
  use('LayerNormalization', [floats(2, 3, 4), floats(3, 4)], {
    what: 'two axes, no bias',
    attributes: { axis: int(1), epsilon: float(0.01) },
  }),
];

const splits = [
  use('Split', [floats(4, 6)], { what: 'equal', opset: 12, outputs: 3, attributes: { axis: int(1) } }),
  use('Split', [floats(4, 6)], { what: 'attribute', opset: 12, outputs: 2, attributes: { split: ints(1, 3) } }),
  use('Split', [floats(4, 6), list(2, 4)], { what: 'pieces', outputs: 2, attributes: { axis: int(-1) } }),
  use('Split', [floats(2, 6)], { what: 'equal', outputs: 2, attributes: { axis: int(1) } }),
  use('Split', [floats(7, 2)], { what: 'last is smaller', opset: 18, outputs: 3, attributes: { num_outputs: int(3) } }),
  use('Split', [floats(7, 2), list(0, 3, 4)], { what: 'one is empty', opset: 18, outputs: 3 }),
];

const paddings = [
  use('Pad', [floats(2, 3), list(1, 0, 2, 1)], { opset: 11 }),
  use('Pad', [floats(2, 3), list(0, 2, 1, 0), scalar(-1.5)], { what: 'value', fed: [0] }),
  use('Pad', [floats(2, 3, 2), list(1, 2), null, list(-1)], { what: 'one axis', opset: 18 }),
  use('Pad', [i64([2], [5, 6]), list(1, 1), i64([], [9])], { what: 'int64', fed: [0], opset: 13 }),
];

const linear = [
  use('MatMul', [floats(3, 4), floats(4, 5)]),
  use('MatMul', [floats(2, 3, 4), floats(2, 4, 2)], { what: 'batch' }),
  use('MatMul', [floats(2, 1, 3, 4), floats(5, 4, 2)], { what: 'broadcast batch' }),
  use('MatMul', [floats(2, 3, 4), floats(4, 2)], { what: 'shared right' }),
  use('MatMul', [floats(4), floats(4, 3)], { what: 'vector left' }),
  use('MatMul', [floats(3, 4), floats(4)], { what: 'vector right' }),
  use('MatMul', [floats(4), floats(4)], { what: 'vectors' }),
  use('MatMul', [floats(4), floats(3, 4, 2)], { what: 'vector left of a batch' }),
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB) =>
      use('Gemm', [transA ? floats(4, 3) : floats(3, 4), transB ? floats(5, 4) : floats(4, 5), floats(5)], {
        what: `${transA}${transB}`,
        attributes: { transA: int(transA), transB: int(transB), alpha: float(0.5), beta: float(2) },
      }),
    ),
  ),
  use('Gemm', [floats(3, 4), floats(4, 5)], { what: 'no bias' }),
  use('Gemm', [floats(3, 4), floats(4, 5), floats(3, 1)], { what: 'column bias' }),
  use('Gemm', [floats(3, 4), floats(4, 5), scalar(0.5)], { what: 'scalar bias', opset: 12 }),
];

const shapes = [
  use('Identity', [floats(2, 3)]),
  use('Flatten', [floats(2, 3, 4)]),
  use('Flatten', [floats(2, 3, 4)], { what: 'axis 0', attributes: { axis: int(0) } }),
  use('Flatten', [floats(2, 3, 4)], { what: 'axis -1', attributes: { axis: int(-1) }, opset: 13 }),
  use('Reshape', [floats(2, 3, 4), list(0, -1)], { what: 'copy and open' }),
  use('Reshape', [floats(2, 6), list(3, 4)], { opset: 13 }),
  use('Reshape', [floats(6), list(2, 3)], { what: 'allowzero', attributes: { allowzero: int(1) }, opset: 19 }),
  use('Squeeze', [floats(1, 3, 1), list(0)]),
  use('Squeeze', [floats(1, 3, 1)], { what: 'all' }),
  use('Squeeze', [floats(1, 3, 1)], { what: 'attribute', attributes: { axes: ints(-1) }, opset: 12 }),
  use('Unsqueeze', [floats(3, 2), list(0, -1)], { opset: 21 }),
  use('Unsqueeze', [floats(3, 2)], { what: 'attribute', attributes: { axes: ints(1) }, opset: 12 }),
  use('Shape', [floats(2, 3, 4)]),
  use('Shape', [floats(2, 3, 4)], { opset: 13 }),
  use('Shape', [floats(2, 3, 4)], { what: 'part', attributes: { start: int(-2), end: int(3) } }),
];

const softmaxes = ['Softmax', 'LogSoftmax'].flatMap((op) => [
  use(op, [floats(3, 4)]),
  use(op, [floats(2, 3, 4)], { what: 'axis 1', attributes: { axis: int(1) } }),
  use(op, [floats(2, 3, 2)], { what: 'coerced to two dimensions', opset: 12 }),
  use(op, [f32([2, 3], [1e4, 0, -1e4, -3e38, -3e38, -2e38])], { what: 'extreme rows' }),
]);

const reductions = ['ReduceSum', 'ReduceMean', 'ReduceMax'].flatMap((op) => {
  const late = op === 'ReduceSum' ? 13 : 18;
  return [
    use(op, [floats(2, 3, 4)], { what: 'all', opset: late }),
    use(op, [floats(2, 3, 4), list(0, -1)], { what: 'two axes', opset: late, attributes: { keepdims: int(0) } }),
    use(op, [floats(2, 3, 4), list(1)], { what: 'kept', opset: 18 }),
    use(op, [floats(2, 3), list()], { what: 'no axes', opset: 18, attributes: { noop_with_empty_axes: int(1) } }),
    use(op, [floats(2, 3, 4)], { what: 'attribute', opset: 12, attributes: { axes: ints(1), keepdims: int(0) } }),
  ];
});

const integerMaxima = [
  use('ReduceMax', [t('int32', [2, 3], [-5, -9, -7, 2147483647, 0, 1])], {
    what: 'int32',
    attributes: { axes: ints(1) },
  }),
];

const moves = [
  use('Transpose', [floats(2, 3, 4)]),
  use('Transpose', [floats(2, 3, 4)], { what: 'perm', attributes: { perm: ints(1, 2, 0) } }),
  use('Expand', [floats(3, 1), list(2, 1, 4)]),
  use('Tile', [floats(2, 3), list(2, 3)]),
  use('Tile', [floats(3), list(1)], { what: 'once' }),
  use('Concat', [floats(2, 3), floats(2, 1), floats(2, 2)], { attributes: { axis: int(-1) } }),
  use('Concat', [floats(2, 3), floats(1, 3)], { what: 'axis 0', attributes: { axis: int(0) } }),
  use('Slice', [floats(4, 5), list(1), list(3)]),
  use('Slice', [floats(4, 5), list(-1, 4), list(-5, -6), list(0, 1), list(-2, -1)], { what: 'backwards' }),
  use('Slice', [floats(4, 5), list(0), list(2 ** 40), list(-1), list(2)], { what: 'past the end' }),
  use('Slice', [floats(4, 5), list(3), list(1)], { what: 'empty' }),
];

const selections = [
  use('Where', [bools(2, 3), floats(2, 3), floats(2, 3)], { fed: [0, 1, 2] }),
  use('Where', [bools(2, 1), floats(3), scalar(2)], { what: 'broadcast', fed: [0, 1, 2] }),
  use('Gather', [floats(5, 3), list(4, 0, 4, -1)]),
  use('Gather', [floats(5, 3), i64([2, 2], [4, 0, 4, -1])], { what: 'opset 13', opset: 13 }),
  use('Gather', [floats(2, 4, 3), i64([2, 2], [3, 0, 0, 1])], { what: 'axis 1', attributes: { axis: int(1) } }),
  use('Gather', [floats(2, 4), i64([], [2])], { what: 'scalar', attributes: { axis: int(-1) } }),
  use('ScatterElements', [floats(3, 3), i64([1, 3], [2, 0, 1]), floats(1, 3)], { attributes: { axis: int(0) } }),
  use('ScatterElements', [floats(2, 3), i64([2, 1], [2, 0]), floats(2, 1)], {
    opset: 13,
    attributes: { axis: int(1) },
  }),
  use('ScatterND', [floats(3), i64([1, 1], [-1]), floats(1)], { opset: 13 }),
  use('ScatterElements', [floats(4), list(1, 1, -1), floats(3)], {
    what: 'add',
    attributes: { reduction: text('add') },
  }),
  use('ScatterND', [floats(4, 2), i64([2, 1], [3, 0]), floats(2, 2)]),
  use('ScatterND', [floats(2, 3), i64([3, 2], [0, 1, 0, 1, 1, -1]), floats(3)], {
    what: 'add',
    attributes: { reduction: text('add') },
  }),
  use('OneHot', [i64([4], [0, 2, -1, 5]), i64([], [3]), f32([2], [0, 1])], { fed: [0] }),
  use('OneHot', [i64([2, 2], [0, 1, 2, 3]), i64([1], [4]), f32([2], [-1, 2])], {
    what: 'axis 0',
    fed: [0],
    attributes: { axis: int(0) },
  }),
  ...['Min', 'Max'].flatMap((op) => [
    use(op, [floats(2, 3), floats(3), floats(2, 1)]),
    use(op, [floats(3)], { what: 'one', opset: 12 }),
    use(op, [i64([3], [1, -5, 7]), i64([3], [2, -6, 7])], { what: 'int64', fed: [0, 1] }),
  ]),
  use('Clip', [floats(3, 4), scalar(-0.8), scalar(0.9)], { fed: [0] }),
  use('Clip', [floats(5), null, scalar(0.5)], { what: 'upper only', fed: [0] }),
  use('Clip', [floats(5), scalar(0.5)], { what: 'lower only', fed: [0], opset: 11 }),
  use('Clip', [floats(5)], { what: 'unbounded', opset: 13 }),
  use('Clip', [i64([4], [-300, 0, 90, 400]), i64([], [-128]), i64([], [127])], { what: 'int64', fed: [0] }),
  use('Sum', [floats(2, 3), floats(3), floats(2, 1)]),
  use('Cast', [floats(4)], { what: 'float to double', attributes: { to: int(11) } }),
  use('Cast', [floats(4)], { what: 'float to double', opset: 19, attributes: { to: int(11) } }),
  use('Cast', [f32([4], [-2.7, 2.7, 100.4, 0])], { what: 'float to int', attributes: { to: int(6) } }),
  use('Cast', [i64([3], [300, -1, 128])], { what: 'drops high bits', fed: [0], attributes: { to: int(3) } }),
  use('Cast', [f32([3], [-1, 0, 2])], { what: 'to bool', opset: 19, attributes: { to: int(9), saturate: int(1) } }),
];

const comparisons = [
  ...['Greater', 'Less', 'GreaterOrEqual', 'LessOrEqual', 'Equal'].flatMap((op) => [
    use(op, [f32([4], [1, 2, 3, 0]), f32([4], [1, 3, 2, -0])], { fed: [0, 1] }),
    use(op, [i64([3], [1, 2, 3]), i64([1], [2])], { what: 'int64', fed: [0, 1] }),
  ]),
  ...['And', 'Or'].map((op) => use(op, [bools(5), bools(5)], { fed: [0, 1] })),
  use('Not', [bools(5)], { fed: [0] }),
];

const constants = [
  use('Constant', [], { attributes: { value: { type: 'tensor', value: f32([2], [1, 2]) } } }),
  use('Constant', [], { opset: 11, attributes: { value: { type: 'tensor', value: i64([1], [3]) } } }),
  use('Constant', [], { what: 'floats', attributes: { value_floats: { type: 'floats', value: [0.5, 1] } } }),
  use('Constant', [], { what: 'int', attributes: { value_int: int(7) } }),
  use('ConstantOfShape', [list(2, 3)]),
  use('Range', [i64([], [3]), i64([], [11]), i64([], [4])]),
  use('Range', [i64([], [3]), i64([], [-6]), i64([], [-3])], { what: 'backwards' }),
  use('ConstantOfShape', [list(2)], { what: 'value', attributes: { value: { type: 'tensor', value: i64([1], [9]) } } }),
];

const pads = (...value: number[]) => ({ pads: ints(...value) });
const images = [
  use('Conv', [floats(2, 2, 5, 4), floats(3, 2, 3, 3), floats(3)], { attributes: pads(1, 1, 1, 1) }),
  use('Conv', [floats(1, 4, 7, 6), floats(2, 2, 2, 3)], {
    what: 'groups, strides, dilations, odd pads',
    attributes: {
      ...pads(0, 2, 1, 1),
      strides: ints(2, 1),
      dilations: ints(1, 2),
      group: int(2),
      kernel_shape: ints(2, 3),
    },
  }),
  use('Conv', [floats(2, 3, 5, 5), floats(3, 1, 3, 3)], {
    what: 'depthwise',
    opset: 12,
    attributes: { group: int(3) },
  }),
  ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].map((mode) =>
    use('Conv', [floats(1, 1, 6, 5), floats(1, 1, 3, 2)], {
      what: mode,
      attributes: { auto_pad: text(mode), strides: ints(2, 2) },
    }),
  ),
  use('ConvTranspose', [floats(1, 4, 3, 3), floats(4, 2, 3, 3)], {
    attributes: { ...pads(1, 0, 1, 1), strides: ints(2, 2), group: int(2), output_padding: ints(1, 0) },
  }),
  use('MaxPool', [floats(2, 2, 6, 6)], { attributes: { kernel_shape: ints(2, 2), strides: ints(2, 2) } }),
  use('MaxPool', [floats(2, 2, 7, 6)], {
    what: 'overlapping with indices',
    outputs: 2,
    attributes: { kernel_shape: ints(3, 2), strides: ints(2, 1), ...pads(1, 1, 1, 0) },
  }),
  use('MaxPool', [floats(1, 2, 6, 6)], {
    what: 'same',
    attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), auto_pad: text('SAME_UPPER') },
  }),
  use('MaxPool', [floats(1, 1, 4, 4)], { what: 'float', opset: 11, attributes: { kernel_shape: ints(2, 2) } }),
  use('MaxPool', [bytes('uint8', 1, 2, 5, 5)], { what: 'uint8', fed: [0], attributes: { kernel_shape: ints(3, 3) } }),
  use('AveragePool', [floats(2, 3, 6, 5)], { attributes: { kernel_shape: ints(2, 3), strides: ints(2, 1) } }),
  use('AveragePool', [floats(1, 2, 5, 5)], {
    what: 'padding not counted',
    attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), ...pads(1, 1, 1, 1) },
  }),
  use('AveragePool', [floats(1, 2, 5, 6)], {
    what: 'padding counted',
    opset: 19,
    attributes: { kernel_shape: ints(3, 2), ...pads(1, 0, 1, 1), count_include_pad: int(1) },
  }),
  use('GlobalAveragePool', [floats(2, 3, 4, 5)]),
  use('GlobalMaxPool', [floats(2, 3, 4, 5)]),
];

const integers = [
  use(
    'ConvInteger',
    [bytes('uint8', 1, 2, 5, 5), bytes('uint8', 3, 2, 3, 3), t('uint8', [], [9]), t('uint8', [], [128])],
    {
      fed: [0],
      attributes: { ...pads(1, 1, 0, 1), strides: ints(2, 2) },
    },
  ),
  use('ConvInteger', [bytes('uint8', 1, 2, 4, 4), bytes('int8', 2, 1, 2, 2)], {
    what: 'groups',
    fed: [0],
    attributes: { group: int(2) },
  }),
  use('MatMulInteger', [bytes('uint8', 3, 8), bytes('int8', 8, 4)], { fed: [0, 1] }),
  use(
    'MatMulInteger',
    [bytes('uint8', 2, 3, 8), bytes('uint8', 8, 4), t('uint8', [], [7]), t('uint8', [4], [1, 2, 250, 4])],
    {
      what: 'zero points',
      fed: [0],
    },
  ),
  use('Add', [i64([3], [1, 2, 2 ** 52]), i64([1], [5])], { what: 'int64', fed: [0, 1] }),
  use('Mul', [t('int32', [3], [65536, -7, 2 ** 30]), t('int32', [3], [65536, 3, 3])], {
    what: 'int32 wraps',
    fed: [0, 1],
  }),
  use('Sub', [t('uint8', [2], [3, 200]), t('uint8', [2], [5, 100])], { what: 'uint8 wraps', fed: [0, 1] }),
  use('Div', [i64([4], [-7, 7, -8, 9]), i64([4], [2, -2, 4, 4])], { what: 'int64 truncates', fed: [0, 1] }),
  use('Div', [t('int32', [2], [-7, 7]), t('int32', [1], [2])], { what: 'int32 truncates', fed: [0, 1] }),
  use('ReduceSum', [i64([2, 2], [1, 2, 3, 4]), list(1)], { what: 'int64', fed: [0] }),
  use('ArgMax', [f32([2, 4], [1, 5, 5, 2, 7, 1, 7, 7])], { attributes: { axis: int(1) } }),
  use('ArgMax', [floats(2, 3)], { opset: 11 }),
  use('ArgMax', [f32([2, 4], [1, 5, 5, 2, 7, 1, 7, 7])], {
    what: 'last',
    attributes: { axis: int(-1), select_last_index: int(1), keepdims: int(0) },
  }),
  use('ArgMax', [t('int32', [3, 2], [1, 2, 3, 1, 3, 9])], {
    what: 'int32 axis 0',
    fed: [0],
    attributes: { axis: int(0) },
  }),
];

export const CASES: readonly OpCase[] = [
  ...elementwise,
  ...unary,
  ...activations,
  ...powers,
  ...normalisations,
  ...splits,
  ...paddings,
  ...linear,
  ...shapes,
  ...softmaxes,
  ...reductions,
  ...integerMaxima,
  ...moves,
  ...selections,
  ...comparisons,
  ...constants,
  ...images,
  ...integers,
];

/** The case as a model with inputs i0, i1 ... and outputs y0, y1 ... */
export function modelOf({ op, opset, inputs, fed, attributes, outputs }: OpCase) {
  const name = (index: number) => `i${index}`;
  const names = inputs.map((value, index) => (value === null ? '' : name(index)));
  const results = Array.from({ length: outputs }, (_, index) => `y${index}`);
  const fixed = inputs.flatMap((value, index) =>
    value === null || fed.includes(index) ? [] : [[name(index), value] as const],
  );
  const given = fed.map((index) => [name(index), inputs[index]!.dtype] as const);
  return model(
    graph([node(op, names, results, attributes)], Object.fromEntries(given), results, Object.fromEntries(fixed)),
    opset,
  );
}

export const feedsOf = ({ inputs, fed }: OpCase): Map<string, Tensor> =>
  new Map(fed.map((index) => [`i${index}`, inputs[index]!]));
