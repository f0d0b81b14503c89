import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { buildEpoch } from '../../../../node/core/train/epoch.ts';
import { adam, sgd } from '../../../../node/core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../../../node/core/train/plan.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { takeRows } from '../../../../node/core/train/scaling.ts';
import { buildStep, NAMES, NEXT } from '../../../../node/core/train/step.ts';
import { f32, values } from '../ops/graphs.ts';
import { load, open } from './real.ts';

/** Networks of other tools are trained on by the same engine: every operator in them has its gradient. */

const NETWORKS: Readonly<Record<string, number>> = {
  'torch-cnn': 8,
  'torch-mixed': 20,
  'torch-mobilenet': 108,
  'torch-transformer': 39,
  'torch-transformer-primitive': 39,
  'torch-transformer-relu': 23,
  'torch2-encoder': 19,
  'torch2-residual': 10,
};
const digits = load('digits', 0);
const { dataset, split } = digits;
const pixels = tensor('float32', [dataset.rows, dataset.columns], Float32Array.from(dataset.features));

function read(name: string) {
  const model = decodeModel(
    new Uint8Array(readFileSync(new URL(`../../../vectors/import/${name}.onnx`, import.meta.url))),
  );
  const sample = model.graph.inputs[0]!.dims!.slice(1) as number[];
  const shaped = (rows: Tensor<'float32'>) => tensor('float32', [rows.dims[0]!, ...sample], rows.data);
  return { model, shaped };
}

/** Noise on every parameter, so that the loss is not near its least, where all slopes vanish. */
function disturbed(initial: ReadonlyMap<string, Tensor>, size: number, tag: string): Map<string, Tensor> {
  const rng = new Rng(tag);
  return new Map(
    [...initial].map(([name, { dims, data }]) => {
      const noise = rng.normal(data.length);
      return [
        name,
        tensor(
          'float64',
          dims,
          Float64Array.from(data as Float32Array, (x, i) => x + size * noise[i]!),
        ),
      ];
    }),
  );
}

describe('buildStep over networks that torch exported', () => {
  for (const [name, count] of Object.entries(NETWORKS)) {
    it(`behavior: the slope of ${name}'s loss equals central differences to 1e-6`, () => {
      const { model, shaped } = read(name);
      const training = buildStep({ model, batch: 3, optimizer: sgd });
      assert.equal(training.parameters.length, count);
      const rows = split.train.slice(0, 3);
      const feeds = new Map<string, Tensor>([
        [NAMES.features, shaped(takeRows(pixels, rows))],
        [
          NAMES.labels,
          tensor(
            'int64',
            [3],
            BigInt64Array.from(rows, (row) => BigInt((dataset.labels[row]! + 1) % 10)),
          ),
        ],
        [NAMES.weights, f32([3], [1, 1, 1])],
        [NAMES.rate, f32([], [1])],
      ]);
      const run = (parameters: ReadonlyMap<string, Tensor>) =>
        evaluateModel(training.model, new Map([...parameters, ...feeds]), { float64: true });
      const start = disturbed(startState(training), 0.01, 'slopes|start');
      const results = run(start);
      const way = disturbed(
        new Map(
          [...start].map(([key, x]) => [
            key,
            f32(
              x.dims,
              values(x).map(() => 0),
            ),
          ]),
        ),
        1,
        name,
      );
      let slope = 0;
      for (const [key, { data }] of start) {
        const [next, along] = [values(results.get(key + NEXT)), values(way.get(key))];
        data.forEach((x, i) => {
          slope += (Number(x) - next[i]!) * along[i]!;
        });
      }
      const lossAt = (h: number): number => {
        const moved = [...start].map(([key, { dims, data }]): [string, Tensor] => {
          const along = values(way.get(key));
          return [
            key,
            tensor(
              'float64',
              dims,
              Float64Array.from(data as Float64Array, (x, i) => x + h * along[i]!),
            ),
          ];
        });
        return values(run(new Map(moved)).get(NAMES.losses))[0]!;
      };
      const h = 1e-7;
      const numeric = (lossAt(h) - lossAt(-h)) / (2 * h);
      assert.ok(Math.abs(slope - numeric) <= 1e-6 * Math.abs(numeric), `${slope} against ${numeric}`);
    });
  }

  for (const name of ['torch-mixed', 'torch-transformer']) {
    it(`behavior: an epoch of Adam in onnxruntime teaches ${name} again what noise made it forget`, async () => {
      const { model, shaped } = read(name);
      const graph = buildEpoch({ model, batch: 32, optimizer: adam() });
      const start = startState(graph);
      const parameters = new Map([...start].filter(([key]) => graph.parameters.includes(key)));
      const forgotten = [...disturbed(parameters, 0.05, 'forget')].map(([key, { dims, data }]): [string, Tensor] => [
        key,
        f32(dims, Array.from(data, Number)),
      ]);
      const plan = planBatches({ rows: split.train, batch: 32, epochs: 2, tag: 'again' });
      const session = await open(graph.model);
      const data = { features: shaped(pixels), labels: digits.labels };
      const { losses } = trainingResult(
        graph,
        await session.run(epochInputs(new Map([...start, ...forgotten]), data, plan, 1e-3)),
      );
      await session.close();
      const mean = (part: Float32Array) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
      const [before, after] = [mean(losses.subarray(0, 5)), mean(losses.subarray(-20))];
      assert.ok(after < before / 2, `${before} before, ${after} after`);
    });
  }
});
