import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { inferModelShapes } from '../../../../node/core/ops/infer.ts';
import { f32, graph, i64, model, node, values } from './graphs.ts';

const mlp = model(
  graph(
    [
      node('Flatten', ['x'], ['flat']),
      node('Gemm', ['flat', 'W1', 'b1'], ['z1']),
      node('Relu', ['z1'], ['h']),
      node('MatMul', ['h', 'W2'], ['z2']),
      node('Add', ['z2', 'b2'], ['z3']),
      node('Reshape', ['z3', 'shape'], ['logits']),
      node('Softmax', ['logits'], ['p']),
      node('Identity', ['p'], ['y']),
    ],
    { x: 'float32' },
    ['y'],
    {
      W1: f32([4, 3], [1, 0, -1, 0.5, 2, 0, -1, 1, 1, 0.25, 0.25, 0.25]),
      b1: f32([3], [0.1, -0.2, 0]),
      W2: f32([3, 2], [1, -1, 0.5, 2, -2, 0]),
      b2: f32([2], [0, 1]),
      shape: i64([2], [0, -1]),
    },
  ),
);

describe('evaluateModel', () => {
  it('default: a dense network', () => {
    const x = f32([2, 2, 2], [1, 2, 3, 4, -1, 0, 1, 2]);
    const all = evaluateModel(mlp, new Map([['x', x]]), { all: true });
    assert.deepEqual(
      values(all.get('z1')),
      [0.10000000149011612, 7.800000190734863, 3, -1.399999976158142, 1.2999999523162842, 2.5],
    );
    assert.deepEqual(values(all.get('h')).slice(3), [0, 1.2999999523162842, 2.5]);
    const y = evaluateModel(mlp, new Map([['x', x]])).get('y');
    assert.deepEqual(y?.dims, [2, 2]);
    for (const row of [0, 2]) assert.ok(Math.abs(values(y)[row]! + values(y)[row + 1]! - 1) < 1e-6);
  });

  it('args: float64 computes everything in double precision', () => {
    const x = f32([1, 4], [0.1, 0.2, 0.3, 0.4]);
    const y = evaluateModel(mlp, new Map([['x', x]]), { float64: true }).get('y');
    assert.equal(y?.dtype, 'float64');
    assert.ok(Math.abs(values(y)[0]! + values(y)[1]! - 1) < 1e-15);
  });
});

describe('inferModelShapes', () => {
  it('default: the shape of every value', () => {
    const types = inferModelShapes(mlp, new Map([['x', [5, 2, 2]]]));
    assert.deepEqual(types.get('z1')?.dims, [5, 3]);
    assert.deepEqual(types.get('y')?.dims, [5, 2]);
  });
});
