import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import { ExactOpUnsupported } from '../../../../node/core/exact/errors.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { programFromModel } from '../../../../node/core/exact/load.ts';
import { decodeOutput, encodeInput } from '../../../../node/core/exact/quantize.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensorBytes } from '../../../../node/core/tensor/tensor.ts';
import { normals } from '../../../helpers/floatGraphs.ts';
import { runNative } from '../../../helpers/nativeSession.ts';
import { randomFloatGraph } from '../../../helpers/randomFloatGraph.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const GRAPHS = process.env['ASSAY_NIGHTLY'] === '1' ? 3000 : 150;
const ROWS = 24;

/** Compiles, runs in both runtimes and reads back. @returns mean error in shares of the largest float output */
async function check(model: Model, x: Tensor<'float32'>): Promise<number> {
  const { program, model: exact, report } = compileExact(model, x);
  const input = encodeInput(program, x.data, x.dims);
  const { output } = runProgram(program, input);
  const bytes = encodeModel(exact);
  const given = (await runNative(bytes, new Map([['x', input]]))).get('y')!;
  assert.ok(Buffer.from(tensorBytes(given)).equals(tensorBytes(output)), 'onnxruntime differs');
  assert.deepEqual(programFromModel(decodeModel(bytes)), program);
  assert.ok(report.steps.every(({ meanError }) => Number.isFinite(meanError)));
  if (program.output.activation !== 'none') return 0;
  const float = evaluateModel(model, new Map([['x', x]])).get('y')!.data as Float32Array;
  const decoded = decodeOutput(program, output);
  const error = float.reduce((sum, value, at) => sum + Math.abs(value - decoded[at]!), 0) / float.length;
  return error / float.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
}

it(`${GRAPHS} random graphs stay near the float model, and alike in both runtimes`, async (context) => {
  const errors: number[] = [];
  for (let seed = 0; seed < GRAPHS; seed++) {
    const model = randomFloatGraph(new Seeded(seed));
    const x = normals(ROWS, ...(model.graph.inputs[0]!.dims!.slice(1) as number[]));
    try {
      errors.push(await check(model, x));
    } catch (error) {
      if (!(error instanceof ExactOpUnsupported)) throw new Error(`graph of seed ${seed}`, { cause: error });
    }
  }
  errors.sort((a, b) => a - b);
  const [middle, high] = [0.5, 0.97].map((share) => errors[Math.floor(share * errors.length)]!) as [number, number];
  context.diagnostic(
    `${errors.length} compiled, the others refused by name; mean errors ${middle.toFixed(4)}, 97 % below ${high.toFixed(4)}`,
  );
  assert.ok(errors.length > 0.85 * GRAPHS, `${errors.length} of ${GRAPHS} compiled`);
  // A graph may amplify noise: the difference of two values that are nearly equal is mostly noise.
  assert.ok(middle < 0.01 && high < 0.05, `mean errors ${middle}, ${high} of the largest output`);
});
