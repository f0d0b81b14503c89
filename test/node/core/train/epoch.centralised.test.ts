import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildEpoch } from '../../../../node/core/train/epoch.ts';
import { denseModel, initialParameters } from '../../../../node/core/train/models.ts';
import { sgd } from '../../../../node/core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../../../node/core/train/plan.ts';
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

describe('centralised training', () => {
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
