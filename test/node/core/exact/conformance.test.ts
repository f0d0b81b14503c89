import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conformanceSuite, controlSuite, failedCases } from '../../../../node/core/exact/conformance.ts';
import { STEP_KINDS } from '../../../../node/core/exact/stepKinds.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { runNative } from '../../../helpers/nativeSession.ts';
import { runWasm } from '../../../helpers/wasmSession.ts';

const suite = conformanceSuite();
const file = encodeModel(suite.model);

describe('conformanceSuite', () => {
  it('has 308 cases over both products, all classes, the requantisation and every step operator', () => {
    const names = [...suite.expected.keys()];
    assert.equal(names.length, 308);
    for (const [part, count] of [
      ['MatMul', 135],
      ['Conv ', 135],
      ['requant', 10],
    ] as const) {
      assert.equal(names.filter((name) => name.startsWith(part)).length, count, part);
    }
    for (const op of Object.keys(STEP_KINDS))
      if (op !== 'QLINEAR')
        assert.ok(
          names.some((name) => name.startsWith(`${op}`)),
          op,
        );
    const products = names.filter((name) => /^(MatMul|Conv) /.test(name));
    for (const part of ['U8U8', 'U7S8', 'S8S8', 'K 64 ', 'K 130 ', 'K 1024 ']) {
      assert.equal(products.filter((name) => name.includes(part)).length, 90, part);
    }
  });

  it('is the same on every machine and passes our own reader', () => {
    assert.deepEqual(encodeModel(conformanceSuite().model), file);
    assert.equal(decodeModel(file).graph.nodes.length, suite.model.graph.nodes.length);
  });

  it('is passed by onnxruntime-node, with 1 and 2 threads, optimised and not', async () => {
    for (const optimization of ['disabled', 'all'] as const) {
      for (const threads of [1, 2]) {
        assert.deepEqual(failedCases(suite, await runNative(file, suite.inputs, optimization, threads)), []);
      }
    }
  });

  it('is passed by onnxruntime-web (WASM)', async () => {
    assert.deepEqual(failedCases(suite, await runWasm(file, suite.inputs)), []);
  });

  it('is passed by our own evaluator of ONNX graphs, which shares no code with the steps', () => {
    assert.deepEqual(failedCases(suite, evaluateModel(suite.model, suite.inputs)), []);
  });

  it('agrees with hand-computed extremes', () => {
    const first = (name: string): number | bigint => suite.expected.get(name)!.data[0]!;
    assert.equal(first('MatMul U8U8 K 1024 highHigh zero 0'), 255 * 255 * 1024);
    assert.equal(first('MatMul U7S8 K 64 highLow zero 127'), 0);
    assert.equal(first('MatMul S8S8 K 130 lowLow zero -127'), 0);
    assert.equal(first('Conv U7S8 K 64 highLow zero 64'), 63 * -127 * 64);
  });
});

describe('failedCases', () => {
  it('names a case whose answer differs in one bit, type or shape, or is missing', () => {
    const name = 'MatMul U7S8 K 64 noise zero 0';
    const wanted = suite.expected.get(name)!;
    const answer = (value?: Tensor): Map<string, Tensor> => {
      const all = new Map(suite.expected);
      if (value === undefined) all.delete(name);
      else all.set(name, value);
      return all;
    };
    const bits = (wanted.data as Int32Array).slice();
    bits[3]! ^= 1;
    assert.deepEqual(failedCases(suite, suite.expected), []);
    const wrong = [
      undefined,
      { ...wanted, data: bits },
      { ...wanted, dtype: 'uint32' as const },
      { ...wanted, dims: [1, ...wanted.dims] },
    ];
    for (const value of [...wrong, { ...wanted, dims: wanted.dims.toReversed() }]) {
      assert.deepEqual(failedCases(suite, answer(value)), [name]);
    }
  });
});

describe('controlSuite', () => {
  it('holds only operands outside the classes, and is runnable', async () => {
    const control = controlSuite();
    const outputs = await runNative(encodeModel(control.model), control.inputs);
    const failed = failedCases(control, outputs);
    assert.equal(control.expected.size, 60);
    // Whether cases fail depends on the CPU: 0 with VNNI, many with AVX2 alone. Both are fine.
    assert.ok(failed.length < 60);
  });
});
