import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { encodeInput } from '../../../../node/core/exact/quantize.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { elementCount, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { localSession } from '../../../helpers/localSession.ts';
import { type RECIPES, trainedImages } from '../../../helpers/trainedImages.ts';

/** Networks that our engine trains on the digits, exact against float on the test rows (issue 3). */

interface Target {
  readonly kind: keyof typeof RECIPES;
  /** Means in percent that must be reached over ten seeds; two seeds may lie a point lower. */
  readonly float: number;
  readonly exact: number;
  /** Points that the exact model may lie below the float one. */
  readonly loss: number;
}
const TARGETS: readonly Target[] = [
  { kind: 'cnn', float: 98, exact: 97.5, loss: 0.5 },
  { kind: 'transformer', float: 97.5, exact: 97, loss: 0.5 },
];
const NIGHTLY = process.env['ASSAY_NIGHTLY'] === '1';
const SEEDS = NIGHTLY ? 10 : 2;
const SLACK = NIGHTLY ? 0 : 1;
/** Rows that ranges are chosen from: training rows, never test rows. */
const CALIBRATION_ROWS = 256;

const firstRows = (x: Tensor<'float32'>, count: number): Tensor<'float32'> =>
  tensor('float32', [count, ...x.dims.slice(1)], x.data.slice(0, count * elementCount(x.dims.slice(1))));

async function scores(model: Model, x: Tensor): Promise<Tensor> {
  const session = await localSession({ file: encodeModel(model), ...model.graph });
  const results = await session.run(new Map([[model.graph.inputs[0]!.name, x]]));
  await session.close();
  return results.get(model.graph.outputs[0]!.name)!;
}

/** Percent of the test rows that float and exact answer correctly; both in onnxruntime. */
async function accuracies(kind: Target['kind'], seed: number): Promise<{ float: number; exact: number }> {
  const { model, train, test, testLabels } = await trainedImages(kind, seed);
  const { model: exactModel, program } = compileExact(model, firstRows(train, CALIBRATION_ROWS));
  const input = encodeInput(program, test.data, [testLabels.length, ...program.input.dims]);
  const exact = await scores(exactModel, input);
  if (seed === 0) assert.deepEqual(exact.data, runProgram(program, input).output.data, 'bit for bit');
  const percent = (answers: Tensor) => (100 * correct(predictions(answers), testLabels)) / testLabels.length;
  return { float: percent(await scores(model, test)), exact: percent(exact) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const listed = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');

describe('compileExact on networks of images', () => {
  for (const { kind, loss, ...least } of TARGETS) {
    it(`keeps the accuracy of the ${kind} within ${loss} points of float, mean of ${SEEDS} seeds`, async (context) => {
      const [float, exact]: [number[], number[]] = [[], []];
      for (let seed = 0; seed < SEEDS; seed++) {
        const found = await accuracies(kind, seed);
        float.push(found.float);
        exact.push(found.exact);
      }
      context.diagnostic(`${kind}: float ${mean(float).toFixed(2)} % (${listed(float)})`);
      context.diagnostic(`${kind}: exact ${mean(exact).toFixed(2)} % (${listed(exact)})`);
      assert.ok(mean(exact) >= mean(float) - loss, `exact ${mean(exact)}, float ${mean(float)}`);
      assert.ok(mean(float) >= least.float - SLACK, `float ${mean(float)}`);
      assert.ok(mean(exact) >= least.exact - SLACK, `exact ${mean(exact)}`);
    });
  }
});
