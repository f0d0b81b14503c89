import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { admitModel } from '../../../../node/core/onnx/admitModel.ts';
import { type GraphBuilder, graphBuilder } from '../../../../node/core/onnx/build.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { OnnxTypeUnsupported } from '../../../../node/core/onnx/errors.ts';
import type { DType, Tensor } from '../../../../node/core/tensor/tensor.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';

const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../../vectors/onnx/accepted/${name}.onnx`, import.meta.url)));

const list = (...values: number[]): Tensor => tensor('int64', [values.length], BigInt64Array.from(values, BigInt));
/** A file whose only node asks for much. */
function bomb(dtype: DType, make: (g: GraphBuilder) => string): Uint8Array {
  const g = graphBuilder('bomb');
  g.output(make(g), dtype, [null]);
  return encodeModel(g.model());
}

/** Doubles a value again and again: a few bytes per step, twice the memory. */
function doubling(steps: number): Uint8Array {
  const g = graphBuilder('doubling');
  let value = g.input('x', 'float32', [1]);
  for (let step = 0; step < steps; step++) value = g.node('Concat', [value, value], { axis: 0 });
  g.output(value, 'float32', [null]);
  return encodeModel(g.model());
}

const BOMBS: Readonly<Record<string, Uint8Array>> = {
  ConstantOfShape: bomb('float32', (g) => g.node('ConstantOfShape', [g.constant('s', list(2 ** 31))])),
  Expand: bomb('float32', (g) =>
    g.node('Expand', [g.input('x', 'float32', [1]), g.constant('s', list(2 ** 20, 2 ** 20))]),
  ),
  Tile: bomb('float32', (g) => g.node('Tile', [g.input('x', 'float32', [4]), g.constant('r', list(2 ** 40))])),
  Range: bomb('int64', (g) => {
    const scalar = (name: string, value: bigint) => g.constant(name, tensor('int64', [], BigInt64Array.of(value)));
    return g.node('Range', [scalar('from', 0n), scalar('to', 2n ** 52n), scalar('by', 1n)]);
  }),
  'MatMul of 20,000 squared': bomb('float32', (g) =>
    g.node('MatMul', [g.input('x', 'float32', [20_000, 20_000]), g.input('y', 'float32', [20_000, 20_000])]),
  ),
  '60 doublings': doubling(60),
};

describe('admitModel', () => {
  for (const name of ['torch-mlp', 'matmul-typed', 'annotated', 'types-typed']) {
    it(`default: admits ${name} and knows the shape of its outputs`, () => {
      const { model, types } = admitModel(read(name));
      for (const { name: output, dims } of model.graph.outputs) {
        assert.deepEqual(
          types.get(output)?.dims,
          dims?.map((dim) => (typeof dim === 'number' ? dim : 1)),
        );
      }
    });
  }

  it('args: takes the sizes of symbolic dimensions', () => {
    const { types } = admitModel(read('torch-mlp'), { symbols: new Map([['batch', 7]]) });
    assert.deepEqual(types.get('output')?.dims, [7, 10]);
  });

  for (const [what, bytes] of Object.entries(BOMBS)) {
    it(`error: a clear refusal of ${what} in ${bytes.length} bytes`, (t) => {
      const start = performance.now();
      const memory = process.memoryUsage().arrayBuffers;
      assert.throws(
        () => admitModel(bytes),
        (error) => {
          assert.ok(error instanceof ProtocolError, String(error));
          t.diagnostic(`${error.code}: ${error.message}`);
          return error.fix.length > 0;
        },
      );
      assert.ok(process.memoryUsage().arrayBuffers - memory < 2 ** 20);
      assert.ok(performance.now() - start < 500);
    });
  }

  it('error: OnnxTypeUnsupported on an input without a shape', () => {
    const bytes = bomb('float32', (g) => g.node('Neg', [g.input('x', 'float32', null)]));
    assert.throws(() => admitModel(bytes), OnnxTypeUnsupported);
  });

  it('error: ONNX_OP_UNSUPPORTED names an operator that has no row', () => {
    assert.throws(() => admitModel(read('attributes')), { code: 'ONNX_OP_UNSUPPORTED' });
  });
});
