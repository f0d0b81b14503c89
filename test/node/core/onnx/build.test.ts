import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvariantBroken } from '../../../../node/core/errors.ts';
import { attribute, float, graphBuilder, ints } from '../../../../node/core/onnx/build.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { OnnxValueUndefined } from '../../../../node/core/onnx/errors.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';

const one = tensor('float32', [1], new Float32Array([1]));

describe('graphBuilder', () => {
  it('default: builds a model that survives a round trip', () => {
    const g = graphBuilder('mlp', { opset: 17 });
    const x = g.input('x', 'float32', ['N', 1]);
    const y = g.node('Gemm', [x, g.constant('w', tensor('float32', [2, 1], new Float32Array([1, 2])))], { transB: 1 });
    g.output(g.node('Relu', [y]), 'float32', ['N', 2], 'y');
    const model = g.model({ author: 'me' });
    assert.deepEqual(decodeModel(encodeModel(model)), model);
    assert.deepEqual(model.graph.outputs, [{ name: 'y', dtype: 'float32', dims: ['N', 2] }]);
    assert.deepEqual(
      model.graph.nodes.map((node) => node.op),
      ['Gemm', 'Relu', 'Identity'],
    );
  });

  it('behavior: makes names unique, also against subgraphs', () => {
    const g = graphBuilder('g');
    const x = g.input('x', 'float32', [1]);
    const a = g.node('Relu', [x]);
    const body = g.subgraph('body');
    const inner = body.node('Relu', [a]);
    assert.deepEqual([a, inner, g.node('Relu', [x]), g.constant('x', one)], ['relu', 'relu_2', 'relu_3', 'x_2']);
  });

  it('behavior: writes a Scan with a subgraph', () => {
    const g = graphBuilder('scan');
    const s = g.input('s', 'float32', [1]);
    const xs = g.input('xs', 'float32', ['T', 1]);
    const body = g.subgraph('body');
    const state = body.input('state', 'float32', [1]);
    const x = body.input('x', 'float32', [1]);
    const sum = body.node('Add', [state, x]);
    body.output(sum, 'float32', [1]);
    body.output(sum, 'float32', [1], 'seen');
    const [last, all] = g.nodes(2, 'Scan', [s, xs], { body: body.graph(), num_scan_inputs: 1 });
    g.output(last!, 'float32', [1]);
    g.output(all!, 'float32', ['T', 1]);
    const model = g.model();
    assert.deepEqual(decodeModel(encodeModel(model)), model);
  });

  it('behavior: adopts a finished graph and avoids its names', () => {
    const first = graphBuilder('first');
    first.output(first.node('Relu', [first.input('x', 'float32', [1])]), 'float32', [1]);
    const { graph } = first.model();
    const g = graphBuilder('second');
    g.input('x', 'float32', [1]);
    g.adopt(graph);
    g.output(g.node('Relu', ['relu']), 'float32', [1]);
    assert.deepEqual(
      g.model().graph.nodes.map((node) => node.outputs),
      [['relu'], ['relu_2']],
    );
  });

  it('args: reads attributes from plain values', () => {
    assert.deepEqual(attribute(1), { type: 'int', value: 1 });
    assert.deepEqual(attribute(0.5), { type: 'float', value: 0.5 });
    assert.deepEqual(attribute(0.1), { type: 'float', value: Math.fround(0.1) });
    assert.deepEqual(attribute([1, 2]), { type: 'ints', value: [1, 2] });
    assert.deepEqual(attribute([1, 0.5]), { type: 'floats', value: [1, 0.5] });
    assert.deepEqual(attribute('same'), { type: 'string', value: 'same' });
    assert.deepEqual(attribute(['a', 'b']), { type: 'strings', value: ['a', 'b'] });
    assert.deepEqual(attribute(one), { type: 'tensor', value: one });
    assert.deepEqual(attribute(float(1)), { type: 'float', value: 1 });
    assert.deepEqual(attribute(ints([])), { type: 'ints', value: [] });
  });

  it('error: InvariantBroken on a taken name and on a list without a type', () => {
    const g = graphBuilder('g');
    g.input('x', 'float32', [1]);
    assert.throws(() => g.input('x', 'float32', [1]), InvariantBroken);
    assert.throws(() => attribute([]), InvariantBroken);
    assert.throws(() => attribute(['a', 1] as unknown as string[]), InvariantBroken);
  });

  it('error: OnnxValueUndefined when a node takes what nobody computes', () => {
    const g = graphBuilder('g');
    g.output(g.node('Relu', ['nobody']), 'float32', [1]);
    assert.throws(() => g.model(), OnnxValueUndefined);
  });
});
