import { type GraphBuilder, graphBuilder, ints } from '../../node/core/onnx/build.ts';
import type { Model } from '../../node/core/onnx/model.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { Seeded } from './seeded.ts';

const random = new Seeded(950);
export const normals = (...dims: number[]): Tensor<'float32'> =>
  tensor(
    'float32',
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()),
  );
export const shape = (...dims: number[]): Tensor => tensor('int64', [dims.length], BigInt64Array.from(dims, BigInt));

export type Body = (g: GraphBuilder, x: string, c: (value: Tensor) => string) => string;
export function model(dims: readonly (number | string)[], body: Body, opset = 17): Model {
  const g = graphBuilder('m', { opset });
  const x = g.input('x', 'float32', dims);
  g.output(
    body(g, x, (value) => g.constant('c', value)),
    'float32',
    null,
    'y',
  );
  return g.model();
}
export const scalar = (value: number): Tensor => tensor('float32', [], Float32Array.of(value));

export const image = (body: Body, ...dims: number[]): Model => model(['N', ...dims], body);
const some = (low: number, ...dims: number[]): Tensor<'float32'> =>
  tensor(
    'float32',
    dims,
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => low + random.unit()),
  );
/** gamma, beta, mean and variance of a batch normalisation. */
const statistics = (c: (value: Tensor) => string, channels: number): string[] => [
  c(normals(channels)),
  c(normals(channels)),
  c(normals(channels)),
  c(some(0.5, channels)),
];
const conv = (
  g: GraphBuilder,
  x: string,
  c: (value: Tensor) => string,
  dims: readonly number[],
  attributes: Parameters<GraphBuilder['node']>[2] = {},
): string => g.node('Conv', [x, c(normals(...dims)), c(normals(dims[0]!))], attributes);
/** (x - mean) / sqrt(variance + eps) as exporters write it out. */
function writtenNorm(g: GraphBuilder, x: string, c: (value: Tensor) => string, form: 'div' | 'mul'): string {
  const mean = (value: string): string => g.node('ReduceMean', [value], { axes: ints([-1]) });
  const d = g.node('Sub', [x, mean(x)]);
  const square = form === 'div' ? g.node('Pow', [d, c(scalar(2))]) : g.node('Mul', [d, d]);
  const root = g.node('Sqrt', [g.node('Add', [mean(square), c(scalar(1e-5))])]);
  return form === 'div' ? g.node('Div', [d, root]) : g.node('Mul', [d, g.node('Reciprocal', [root])]);
}
const heads = (g: GraphBuilder, x: string, c: (value: Tensor) => string, perm: readonly number[]): string =>
  g.node('Transpose', [g.node('Reshape', [x, c(shape(0, 5, 2, 3))])], { perm: ints(perm) });
export const project = (g: GraphBuilder, x: string, c: (value: Tensor) => string, k: number, n: number): string =>
  g.node('Add', [g.node('MatMul', [x, c(normals(k, n))]), c(normals(n))]);

/** [.., L, K] as [.., K, L]. */
const turnedTokens = (g: GraphBuilder, x: string): string => g.node('Transpose', [x], { perm: ints([0, 2, 1]) });
/** 0 where a token may look, `never` at the tokens behind it. */
const causal = (length: number, never: number): Tensor =>
  tensor(
    'float32',
    [length, length],
    Float32Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? never : 0)),
  );

/** One case per rule or composition: the model, and the operators that are left of it. */
export const FLOAT_GRAPHS: Readonly<Record<string, readonly [Model, string]>> = {
  'Conv with padding': [
    image((g, x, c) => conv(g, x, c, [4, 3, 3, 3], { pads: [1, 1, 1, 1] }), 3, 5, 6),
    'gather conv gather',
  ],
  'Conv on one channel': [image((g, x, c) => conv(g, x, c, [1, 1, 3, 2], { pads: [1, 0, 2, 1] }), 1, 5, 6), 'conv'],
  'Conv with strides and groups': [
    image((g, x, c) => conv(g, x, c, [4, 1, 3, 3], { group: 2, strides: [2, 1], auto_pad: 'SAME_UPPER' }), 2, 5, 6),
    'gather conv gather',
  ],
  'depthwise and dilated Conv': [
    image((g, x, c) => conv(g, x, c, [3, 1, 2, 2], { group: 3, dilations: [2, 1], auto_pad: 'SAME_LOWER' }), 3, 6, 6),
    'gather conv gather',
  ],
  'Conv, BatchNormalization, Relu': [
    image(
      (g, x, c) => {
        const h = g.node('BatchNormalization', [conv(g, x, c, [2, 1, 3, 3]), ...statistics(c, 2)]);
        return g.node('Flatten', [g.node('GlobalAveragePool', [g.node('Relu', [h])])]);
      },
      1,
      5,
      5,
    ),
    'conv avgPool',
  ],
  'BatchNormalization in front of Conv': [
    image(
      (g, x, c) => {
        const h = g.node('BatchNormalization', [g.node('Relu', [conv(g, x, c, [2, 1, 3, 3])]), ...statistics(c, 2)]);
        return g.node('Flatten', [g.node('ReduceMax', [conv(g, h, c, [3, 2, 2, 2])], { axes: ints([2, 3]) })]);
      },
      1,
      5,
      5,
    ),
    'conv conv maxPool',
  ],
  'BatchNormalization that folds nowhere': [
    image(
      (g, x, c) => {
        const h = g.node('BatchNormalization', [g.node('Relu', [conv(g, x, c, [2, 1, 3, 3])]), ...statistics(c, 2)]);
        return g.node('Flatten', [g.node('ReduceMean', [g.node('Relu', [h])], { axes: ints([2, 3]) })]);
      },
      1,
      5,
      5,
    ),
    'conv conv avgPool',
  ],
  'BatchNormalization of features': [
    model(['N', 6], (g, x, c) =>
      g.node('BatchNormalization', [g.node('MatMul', [x, c(normals(6, 4))]), ...statistics(c, 4)]),
    ),
    'dense',
  ],
  'MaxPool, then Relu, which goes in front': [
    image(
      (g, x, c) => {
        const pooled = g.node('MaxPool', [conv(g, x, c, [2, 1, 3, 3])], { kernel_shape: [2, 2], strides: [2, 2] });
        return g.node('MatMul', [g.node('Flatten', [g.node('Relu', [pooled])]), c(normals(8, 3))]);
      },
      1,
      6,
      6,
    ),
    'conv maxPool dense',
  ],
  'AveragePool that counts its padding': [
    image(
      (g, x) => g.node('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
      1,
      4,
      5,
    ),
    'avgPool',
  ],
  'AveragePool that does not': [
    image((g, x) => g.node('AveragePool', [x], { kernel_shape: [3, 2], pads: [1, 1, 1, 0], strides: [2, 2] }), 1, 4, 5),
    'avgPool conv',
  ],
  'AveragePool without padding': [
    image((g, x) => g.node('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] }), 1, 4, 6),
    'avgPool',
  ],
  'reductions of images': [
    image(
      (g, x, c) => {
        const h = g.node('Relu', [conv(g, x, c, [3, 1, 2, 2])]);
        const [mean, max] = ['ReduceMean', 'ReduceMax'].map((op) =>
          g.node(op, [h], { axes: ints([-1, 2]), keepdims: 0 }),
        );
        const sum = g.node('ReduceSum', [h, c(shape(2, 3))], { keepdims: 0 });
        return g.node('Concat', [mean!, max!, sum], { axis: 1 });
      },
      1,
      4,
      4,
    ),
    'conv avgPool maxPool concat avgPool concat',
  ],
  'a residual block': [
    image(
      (g, x, c) => {
        const h = g.node('Relu', [conv(g, x, c, [2, 1, 3, 3], { pads: [1, 1, 1, 1] })]);
        const branch = conv(g, h, c, [2, 2, 3, 3], { pads: [1, 1, 1, 1] });
        return g.node('GlobalAveragePool', [g.node('Relu', [g.node('Add', [h, branch])])]);
      },
      1,
      4,
      4,
    ),
    'conv conv add avgPool',
  ],
  'the difference of two layers, scaled': [
    model(['N', 6], (g, x, c) => {
      const d = g.node('Sub', [project(g, x, c, 6, 3), g.node('Relu', [project(g, x, c, 6, 3)])]);
      return g.node('Add', [g.node('Mul', [d, c(scalar(-0.5))]), c(scalar(2))]);
    }),
    'dense dense add',
  ],
  'Concat of channels, flattened': [
    image(
      (g, x, c) => {
        const [a, b] = [conv(g, x, c, [2, 1, 3, 3]), conv(g, x, c, [3, 1, 3, 3])];
        const joined = g.node('Concat', [a, g.node('Tanh', [b])], { axis: 1 });
        return g.node('MatMul', [g.node('Flatten', [joined]), c(normals(20, 3))]);
      },
      1,
      4,
      4,
    ),
    'conv conv pointwise concat dense',
  ],
  'Pad between convolutions': [
    image(
      (g, x, c) => {
        const padded = g.node('Pad', [conv(g, x, c, [2, 1, 2, 2]), c(shape(0, 0, 1, 0, 0, 0, 0, 2))]);
        return g.node('GlobalAveragePool', [padded]);
      },
      1,
      4,
      4,
    ),
    'conv conv avgPool',
  ],
  'normalised pixels in front of padding': [
    image(
      (g, x, c) => {
        const normal = g.node('Div', [g.node('Sub', [x, c(scalar(0.4))]), c(scalar(0.2))]);
        return g.node('GlobalAveragePool', [conv(g, normal, c, [2, 1, 3, 3], { pads: [1, 1, 1, 1] })]);
      },
      1,
      4,
      4,
    ),
    'conv avgPool',
  ],
  'normalised channels in front of padding': [
    image(
      (g, x, c) => {
        const normal = g.node('Div', [g.node('Sub', [x, c(normals(2, 1, 1))]), c(some(1, 2, 1, 1))]);
        return g.node('GlobalAveragePool', [conv(g, normal, c, [2, 2, 3, 3], { pads: [1, 1, 1, 1] })]);
      },
      2,
      4,
      4,
    ),
    'gather conv avgPool',
  ],
  'x * sigmoid(x)': [
    model(['N', 6], (g, x, c) => {
      const h = project(g, x, c, 6, 4);
      return project(g, g.node('Mul', [h, g.node('Sigmoid', [h])]), c, 4, 2);
    }),
    'dense pointwise dense',
  ],
  'GELU by erf, written out': [
    model(['N', 6], (g, x, c) => {
      const h = project(g, x, c, 6, 4);
      const erf = g.node('Erf', [g.node('Div', [h, c(scalar(Math.SQRT2))])]);
      const product = g.node('Mul', [h, g.node('Add', [erf, c(scalar(1))])]);
      return project(g, g.node('Mul', [product, c(scalar(0.5))]), c, 4, 2);
    }),
    'dense pointwise dense',
  ],
  'GELU by tanh, written out': [
    model(['N', 6], (g, x, c) => {
      const h = project(g, x, c, 6, 4);
      const cube = g.node('Mul', [g.node('Pow', [h, c(scalar(3))]), c(scalar(0.044715))]);
      const inner = g.node('Mul', [g.node('Add', [h, cube]), c(scalar(Math.sqrt(2 / Math.PI)))]);
      const outer = g.node('Add', [g.node('Tanh', [inner]), c(scalar(1))]);
      return project(g, g.node('Mul', [g.node('Mul', [h, c(scalar(0.5))]), outer]), c, 4, 2);
    }),
    'dense pointwise dense',
  ],
  ...Object.fromEntries(
    [
      ['Sigmoid'],
      ['Tanh'],
      ['HardSwish'],
      ['HardSigmoid', { alpha: 0.3, beta: 0.4 }],
      ['LeakyRelu', { alpha: 0.2 }],
      ['Elu', { alpha: 0.7 }],
      ['Erf'],
      ['Exp'],
      ['Abs'],
      ['Neg'],
      ['Sign'],
    ].map(([op, attributes = {}]) => [
      `${op}`,
      [
        model(['N', 6], (g, x, c) =>
          project(g, g.node(op as string, [project(g, x, c, 6, 4)], attributes as Record<string, number>), c, 4, 2),
        ),
        op === 'Neg' ? 'dense dense' : 'dense pointwise dense',
      ] as const,
    ]),
  ),
  'Gelu, both ways': [
    model(
      ['N', 6],
      (g, x, c) => {
        const h = g.node('Gelu', [project(g, x, c, 6, 4)]);
        return project(g, g.node('Gelu', [project(g, h, c, 4, 3)], { approximate: 'tanh' }), c, 3, 2);
      },
      20,
    ),
    'dense pointwise dense pointwise dense',
  ],
  'Relu on the input': [model(['N', 6], (g, x, c) => project(g, g.node('Relu', [x]), c, 6, 2)), 'pointwise dense'],
  'Relu after scaling after Relu': [
    model(['N', 6], (g, x, c) => {
      const h = g.node('Mul', [g.node('Relu', [project(g, x, c, 6, 4)]), c(scalar(-2))]);
      return g.node('Relu', [g.node('Add', [h, c(scalar(1))])]);
    }),
    'dense pointwise',
  ],
  'a constant divided by the value': [
    model(['N', 6], (g, x, c) =>
      project(g, g.node('Div', [c(scalar(1)), g.node('Exp', [project(g, x, c, 6, 4)])]), c, 4, 2),
    ),
    'dense pointwise dense',
  ],
  'Identity and an unused branch': [
    model(['N', 6], (g, x, c) => {
      g.node('Sigmoid', [project(g, x, c, 6, 4)]);
      return project(g, g.node('Identity', [x]), c, 6, 4);
    }),
    'dense',
  ],
  'tokens with positions': [
    image(
      (g, x, c) => {
        const tokens = g.node('Add', [project(g, x, c, 4, 6), c(normals(5, 6))]);
        return project(g, g.node('ReduceMean', [g.node('Relu', [tokens])], { axes: ints([1]), keepdims: 0 }), c, 6, 2);
      },
      5,
      4,
    ),
    'dense addConstant avgPool dense',
  ],
  LayerNormalization: [
    image((g, x, c) => g.node('LayerNormalization', [project(g, x, c, 4, 6), c(normals(6)), c(normals(6))]), 5, 4),
    'dense layerNorm',
  ],
  'LayerNormalization of channels': [
    image(
      (g, x, c) => {
        const h = g.node('Transpose', [conv(g, x, c, [6, 1, 2, 2])], { perm: ints([0, 2, 3, 1]) });
        return g.node('LayerNormalization', [h, c(normals(6))], { epsilon: 0.01 });
      },
      1,
      4,
      4,
    ),
    'conv layerNorm',
  ],
  'LayerNormalization over two axes': [
    image(
      (g, x, c) => {
        const h = conv(g, x, c, [2, 1, 2, 2]);
        return g.node('LayerNormalization', [h, c(normals(2, 3, 3)), c(normals(2, 3, 3))], { axis: 1 });
      },
      1,
      4,
      4,
    ),
    'conv layerNorm gather',
  ],
  'LayerNormalization, written out': [
    image(
      (g, x, c) => {
        const h = writtenNorm(g, project(g, x, c, 4, 6), c, 'div');
        return g.node('Add', [g.node('Mul', [h, c(normals(6))]), c(normals(6))]);
      },
      5,
      4,
    ),
    'dense layerNorm',
  ],
  'LayerNormalization by a reciprocal': [
    image((g, x, c) => writtenNorm(g, g.node('Add', [x, project(g, x, c, 4, 4)]), c, 'mul'), 5, 4),
    'dense add layerNorm',
  ],
  'a mean that is only a mean': [
    image((g, x) => g.node('ReduceMean', [x], { axes: ints([-1]) }), 5, 4),
    'gather avgPool',
  ],
  attention: [
    image(
      (g, x, c) => {
        const [q, k, v] = [0, 1, 2].map(() => project(g, x, c, 4, 6));
        const scores = g.node('MatMul', [heads(g, q!, c, [0, 2, 1, 3]), heads(g, k!, c, [0, 2, 3, 1])]);
        const weights = g.node('Softmax', [g.node('Mul', [scores, c(scalar(0.577))])]);
        const mixed = g.node('MatMul', [weights, heads(g, v!, c, [0, 2, 1, 3])]);
        const joined = g.node('Reshape', [
          g.node('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) }),
          c(shape(0, 5, 6)),
        ]);
        return project(g, joined, c, 6, 4);
      },
      5,
      4,
    ),
    'dense dense matmul softmax dense gather matmul gather dense',
  ],
  'attention with one projection, split': [
    image(
      (g, x, c) => {
        const whole = project(g, x, c, 4, 18);
        const parts = g.nodes(3, 'Split', [whole, c(shape(6, 6, 6))], { axis: -1 });
        const [q, k, v] = parts.map((part, at) => heads(g, part, c, at === 1 ? [0, 2, 3, 1] : [0, 2, 1, 3]));
        const root = c(scalar(0.76));
        const scores = g.node('MatMul', [g.node('Mul', [q!, root]), g.node('Mul', [k!, root])]);
        const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: 3 }), v!]);
        const joined = g.node('Reshape', [
          g.node('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) }),
          c(shape(0, 0, 6)),
        ]);
        return project(g, joined, c, 6, 4);
      },
      5,
      4,
    ),
    'dense dense matmul softmax dense gather matmul gather dense',
  ],
  'attention of a batch of 1': [
    model([1, 5, 4], (g, x, c) => {
      const whole = g.node('Reshape', [project(g, x, c, 4, 18), c(shape(1, 5, 3, 2, 3))]);
      const turned = g.node('Transpose', [whole], { perm: ints([2, 0, 3, 1, 4]) });
      const parts = g.nodes(3, 'Split', [turned, c(shape(1, 1, 1))], { axis: 0 });
      const [q, k, v] = parts.map((part) => g.node('Squeeze', [part, c(shape(0))]));
      const scores = g.node('MatMul', [q!, g.node('Transpose', [k!], { perm: ints([0, 1, 3, 2]) })]);
      const mixed = g.node('Squeeze', [g.node('MatMul', [g.node('Softmax', [scores]), v!]), c(shape(0))]);
      const joined = g.node('Reshape', [g.node('Transpose', [mixed], { perm: ints([1, 0, 2]) }), c(shape(5, 6))]);
      const out = g.node('Gemm', [joined, c(normals(6, 4)), c(normals(4))]);
      return g.node('Add', [x, g.node('Reshape', [out, c(shape(1, 5, 4))])]);
    }),
    'dense dense matmul softmax dense gather matmul gather dense add',
  ],
  'heads beside the batch, tokens first': [
    image(
      (g, x, c) => {
        const tokens = project(g, g.node('Transpose', [x], { perm: ints([1, 0, 2]) }), c, 4, 6);
        const rows = g.node('Mul', [g.node('Slice', [g.node('Shape', [x]), c(shape(0)), c(shape(1))]), c(shape(2))]);
        const target = g.node('Concat', [c(shape(5)), rows, c(shape(3))], { axis: 0 });
        const heads = g.node('Transpose', [g.node('Reshape', [tokens, target])], { perm: ints([1, 0, 2]) });
        const scores = g.node('MatMul', [heads, g.node('Transpose', [heads], { perm: ints([0, 2, 1]) })]);
        const mixed = g.node('Transpose', [g.node('MatMul', [g.node('Softmax', [scores]), heads])], {
          perm: ints([1, 0, 2]),
        });
        const flat = g.node('Gemm', [g.node('Reshape', [mixed, c(shape(-1, 6))]), c(normals(6, 4)), c(normals(4))]);
        const back = g.node('Concat', [c(shape(5, -1, 4))], { axis: 0 });
        return g.node('Transpose', [g.node('Reshape', [flat, back])], { perm: ints([1, 0, 2]) });
      },
      5,
      4,
    ),
    'dense matmul softmax gather matmul gather dense',
  ],
  'single-head attention over image rows': [
    image(
      (g, x, c) => {
        const scores = g.node('MatMul', [x, g.node('Transpose', [x], { perm: ints([0, 2, 1]) })]);
        return g.node('MatMul', [g.node('Softmax', [scores]), project(g, x, c, 4, 3)]);
      },
      5,
      4,
    ),
    'matmul softmax dense gather matmul',
  ],
  'a causal mask that is added': [
    image(
      (g, x, c) => {
        const scores = g.node('MatMul', [project(g, x, c, 4, 6), turnedTokens(g, project(g, x, c, 4, 6))]);
        const scaled = g.node('Add', [g.node('Mul', [scores, c(scalar(0.4))]), c(causal(5, Number.NEGATIVE_INFINITY))]);
        return g.node('MatMul', [g.node('Softmax', [scaled]), project(g, x, c, 4, 3)]);
      },
      5,
      4,
    ),
    'dense dense matmul mask softmax dense gather matmul',
  ],
  'a causal mask that selects': [
    image(
      (g, x, c) => {
        const scores = g.node('MatMul', [x, turnedTokens(g, x)]);
        const hidden = tensor(
          'bool',
          [1, 5, 5],
          Uint8Array.from({ length: 25 }, (_, at) => (at % 5 > at / 5 ? 1 : 0)),
        );
        const selected = g.node('Where', [c(hidden), c(scalar(-3.4e38)), scores]);
        return g.node('MatMul', [g.node('Softmax', [selected]), project(g, x, c, 4, 3)]);
      },
      5,
      4,
    ),
    'matmul mask softmax dense gather matmul',
  ],
  'a class token': [
    image(
      (g, x, c) => {
        const rows = g.node('Slice', [g.node('Shape', [x]), c(shape(0)), c(shape(1))]);
        const size = g.node('Concat', [rows, c(shape(1, 6))], { axis: 0 });
        const token = g.node('Expand', [c(normals(1, 1, 6)), size]);
        const tokens = g.node('Concat', [token, project(g, x, c, 4, 6)], { axis: 1 });
        const mixed = g.node('LayerNormalization', [g.node('Add', [tokens, c(normals(1, 6, 6))]), c(normals(6))]);
        const first = g.node('Gather', [mixed, c(tensor('int64', [], BigInt64Array.of(0n)))], { axis: 1 });
        const mean = g.node('ReduceMean', [mixed], { axes: ints([1]), keepdims: 0 });
        return project(g, g.node('Add', [first, mean]), c, 6, 2);
      },
      5,
      4,
    ),
    'dense dense concat addConstant layerNorm avgPool gather add dense',
  ],
  'a mixer: tokens times a constant from the left': [
    image((g, x, c) => g.node('MatMul', [c(normals(3, 5)), g.node('Relu', [project(g, x, c, 4, 6)])]), 5, 4),
    'dense gather dense gather',
  ],
  'patches of an image': [
    image(
      (g, x, c) => {
        const cut = g.node('Reshape', [x, c(shape(0, 1, 2, 3, 2, 2))]);
        const turned = g.node('Transpose', [cut], { perm: ints([0, 2, 4, 3, 5, 1]) });
        return project(g, g.node('Reshape', [turned, c(shape(0, 4, 6))]), c, 6, 3);
      },
      1,
      6,
      4,
    ),
    'gather gather concat dense',
  ],
  'Flatten of channels in both orders': [
    image(
      (g, x, c) => {
        const h = conv(g, x, c, [3, 1, 2, 2]);
        const turned = g.node('Transpose', [h], { perm: ints([0, 2, 3, 1]) });
        const [a, b] = [
          project(g, g.node('Flatten', [h]), c, 12, 2),
          project(g, g.node('Flatten', [turned]), c, 12, 2),
        ];
        return g.node('Add', [a, b]);
      },
      1,
      3,
      3,
    ),
    'conv dense dense add',
  ],
  'Squeeze, Unsqueeze, Slice and Gather': [
    image(
      (g, x, c) => {
        const h = g.node('Squeeze', [g.node('Slice', [x, c(shape(1)), c(shape(2)), c(shape(1))]), c(shape(1))]);
        const even = g.node('Gather', [h, c(shape(0, 2, 4))], { axis: 2 });
        const tail = g.node('Slice', [
          g.node('Unsqueeze', [even, c(shape(-1))]),
          c(shape(-2)),
          c(shape(9)),
          c(shape(1)),
        ]);
        return project(g, g.node('Flatten', [tail]), c, 6, 2);
      },
      2,
      3,
      5,
    ),
    'gather dense',
  ],
  'a value spread over others': [
    image(
      (g, x, c) => {
        const mean = g.node('ReduceMean', [project(g, x, c, 4, 6)], { axes: ints([1]) });
        return g.node('Add', [mean, project(g, x, c, 4, 6)]);
      },
      5,
      4,
    ),
    'dense dense avgPool gather add',
  ],
  'squeeze and excitation': [
    image(
      (g, x, c) => {
        const h = g.node('Relu', [conv(g, x, c, [4, 1, 3, 3])]);
        const squeezed = g.node('Relu', [conv(g, g.node('GlobalAveragePool', [h]), c, [2, 4, 1, 1])]);
        const gate = g.node('HardSigmoid', [conv(g, squeezed, c, [4, 2, 1, 1])]);
        return g.node('Relu', [conv(g, g.node('Mul', [h, gate]), c, [2, 4, 3, 3])]);
      },
      1,
      6,
      6,
    ),
    'conv avgPool conv conv pointwise matmul gather conv gather',
  ],
  'gated units of tokens': [
    image(
      (g, x, c) => {
        const gate = g.node('Sigmoid', [project(g, x, c, 4, 6)]);
        const out = project(g, g.node('Mul', [gate, project(g, x, c, 4, 6)]), c, 6, 4);
        return g.node('Add', [x, g.node('Div', [out, g.node('Exp', [g.node('Tanh', [x])])])]);
      },
      5,
      4,
    ),
    'dense pointwise dense matmul dense pointwise matmul add',
  ],
  'tokens times their mean': [
    image((g, x) => g.node('Mul', [g.node('ReduceMean', [x], { axes: ints([1]) }), x]), 5, 4),
    'avgPool matmul gather',
  ],
  'probabilities joined with what they are of': [
    image(
      (g, x, c) => {
        const h = project(g, x, c, 4, 6);
        return g.node('Concat', [g.node('Softmax', [h]), g.node('Mul', [h, c(scalar(3))])], { axis: 2 });
      },
      5,
      4,
    ),
    'dense softmax pointwise pointwise concat',
  ],
  'columns in units of their own in front of a softmax': [
    image(
      (g, x, c) => {
        const units = g.node('Add', [g.node('Mul', [x, c(some(1, 4))]), c(normals(4))]);
        return g.node('Softmax', [units]);
      },
      5,
      4,
    ),
    'softmax',
  ],
  'ArgMax at the end': [
    model(['N', 6], (g, x, c) => g.node('ArgMax', [project(g, x, c, 6, 4)], { axis: 1, keepdims: 0 })),
    'dense argmax',
  ],
  'Softmax inside, over another axis than the last': [
    image((g, x, c) => project(g, g.node('Softmax', [project(g, x, c, 4, 6)], { axis: 1 }), c, 6, 2), 5, 4),
    'dense gather softmax gather dense',
  ],
};
