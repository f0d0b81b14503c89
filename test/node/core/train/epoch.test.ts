import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { checkOperators } from '../../../../node/core/onnx/opset.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { supportedOperators } from '../../../../node/core/ops/table.ts';
import { elementCount, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { buildEpoch } from '../../../../node/core/train/epoch.ts';
import { denseModel, flatten, initialParameters } from '../../../../node/core/train/models.ts';
import { adam, momentum, type Optimizer, sgd } from '../../../../node/core/train/optimizer.ts';
import { parsePartition, partitionRows } from '../../../../node/core/train/partition.ts';
import {
  type BatchPlan,
  epochInputs,
  planBatches,
  startState,
  trainingResult,
} from '../../../../node/core/train/plan.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { takeRows } from '../../../../node/core/train/scaling.ts';
import { buildStep, NAMES } from '../../../../node/core/train/step.ts';
import { golden, type Loaded, load, open, sha256 } from './real.ts';

const MLP = { inputs: 64, hidden: [32], classes: 10 };
const digits = load('digits', 0);
const rows = digits.split.train.subarray(0, 300);
const plan = planBatches({ rows, batch: 32, epochs: 2, tag: 'epoch' });

/** What one run of the Scan graph leaves. */
async function runEpoch(optimizer: Optimizer, batches: BatchPlan, rate: number, data: Loaded = digits) {
  const graph = buildEpoch({
    model: denseModel(MLP, initialParameters(MLP, 0)),
    batch: batches.indices.dims[1]!,
    optimizer,
  });
  const session = await open(graph.model);
  const result = trainingResult(graph, await session.run(epochInputs(startState(graph), data, batches, rate)));
  await session.close();
  return result;
}

/** The same, one run per step. */
async function runSteps(optimizer: Optimizer, batches: BatchPlan, rate: number) {
  const [steps, batch] = batches.indices.dims as [number, number];
  const graph = buildStep({ model: denseModel(MLP, initialParameters(MLP, 0)), batch, optimizer });
  const session = await open(graph.model);
  let state = startState(graph);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const chosen = Uint32Array.from(batches.indices.data.subarray(step * batch, (step + 1) * batch), Number);
    const labels = BigInt64Array.from(chosen, (row) => digits.labels.data[row]!);
    const inputs = new Map<string, Tensor>([
      ...state,
      [NAMES.features, takeRows(digits.features, chosen)],
      [NAMES.labels, tensor('int64', [batch], labels)],
      [NAMES.weights, tensor('float32', [batch], batches.weights.data.slice(step * batch, (step + 1) * batch))],
      [NAMES.rate, tensor('float32', [], Float32Array.of(rate))],
    ]);
    const result = trainingResult(graph, await session.run(inputs));
    state = result.carried;
    losses.push(result.losses[0]!);
  }
  await session.close();
  return { state, losses };
}

/** Conv 8 of 3x3, Relu, MaxPool, dense: images [N, 1, 8, 8] to ten classes. */
function convolutional(): Model {
  const rng = new Rng('cnn');
  const uniform = (fanIn: number, ...dims: number[]) => {
    const data = Float32Array.from({ length: elementCount(dims) }, () => (2 * rng.uniform() - 1) / Math.sqrt(fanIn));
    return tensor('float32', dims, data);
  };
  const g = graphBuilder('cnn');
  const x = g.input('x', 'float32', ['N', 1, 8, 8]);
  const maps = g.node('Conv', [x, g.constant('K', uniform(9, 8, 1, 3, 3)), g.constant('k', uniform(9, 8))], {
    pads: [1, 1, 1, 1],
  });
  const pooled = g.node('MaxPool', [g.node('Relu', [maps])], { kernel_shape: [2, 2], strides: [2, 2] });
  const flat = g.node('Flatten', [pooled]);
  g.output(
    g.node('Gemm', [flat, g.constant('W', uniform(128, 128, 10)), g.constant('b', uniform(128, 10))]),
    'float32',
    ['N', 10],
  );
  return g.model();
}

describe('buildEpoch', () => {
  it('behavior: a convolutional network trains as one Scan, too', async () => {
    const graph = buildEpoch({ model: convolutional(), batch: 32, optimizer: momentum(0.9) });
    const session = await open(graph.model);
    const batches = planBatches({ rows: digits.split.train, batch: 32, epochs: 3, tag: 'cnn' });
    const images = tensor('float32', [digits.dataset.rows, 1, 8, 8], digits.features.data);
    const inputs = epochInputs(startState(graph), { features: images, labels: digits.labels }, batches, 0.05);
    const { losses } = trainingResult(graph, await session.run(inputs));
    await session.close();
    const mean = (part: Float32Array) => part.reduce((sum, loss) => sum + loss, 0) / part.length;
    assert.ok(mean(losses.slice(-46)) < 0.35, `${mean(losses.slice(0, 46))} to ${mean(losses.slice(-46))}`);
  });

  for (const [optimizer, rate] of [
    [sgd, 0.1],
    [momentum(0.9), 0.02],
    [adam(), 0.003],
  ] as const) {
    it(`behavior: Scan equals a run per step bit for bit, ${optimizer.name}`, async () => {
      const whole = await runEpoch(optimizer, plan, rate);
      const { state, losses } = await runSteps(optimizer, plan, rate);
      for (const [name, value] of whole.carried) assert.equal(sha256(value.data), sha256(state.get(name)!.data), name);
      assert.deepEqual([...whole.losses], losses);
      assert.ok(losses.at(-1)! < 0.95 * losses[0]!, `the loss falls: ${losses[0]} to ${losses.at(-1)}`);
    });
  }

  it('behavior: filling the last batch with any row changes nothing', async () => {
    const filled = plan.indices.data.map((row, i) => (plan.weights.data[i] === 0 ? 7n : row));
    const other = { ...plan, indices: tensor('int64', plan.indices.dims, filled) };
    assert.ok(plan.weights.data.includes(0));
    const [a, b] = [await runEpoch(sgd, plan, 0.1), await runEpoch(sgd, other, 0.1)];
    assert.equal(sha256(flatten(a.parameters)), sha256(flatten(b.parameters)));
  });

  it('behavior: our evaluator runs the same epoch to float32 rounding', async () => {
    const graph = buildEpoch({ model: denseModel(MLP, initialParameters(MLP, 0)), batch: 32, optimizer: sgd });
    const short = planBatches({ rows: rows.subarray(0, 70), batch: 32, epochs: 1, tag: 'short' });
    const inputs = epochInputs(startState(graph), digits, short, 0.1);
    const theirs = await runEpoch(sgd, short, 0.1);
    for (const float64 of [false, true]) {
      const ours = evaluateModel(graph.model, inputs, { float64 });
      for (const [name, value] of theirs.carried) {
        const data = ours.get(`${name}.next`)!.data;
        value.data.forEach((x: number | bigint, i: number) => {
          assert.ok(Math.abs(Number(x) - Number(data[i])) < 1e-6, `${name}[${i}]`);
        });
      }
    }
  });

  it('behavior: the graph is plain ONNX that our own reader admits', () => {
    const { model } = buildEpoch({ model: denseModel(MLP, initialParameters(MLP, 0)), batch: 32, optimizer: adam() });
    const again = decodeModel(encodeModel(model));
    checkOperators(again, supportedOperators);
    const operators = again.graph.nodes.map(({ op }) => op).filter((op) => op !== 'Identity');
    assert.deepEqual(operators, ['Scan']);
  });

  for (const {
    data: name,
    hidden,
    nodes,
    kind,
    epochs,
    batch,
    rate,
    sampled,
    afterOneStep,
    afterFirstNode,
  } of golden.training) {
    it(`behavior: one step and one local fit equal the reference to 1e-6: ${name} ${kind}`, async () => {
      const data = load(name, 0);
      const network = { inputs: data.dataset.columns, hidden, classes: data.dataset.classes };
      const { train } = data.split;
      const request = { train, labels: data.dataset.labels, classes: network.classes, nodes, name, seed: 0 };
      const [first] = partitionRows(request, parsePartition(kind));
      const whole = planBatches({ rows: first!, batch, epochs, tag: `${name}|local|0|0|0` });
      const one = {
        indices: tensor('int64', [1, batch], whole.indices.data.slice(0, batch)),
        weights: tensor('float32', [1, batch], whole.weights.data.slice(0, batch)),
      };
      const graph = buildEpoch({ model: denseModel(network, initialParameters(network, 0)), batch, optimizer: sgd });
      const session = await open(graph.model);
      for (const [batches, expected] of [
        [one, afterOneStep],
        [whole, afterFirstNode],
      ] as const) {
        const result = trainingResult(graph, await session.run(epochInputs(startState(graph), data, batches, rate)));
        const flat = flatten(result.parameters);
        sampled.forEach((place, i) => {
          assert.ok(Math.abs(flat[place]! - expected[i]!) <= 1e-6, `${place}: ${flat[place]} ${expected[i]}`);
        });
      }
      await session.close();
    });
  }
});
