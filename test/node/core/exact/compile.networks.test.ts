import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { programFromModel } from '../../../../node/core/exact/load.ts';
import type { Program } from '../../../../node/core/exact/program.ts';
import { decodeOutput, encodeInput } from '../../../../node/core/exact/quantize.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor, tensorBytes } from '../../../../node/core/tensor/tensor.ts';
import { FLOAT_GRAPHS, normals } from '../../../helpers/floatGraphs.ts';
import { runNative } from '../../../helpers/nativeSession.ts';

const ROWS = 96;

async function runtimeAgrees(program: Program, model: Model, input: Tensor): Promise<Tensor> {
  const wanted = runProgram(program, input).output;
  const results = await runNative(encodeModel(model), new Map([[program.input.name, input]]));
  const given = results.get(program.output.name)!;
  assert.deepEqual(given.dims, wanted.dims);
  assert.ok(Buffer.from(tensorBytes(given)).equals(tensorBytes(wanted)), 'onnxruntime differs');
  return wanted;
}

/** The first rows, as many as the file fixes, or one. */
function rowsOf(model: Model, x: Tensor<'float32'>): Tensor<'float32'> {
  const [rows] = model.graph.inputs[0]!.dims!;
  const count = typeof rows === 'number' ? rows : 1;
  return tensor('float32', [count, ...x.dims.slice(1)], x.data.slice(0, (count * x.data.length) / ROWS));
}

/** Outputs of the float model; one row at a time where the file fixes a batch of 1. */
function realsOf(model: Model, x: Tensor<'float32'>): number[] {
  const [rows] = model.graph.inputs[0]!.dims!;
  const count = typeof rows === 'number' ? rows : ROWS;
  const size = x.data.length / ROWS;
  return Array.from({ length: ROWS / count }, (_, part) => {
    const data = x.data.slice(part * count * size, (part + 1) * count * size);
    const y = evaluateModel(model, new Map([['x', tensor('float32', [count, ...x.dims.slice(1)], data)]])).get('y')!;
    return Array.from(y.data as Float32Array, Number);
  }).flat();
}

/** Steps that give an output in the shape of the float model's. */
const SHAPED = ['QLINEAR', 'QADD', 'LUT', 'GATHER', 'SOFTMAX', 'LAYERNORM', 'ARGMAX'];

describe('compileExact on every rule', () => {
  for (const [name, [model]] of Object.entries(FLOAT_GRAPHS)) {
    for (const denseBits of [7, 8] as const) {
      it(`${name}, dense layers on ${denseBits} bits`, async () => {
        const [, ...dims] = model.graph.inputs[0]!.dims as number[];
        const x = normals(ROWS, ...dims);
        const { program, model: exact, report } = compileExact(model, x, { denseBits });
        const output = await runtimeAgrees(program, exact, encodeInput(program, x.data, x.dims));
        assert.deepEqual(programFromModel(decodeModel(encodeModel(exact))), program);
        const last = program.steps.at(-1)!;
        const shape = evaluateModel(model, new Map([['x', rowsOf(model, x)]]))
          .get('y')!
          .dims.slice(1);
        if (SHAPED.includes(last.op)) assert.deepEqual(last.outDims, shape.length === 0 ? [1] : shape);
        const given = decodeOutput(program, output);
        const reals = realsOf(model, x);
        const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
        const centre = mean(reals);
        const largest = reals.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        // A model whose outputs hardly vary is measured by their size.
        const spread = Math.max(mean(reals.map((value) => Math.abs(value - centre))), 0.3 * largest);
        const error = mean(reals.map((value, at) => Math.abs(value - given[at]!)));
        const isClass = program.steps.at(-1)!.op === 'ARGMAX';
        assert.ok(isClass ? error < 0.1 : error < 0.1 * spread, `mean error ${error}, mean deviation ${spread}`);
        assert.ok(Math.abs(report.meanError - error) < 1e-3 * Math.max(1, spread));
      });
    }
  }
});
