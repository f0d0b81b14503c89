import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateNetwork } from '../../../../../node/core/exact/compiler/evaluate.ts';
import { FLOAT_RULES, type FloatNetwork, floatNetworkOf } from '../../../../../node/core/exact/compiler/network.ts';
import { ExactOpUnsupported } from '../../../../../node/core/exact/errors.ts';
import { type GraphBuilder, ints } from '../../../../../node/core/onnx/build.ts';
import type { Model } from '../../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../../node/core/ops/evaluate.ts';
import { OPS } from '../../../../../node/core/ops/table.ts';
import { tensor } from '../../../../../node/core/tensor/tensor.ts';
import {
  type Body,
  FLOAT_GRAPHS,
  image,
  model,
  normals,
  project,
  scalar,
  shape,
} from '../../../../helpers/floatGraphs.ts';

/** Outputs of the network in float64. */
function outputsOf({ nodes, output, units }: FloatNetwork, x: Float32Array, rows: number): Float64Array {
  const at = (list: Float64Array, i: number): number => list[i % list.length]!;
  const input = Float64Array.from(x, (value, i) => value * at(units.scale, i) + at(units.shift, i));
  let found: Float64Array = new Float64Array();
  evaluateNetwork(nodes, input, rows, (id, samples) => {
    if (id === output) found = samples;
  });
  return found;
}

/** The network computes what the evaluator of core/ops does. */
function assertReadLike(one: Model): FloatNetwork {
  const network = floatNetworkOf(one);
  const [rows] = one.graph.inputs[0]!.dims!;
  const count = typeof rows === 'number' ? rows : 3;
  const x = normals(count, ...network.input.dims);
  const wanted = evaluateModel(one, new Map([['x', x]])).get('y')!;
  const given = outputsOf(network, x.data, count);
  assert.equal(given.length, wanted.data.length);
  assert.deepEqual([count, ...network.outputDims], wanted.dims);
  for (const [at, value] of given.entries()) {
    const real = Number(wanted.data[at]);
    assert.ok(Math.abs(value - real) <= 1e-4 * Math.max(1, Math.abs(value)), `${at}: ${value}, ${real}`);
  }
  return network;
}

describe('floatNetworkOf', () => {
  const read: Record<string, Model> = {
    Gemm: model(['N', 6], (g, x, c) => g.node('Gemm', [x, c(normals(6, 4)), c(normals(4))])),
    'Gemm transposed, with alpha and beta': model(['N', 6], (g, x, c) =>
      g.node('Gemm', [x, c(normals(4, 6)), c(normals(1, 4))], { transB: 1, alpha: 0.5, beta: -2.5 }),
    ),
    'Gemm with a scalar bias': model(['N', 6], (g, x, c) => g.node('Gemm', [x, c(normals(6, 4)), c(scalar(0.3))])),
    'Gemm without bias': model(['N', 6], (g, x, c) => g.node('Gemm', [x, c(normals(6, 4))])),
    'MatMul and Add': model(['N', 6], (g, x, c) =>
      g.node('Add', [g.node('MatMul', [x, c(normals(6, 4))]), c(normals(4))]),
    ),
    'Add from the left': model(['N', 6], (g, x, c) =>
      g.node('Add', [c(normals(1, 4)), g.node('MatMul', [x, c(normals(6, 4))])]),
    ),
    'constants before the first layer': model(['N', 6], (g, x, c) =>
      g.node('MatMul', [g.node('Div', [g.node('Sub', [x, c(normals(6))]), c(scalar(3))]), c(normals(6, 4))]),
    ),
    'a constant less the value': model(['N', 6], (g, x, c) =>
      g.node('MatMul', [g.node('Sub', [c(scalar(1)), x]), c(normals(6, 4))]),
    ),
    'constants between layers': model(['N', 6], (g, x, c) => {
      const h = g.node('Relu', [g.node('MatMul', [x, c(normals(6, 5))])]);
      const scaled = g.node('Add', [g.node('Mul', [h, c(normals(5))]), c(normals(1, 5))]);
      return g.node('MatMul', [scaled, c(normals(5, 2))]);
    }),
    'constants behind a layer': model(['N', 6], (g, x, c) =>
      g.node('Relu', [
        g.node('Sub', [g.node('Mul', [g.node('MatMul', [x, c(normals(6, 4))]), c(normals(4))]), c(normals(4))]),
      ]),
    ),
    'constants over the pixels of an image': model(['N', 2, 3, 4], (g, x, c) => {
      const scaled = g.node('Div', [
        g.node('Sub', [x, c(normals(2, 1, 1))]),
        c(tensor('float32', [1, 2, 1, 1], Float32Array.of(2, 3))),
      ]);
      const flat = g.node('Flatten', [g.node('Mul', [scaled, c(normals(3, 4))])]);
      return g.node('MatMul', [flat, c(normals(24, 3))]);
    }),
    'Relu and Clip': model(['N', 6], (g, x, c) =>
      g.node('Clip', [g.node('Relu', [g.node('MatMul', [x, c(normals(6, 4))])]), '', c(scalar(1))]),
    ),
    'Clip on both sides': model(['N', 6], (g, x, c) =>
      g.node('Clip', [g.node('MatMul', [x, c(normals(6, 4))]), c(scalar(-0.5)), c(scalar(0.5))]),
    ),
    'layers without activation between': model(['N', 6], (g, x, c) =>
      g.node('MatMul', [g.node('MatMul', [x, c(normals(6, 5))]), c(normals(5, 3))]),
    ),
    'Reshape to [0, -1]': model(['N', 2, 3], (g, x, c) =>
      g.node('MatMul', [g.node('Reshape', [x, c(shape(0, -1))]), c(normals(6, 4))]),
    ),
    'Reshape to [-1, 6]': model(['N', 2, 3], (g, x, c) =>
      g.node('MatMul', [g.node('Reshape', [x, c(shape(-1, 6))]), c(normals(6, 4))]),
    ),
    'Reshape there and back': model(['N', 6], (g, x, c) => {
      const image = g.node('Reshape', [x, c(shape(-1, 2, 3))]);
      return g.node('MatMul', [g.node('Flatten', [g.node('Reshape', [image, c(shape(0, 0, 3))])]), c(normals(6, 4))]);
    }),
    'Constant nodes and Identity': model(['N', 6], (g, x) => {
      const weight = g.node('Constant', [], { value: normals(6, 4) });
      return g.node('Identity', [g.node('MatMul', [g.node('Identity', [x]), weight])]);
    }),
    'a fixed batch of 3': model([3, 2, 3], (g, x, c) =>
      g.node('MatMul', [g.node('Reshape', [x, c(shape(3, 6))]), c(normals(6, 4))]),
    ),
    'opset 11': model(
      ['N', 6],
      (g, x, c) => g.node('Relu', [g.node('Gemm', [x, c(normals(6, 4)), c(normals(4))])]),
      11,
    ),
    'opset 21': model(
      ['N', 6],
      (g, x, c) => g.node('Relu', [g.node('Gemm', [x, c(normals(6, 4)), c(normals(4))])]),
      21,
    ),
  };
  for (const [name, one] of Object.entries(read)) {
    it(`reads ${name} as the evaluator does`, () => {
      assertReadLike(one);
    });
  }

  for (const [name, [one, operators]] of Object.entries(FLOAT_GRAPHS)) {
    it(`reads ${name}`, () => {
      const { nodes } = assertReadLike(one);
      assert.equal(
        nodes
          .slice(1)
          .map(({ op }) => op.kind)
          .join(' '),
        operators,
      );
    });
  }

  const chain = (length: number): Model =>
    model(['N', 2], (g, x) => {
      let value = x;
      for (let i = 0; i < length; i++) value = g.node(i % 2 === 0 ? 'Sigmoid' : 'Relu', [value]);
      return value;
    });

  it('makes one table of 2,000 functions in a row', () => {
    const { nodes } = assertReadLike(chain(2000));
    assert.deepEqual(
      nodes.map(({ op }) => op.kind),
      ['input', 'pointwise'],
    );
  });

  it('error: ExactOpUnsupported for more operators than programs can have', () =>
    assert.throws(
      () => floatNetworkOf(chain(8300)),
      (error) => error instanceof ExactOpUnsupported && /8301 operators, at most 8192/.test(error.why),
    ));

  it('has no rule for an operator that the operator table does not know', () => {
    const known = new Set(OPS.map(({ op }) => op));
    assert.deepEqual(
      Object.keys(FLOAT_RULES).filter((op) => !known.has(op)),
      [],
    );
  });

  it('takes a last Softmax over the last axis, written either way', () => {
    for (const axis of [-1, 1]) {
      const one = model(['N', 6], (g, x, c) => g.node('Softmax', [g.node('MatMul', [x, c(normals(6, 4))])], { axis }));
      assert.equal(floatNetworkOf(one).activation, 'softmax');
    }
  });

  const dense: Body = (g, x, c) => g.node('MatMul', [x, c(normals(6, 4))]);
  const after = (op: string, attributes = {}): Model =>
    model(['N', 6], (g, x, c) => g.node(op, [dense(g, x, c)], attributes));
  const gemm = (attributes: Record<string, number>, ...dims: number[]): Model =>
    model(['N', 6], (g, x, c) => g.node('Gemm', [x, c(normals(...dims))], attributes));
  const reshape = (allowzero: number, ...target: number[]): Model =>
    model(['N', 6], (g, x, c) =>
      g.node('Flatten', [g.node('Reshape', [dense(g, x, c), c(shape(...target))], { allowzero })]),
    );
  const one = model(['N', 6], dense);
  const refused: Record<string, Model> = {
    'a model without layers': model(['N', 6], (g, x) => g.node('Identity', [x])),
    'an operator without exact twin': after('LSTM'),
    'an operator of the table without exact twin': after('Not'),
    'Softmax over the batch': after('Softmax', { axis: 0 }),
    'Softmax alone': model(['N', 6], (g, x) => g.node('Softmax', [x])),
    transA: gemm({ transA: 1 }, 6, 4),
    'weights for another width': gemm({}, 5, 4),
    'weights of rank 1': model(['N', 6], (g, x, c) => g.node('MatMul', [x, c(normals(6))])),
    'weights on the left': model(['N', 6], (g, x, c) => g.node('MatMul', [c(normals(6, 6)), x])),
    'division by 0': model(['N', 6], (g, x, c) => dense(g, g.node('Div', [x, c(scalar(0))]), c)),
    'a constant per row of the batch': model([3, 6], (g, x, c) => dense(g, g.node('Add', [x, c(normals(3, 6))]), c)),
    'a constant that adds a dimension': model(['N', 6], (g, x, c) =>
      dense(g, g.node('Add', [x, c(normals(1, 1, 6))]), c),
    ),
    'integer weights': model(['N', 6], (g, x, c) =>
      g.node('MatMul', [x, c(tensor('int32', [6, 4], new Int32Array(24)))]),
    ),
    'weights that are not finite': model(['N', 6], (g, x, c) =>
      g.node('MatMul', [x, c(tensor('float32', [6, 1], normals(6).data.with(2, Number.NaN)))]),
    ),
    'Flatten over the batch': model(['N', 6], (g, x, c) => dense(g, g.node('Flatten', [x], { axis: 0 }), c)),
    'Reshape over the batch': reshape(0, 4, -1),
    'Reshape of everything into one dimension': model(['N', 6], (g, x, c) =>
      g.node('Reshape', [dense(g, x, c), c(shape(-1))]),
    ),
    'Reshape with two open dimensions': reshape(0, -1, -1),
    'Reshape to another size': reshape(0, -1, 3),
    'Reshape to an empty sample': reshape(1, -1, 0),
    'Reshape with allowzero and rows of 0': reshape(1, 0, 4),
    'Reshape with a negative size': reshape(0, -1, -4),
    'Clip with empty bounds': model(['N', 6], (g, x, c) =>
      g.node('Clip', [dense(g, x, c), c(scalar(2)), c(scalar(1))]),
    ),
    'Clip with a computed bound': model(['N', 6], (g, x, c) => {
      const h = dense(g, x, c);
      return g.node('Clip', [h, c(normals(2))]);
    }),
    'an unknown attribute': after('Relu', { slope: 0.1 }),
    'an attribute of another type': model(['N', 6], (g, x, c) =>
      g.node('Flatten', [dense(g, x, c)], { axis: ints([1]) }),
    ),
    'a Constant that holds no tensor': model(['N', 6], (g, x) =>
      g.node('MatMul', [x, g.node('Constant', [], { value_float: 1.5 })]),
    ),
    'an old opset': { ...one, opsets: [{ domain: '', version: 10 }] },
    'a symbolic feature dimension': model(['N', 'M'], dense),
    'no shape': { ...one, graph: { ...one.graph, inputs: [{ name: 'x', dtype: 'float32', dims: null }] } },
    'a sample of rank 0': { ...one, graph: { ...one.graph, inputs: [{ name: 'x', dtype: 'float32', dims: ['N'] }] } },
    'integer input': { ...one, graph: { ...one.graph, inputs: [{ name: 'x', dtype: 'int64', dims: ['N', 6] }] } },
    'two inputs': {
      ...one,
      graph: { ...one.graph, inputs: [...one.graph.inputs, { name: 'x2', dtype: 'float32', dims: null }] },
    },
    'two outputs': {
      ...one,
      graph: { ...one.graph, outputs: [...one.graph.outputs, { name: 'matmul', dtype: 'float32', dims: null }] },
    },
  };
  for (const [name, wrong] of Object.entries(refused)) {
    it(`error: ExactOpUnsupported for ${name}`, () => assert.throws(() => floatNetworkOf(wrong), ExactOpUnsupported));
  }

  const pooled = (op: string, attributes: Parameters<GraphBuilder['node']>[2]): Model =>
    image((g, x) => g.node(op, [x], { kernel_shape: [2, 2], ...attributes }), 1, 5, 5);
  const two = (op: string): Model =>
    model(['N', 6], (g, x, c) => g.node(op, [project(g, x, c, 6, 4), project(g, x, c, 6, 4)]));
  const centred = (g: GraphBuilder, x: string): string =>
    g.node('Sub', [x, g.node('ReduceMean', [x], { axes: ints([-1]) })]);
  const byName: Readonly<Record<string, readonly [Model, RegExp]>> = {
    'a mask without softmax': [
      model(['N', 6], (g, x, c) =>
        g.node('Add', [x, c(tensor('float32', [6], Float32Array.of(0, 0, Number.NEGATIVE_INFINITY, 0, 0, 0)))]),
      ),
      /minus infinity are read by/,
    ],
    'a selection between values': [
      model(['N', 6], (g, x, c) => {
        const chosen = c(tensor('bool', [6], Uint8Array.of(0, 1, 0, 1, 0, 1)));
        return g.node('Where', [chosen, x, g.node('Relu', [x])]);
      }),
      /between two computed values/,
    ],
    'a selection of another constant': [
      model(['N', 6], (g, x, c) =>
        g.node('Where', [c(tensor('bool', [6], Uint8Array.of(0, 1, 0, 1, 0, 1))), x, c(scalar(3))]),
      ),
      /something else than minus infinity/,
    ],
    'the lesser of two layers': [two('Min'), /Min.*not a constant/],
    'layers of shapes that do not spread': [
      model(['N', 6], (g, x, c) => g.node('Add', [project(g, x, c, 6, 4), project(g, x, c, 6, 3)])),
      /Add/,
    ],
    'LogSoftmax inside': [
      model(['N', 6], (g, x, c) => project(g, g.node('LogSoftmax', [project(g, x, c, 6, 4)]), c, 4, 2)),
      /follows LogSoftmax, which must come last/,
    ],
    'LogSoftmax of tokens': [image((g, x) => g.node('LogSoftmax', [x]), 5, 4), /LogSoftmax.*axis -1/],
    'Softmax over axis 1 of tokens before ai.onnx 13': [
      model(['N', 5, 4], (g, x) => g.node('Softmax', [x], { axis: 1 }), 11),
      /axis 1/,
    ],
    'ArgMax inside': [
      model(['N', 6], (g, x, c) => {
        const best = g.node('ArgMax', [project(g, x, c, 6, 4)], { axis: 1 });
        return project(g, g.node('Cast', [best], { to: 1 }), c, 1, 2);
      }),
      /ArgMax must come last/,
    ],
    'ArgMax over another axis': [image((g, x) => g.node('ArgMax', [x], { axis: 1 }), 5, 4), /ArgMax.*axis 1/],
    'the last of equal elements': [
      model(['N', 6], (g, x) => g.node('ArgMax', [x], { axis: 1, select_last_index: 1 })),
      /last/,
    ],
    'indices of MaxPool': [
      image((g, x) => g.nodes(2, 'MaxPool', [x], { kernel_shape: [2, 2] })[0]!, 1, 5, 5),
      /MaxPool/,
    ],
    'a dilated pool': [pooled('MaxPool', { dilations: [2, 2] }), /MaxPool/],
    'partial averages': [pooled('AveragePool', { strides: [2, 2], ceil_mode: 1 }), /AveragePool.*ceil_mode/],
    'a pool over the batch': [
      model(['N', 6], (g, x) => g.node('ReduceMean', [x], { axes: ints([0]) })),
      /rows of a batch/,
    ],
    'a pool over everything': [model(['N', 6], (g, x) => g.node('ReduceMean', [x])), /batch/],
    'batch normalisation in training': [
      image(
        (g, x, c) => {
          const constants = [0, 1, 2, 3].map(() => c(normals(2)));
          return g.node('BatchNormalization', [x, ...constants], { training_mode: 1 });
        },
        2,
        5,
        5,
      ),
      /BatchNormalization/,
    ],
    'Dropout in training': [
      model(['N', 6], (g, x, c) => g.node('Dropout', [x, c(scalar(0.5)), c(tensor('bool', [], Uint8Array.of(1)))])),
      /Dropout.*training/,
    ],
    'Pad that mirrors': [
      image((g, x, c) => g.node('Pad', [x, c(shape(0, 0, 1, 1, 0, 0, 1, 1))], { mode: 'reflect' }), 1, 5, 5),
      /Pad/,
    ],
    'Pad of channels': [image((g, x, c) => g.node('Pad', [x, c(shape(0, 1, 0, 0, 0, 0, 0, 0))]), 1, 5, 5), /Pad.*pads/],
    'a walk backwards': [
      model(['N', 6], (g, x, c) => g.node('Slice', [x, c(shape(5)), c(shape(0)), c(shape(1)), c(shape(-1))])),
      /steps of -1/,
    ],
    'an uneven walk': [
      model(['N', 6], (g, x, c) => g.node('Gather', [x, c(shape(0, 1, 3))], { axis: 1 })),
      /no even walk/,
    ],
    'rows of the batch': [model(['N', 6], (g, x, c) => g.node('Gather', [x, c(shape(0))])), /rows of a batch/],
    'Concat of the batch': [model(['N', 6], (g, x) => g.node('Concat', [x, x], { axis: 0 })), /rows of a batch/],
    'Conv over one axis': [image((g, x, c) => g.node('Conv', [x, c(normals(2, 1, 3))]), 1, 5), /Conv/],
    'weights that are computed': [
      image((g, x) => g.node('Conv', [x, g.node('Reshape', [x, g.constant('s', shape(-1, 1, 5, 5))])]), 1, 5, 5),
      /Conv.*not a constant/,
    ],
    'a convolution over the batch': [
      image(
        (g, x, c) => {
          const turned = g.node('Transpose', [x], { perm: ints([1, 0, 2, 3]) });
          return g.node('Conv', [turned, c(normals(2, 1009, 3, 3))]);
        },
        1,
        5,
        5,
      ),
      /Conv.*takes \[1, N, 5, 5\]/,
    ],
    'a dense layer over the batch': [
      image((g, x, c) => {
        const turned = g.node('Transpose', [x], { perm: ints([1, 0]) });
        return g.node('MatMul', [turned, c(normals(1009, 3))]);
      }, 5),
      /MatMul/,
    ],
    'a token more than its neighbours': [
      image((g, x, c) => g.node('MatMul', [x, g.node('Reshape', [x, c(shape(-1, 1, 4, 5))])]), 5, 4),
      /MatMul.*multiplies/,
    ],
    'Cast to integers': [model(['N', 6], (g, x) => g.node('Cast', [x], { to: 7 })), /Cast.*type 7/],
    'a power of 0.3': [model(['N', 6], (g, x, c) => g.node('Pow', [x, c(scalar(0.3))])), /power 0\.3/],
    'part of a layer normalisation': [
      image((g, x, c) => project(g, centred(g, x), c, 4, 2), 5, 4),
      /part of a layer normalisation/,
    ],
    'a variance alone': [
      image(
        (g, x, c) => {
          const d = centred(g, x);
          return project(g, g.node('ReduceMean', [g.node('Mul', [d, d])], { axes: ints([-1]) }), c, 1, 2);
        },
        5,
        4,
      ),
      /part of a layer normalisation/,
    ],
    'the mean of a layer normalisation': [
      image((g, x, c) => g.nodes(2, 'LayerNormalization', [x, c(normals(4))])[1]!, 5, 4),
      /LayerNormalization/,
    ],
    'an output that is constant': [
      model(['N', 6], (g, x, c) => {
        g.node('Relu', [x]);
        return g.node('Add', [c(normals(1, 2)), c(normals(1, 2))]);
      }),
      /does not depend on the input/,
    ],
    'a reordering in too many pieces': [
      image(
        (g, x, c) => {
          const cut = g.node('Reshape', [x, c(shape(0, 20, 3, 2, 20, 3, 2))]);
          return g.node('Relu', [
            g.node('Reshape', [g.node('Transpose', [cut], { perm: ints([0, 4, 1, 5, 2, 6, 3]) }), c(shape(0, -1))]),
          ]);
        },
        120,
        120,
      ),
      /more than 256 moves/,
    ],
    'an epsilon per row of the batch': [
      model([3, 6], (g, x, c) => g.node('Concat', [x, c(normals(3, 2))], { axis: 1 })),
      /not the same for every row/,
    ],
  };
  for (const [name, [wrong, why]] of Object.entries(byName)) {
    it(`error: ExactOpUnsupported for ${name}, and says why`, () =>
      assert.throws(
        () => floatNetworkOf(wrong),
        (error) => error instanceof ExactOpUnsupported && why.test(error.why) && error.meta['opset'] !== undefined,
      ));
  }

  it('names op, domain, version and node, and what to do', () => {
    const node = { ...one.graph.nodes[0]!, op: 'FusedMatMul', domain: 'com.microsoft', name: 'culprit' };
    const hostile: Model = { ...one, graph: { ...one.graph, nodes: [node, ...one.graph.nodes.slice(1)] } };
    assert.throws(
      () => floatNetworkOf(hostile),
      (error) =>
        error instanceof ExactOpUnsupported &&
        error.code === 'EXACT_OP_UNSUPPORTED' &&
        /node 0 "culprit" \(FusedMatMul\) of domain com\.microsoft, version 17/.test(error.why) &&
        /Supported are Gemm, MatMul/.test(error.fix) &&
        error.meta['op'] === 'FusedMatMul',
    );
  });
});
