import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { compileExact } from '../../../../node/core/exact/compile.ts';
import { encodeInput } from '../../../../node/core/exact/quantize.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { parseDataset } from '../../../../node/core/train/dataset.ts';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { splitRows } from '../../../../node/core/train/split.ts';
import { runNative } from '../../../helpers/nativeSession.ts';

const file = (path: string): Buffer => readFileSync(new URL(`../../../../${path}`, import.meta.url));

/** Correct ones of 355 test rows, of the float model (README.md beside the files), and the least of the exact one. */
const FIXTURES: Readonly<Record<string, { readonly steps: number; readonly float: number; readonly least: number }>> = {
  'torch-mlp': { steps: 2, float: 347, least: 345 },
  'torch-cnn': { steps: 6, float: 348, least: 346 },
  'torch-mixed': { steps: 21, float: 349, least: 346 },
  'torch-mobilenet': { steps: 70, float: 343, least: 340 },
  'torch-transformer': { steps: 37, float: 346, least: 343 },
  'torch-transformer-primitive': { steps: 37, float: 346, least: 343 },
  'torch-transformer-relu': { steps: 20, float: 349, least: 346 },
};

describe('compileExact on networks of torch', () => {
  const digits = parseDataset(file('data/digits.csv').toString('utf8'));
  const split = splitRows(digits, 'digits', 0);
  const pixels = (rows: readonly number[], dims: readonly number[]): Tensor<'float32'> => {
    const data = rows.flatMap((row) => [...digits.features.slice(row * digits.columns, (row + 1) * digits.columns)]);
    return tensor('float32', [rows.length, ...dims], Float32Array.from(data));
  };
  for (const [name, { steps, float, least }] of Object.entries(FIXTURES)) {
    it(`${name}: within a point of the float model's ${float} of 355, equal files for equal inputs`, async (context) => {
      const model = decodeModel(new Uint8Array(file(`test/vectors/import/${name}.onnx`)));
      const dims = model.graph.inputs[0]!.dims!.slice(1) as number[];
      const calibration = pixels([...split.train].slice(0, 100), dims);
      const { program, model: exact, report } = compileExact(model, calibration);
      assert.equal(program.steps.length, steps);
      assert.deepEqual(
        report.steps.filter(({ sqnr }) => sqnr < 15),
        [],
      );
      const bytes = encodeModel(exact);
      assert.deepEqual(encodeModel(compileExact(model, calibration).model), bytes);
      const input = encodeInput(program, pixels([...split.test], dims).data, [split.test.length, ...dims]);
      const output = (await runNative(bytes, new Map([[program.input.name, input]]))).get(program.output.name)!;
      const labels = Array.from(split.test, (row) => digits.labels[row]!);
      const right = correct(predictions(output), labels);
      context.diagnostic(
        `${right} of ${labels.length}, worst step ${Math.min(...report.steps.map(({ sqnr }) => sqnr)).toFixed(1)} dB`,
      );
      assert.ok(right >= least, `${right} of ${labels.length}`);
    });
  }
});
