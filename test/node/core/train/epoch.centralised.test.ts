import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { convModel, initialConvParameters } from '../../../../node/core/train/convModel.ts';
import { buildEpoch } from '../../../../node/core/train/epoch.ts';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { denseModel, initialParameters } from '../../../../node/core/train/models.ts';
import { momentum, sgd } from '../../../../node/core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../../../node/core/train/plan.ts';
import { takeRows } from '../../../../node/core/train/scaling.ts';
import { type DataName, load, open, testScore } from './real.ts';

interface Recipe {
  readonly name: DataName;
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  /** Mean accuracy over ten seeds that must be reached, in percent. */
  readonly target: number;
}

const RECIPES: readonly Recipe[] = [
  { name: 'digits', hidden: [32], epochs: 80, batch: 32, rate: 0.1, target: 96.5 },
  { name: 'bc', hidden: [], epochs: 20, batch: 16, rate: 0.05, target: 97 },
];

/** Test accuracy in percent after training all epochs as one run of one Scan graph. */
async function accuracy({ name, hidden, epochs, batch, rate }: Recipe, seed: number): Promise<number> {
  const data = load(name, seed);
  const network = { inputs: data.dataset.columns, hidden, classes: data.dataset.classes };
  const graph = buildEpoch({ model: denseModel(network, initialParameters(network, seed)), batch, optimizer: sgd });
  const plan = planBatches({ rows: data.split.train, batch, epochs, tag: `${name}|train|${seed}` });
  const session = await open(graph.model);
  const result = trainingResult(graph, await session.run(epochInputs(startState(graph), data, plan, rate)));
  await session.close();
  return (100 * testScore(data, network, result.parameters)) / data.split.test.length;
}

const CNN = { image: [1, 8, 8], maps: [16, 32, 32], classes: 10 } as const;
const CNN_RECIPE = { epochs: 15, batch: 32, rate: 0.05 } as const;

/** Test accuracy in percent of the convolutional network, the learning rate falling linearly from epoch to epoch. */
async function convAccuracy(seed: number): Promise<number> {
  const data = load('digits', seed);
  const { epochs, batch, rate } = CNN_RECIPE;
  const images = (rows: Tensor<'float32'>) => tensor('float32', [rows.dims[0]!, ...CNN.image], rows.data);
  const start = initialConvParameters(CNN, seed);
  const graph = buildEpoch({ model: convModel(CNN, start), batch, optimizer: momentum() });
  const session = await open(graph.model);
  let state = startState(graph);
  let parameters = start;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const plan = planBatches({ rows: data.split.train, batch, epochs: 1, tag: `digits|train|${seed}|${epoch}` });
    const feeds = epochInputs(state, { ...data, features: images(data.features) }, plan, rate * (1 - epoch / epochs));
    const result = trainingResult(graph, await session.run(feeds));
    [state, parameters] = [result.carried, result.parameters];
  }
  await session.close();
  const test = images(takeRows(data.features, data.split.test));
  const logits = evaluateModel(convModel(CNN, parameters), new Map([['x', test]])).get('logits')!;
  const labels = Array.from(data.split.test, (row) => data.dataset.labels[row]!);
  return (100 * correct(predictions(logits), labels)) / labels.length;
}

describe('centralised training', () => {
  const seeds = process.env['ASSAY_NIGHTLY'] === '1' ? 10 : 3;
  it(`behavior: the convolutional network reaches 98 % on the digits in the mean of ${seeds} seeds`, async (context) => {
    const scores: number[] = [];
    for (let seed = 0; seed < seeds; seed++) scores.push(await convAccuracy(seed));
    const mean = scores.reduce((sum, score) => sum + score, 0) / seeds;
    context.diagnostic(`${mean.toFixed(2)} %, seeds 0 to ${seeds - 1}: ${scores.map((x) => x.toFixed(2)).join(' ')}`);
    assert.ok(mean >= 98, scores.map((score) => score.toFixed(2)).join(' '));
  });

  for (const recipe of RECIPES) {
    it(`behavior: ${recipe.name} reaches ${recipe.target} % in the mean of ten seeds`, async (context) => {
      const scores: number[] = [];
      for (let seed = 0; seed < 10; seed++) scores.push(await accuracy(recipe, seed));
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
      context.diagnostic(`${mean.toFixed(2)} +- ${deviation.toFixed(2)} %, seeds 0 to 9, ${JSON.stringify(recipe)}`);
      assert.ok(mean >= recipe.target, scores.map((score) => score.toFixed(2)).join(' '));
    });
  }
});
