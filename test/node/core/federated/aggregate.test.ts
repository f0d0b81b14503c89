import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AggregateRefused,
  averageUpdates,
  fromFixedPoint,
  quantiseUpdate,
  toFixedPoint,
} from '../../../../node/core/federated/aggregate.ts';
import { buildEpoch } from '../../../../node/core/train/epoch.ts';
import {
  denseModel,
  flatten,
  initialParameters,
  parameterShapes,
  unflatten,
} from '../../../../node/core/train/models.ts';
import { sgd } from '../../../../node/core/train/optimizer.ts';
import { parsePartition, partitionRows } from '../../../../node/core/train/partition.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../../../node/core/train/plan.ts';
import { Rng } from '../../../../node/core/train/rng.ts';
import { golden, load, open, sha256, testScore } from '../train/real.ts';

/** Correct test rows after each round of federated averaging in fixed point, and the hash of the last model. */
async function federate(
  { data: name, hidden, nodes, kind, epochs, batch, rate }: (typeof golden.training)[number],
  rounds: number,
) {
  const data = load(name, 0);
  const network = { inputs: data.dataset.columns, hidden, classes: data.dataset.classes };
  const request = {
    train: data.split.train,
    labels: data.dataset.labels,
    classes: network.classes,
    nodes,
    name,
    seed: 0,
  };
  const parts = partitionRows(request, parsePartition(kind));
  const graph = buildEpoch({ model: denseModel(network, initialParameters(network, 0)), batch, optimizer: sgd });
  const session = await open(graph.model);
  let model = toFixedPoint(flatten(initialParameters(network, 0)));
  const scores: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const parameters = unflatten(parameterShapes(network), fromFixedPoint(model));
    const updates = [];
    for (const [node, rows] of parts.entries()) {
      const plan = planBatches({ rows, batch, epochs, tag: `${name}|local|0|${round}|${node}` });
      const inputs = epochInputs(startState(graph, parameters), data, plan, rate);
      const local = trainingResult(graph, await session.run(inputs)).parameters;
      updates.push({ update: quantiseUpdate(model, flatten(local)), samples: rows.length });
    }
    model = averageUpdates(model, updates);
    scores.push(testScore(data, network, unflatten(parameterShapes(network), fromFixedPoint(model))));
  }
  await session.close();
  return { scores, hash: sha256(model).slice(0, 16) };
}

describe('federated averaging', () => {
  for (const run of golden.training) {
    it(`behavior: ${run.data} ${run.kind} reaches the reference's accuracies within one test row`, async (context) => {
      const { scores, hash } = await federate(run, 20);
      context.diagnostic(`int32 model after 20 rounds: ${hash}`);
      for (const [round, expected] of Object.entries(run.correct)) {
        const actual = scores[Number(round) - 1]!;
        assert.ok(
          Math.abs(actual - expected) <= 1,
          `round ${round}: ${actual} of ${run.testRows}, reference ${expected}`,
        );
      }
    });
  }
});

describe('averageUpdates', () => {
  const int32 = (...values: number[]) => Int32Array.from(values);

  it('default: the weighted mean, halves rounded up for both signs', () => {
    const updates = [
      { update: int32(1, -1, 3, -3, 0), samples: 1 },
      { update: int32(0, 0, 0, 0, 0), samples: 1 },
    ];
    assert.deepEqual([...averageUpdates(int32(10, 10, 10, 10, 10), updates)], [11, 10, 12, 9, 10]);
  });

  it('behavior: agrees with BigInt arithmetic at the bounds, in any order of arrival', () => {
    const rng = new Rng('aggregate');
    const greatest = 2 ** 23 - 1;
    const updates = Array.from({ length: 50 }, () => ({
      update: Int32Array.from({ length: 40 }, () =>
        rng.u32() % 3 === 0 ? (rng.u32() & 1 ? greatest : -greatest) : (rng.u32() % (2 * greatest)) - greatest,
      ),
      samples: 1 + (rng.u32() % 65535),
    }));
    const model = Int32Array.from({ length: 40 }, () => (rng.u32() % 2 ** 21) - 2 ** 20);
    const total = updates.reduce((sum, { samples }) => sum + BigInt(samples), 0n);
    const expected = Array.from(model, (weight, i) => {
      const sum = updates.reduce((all, { update, samples }) => all + BigInt(samples) * BigInt(update[i]!), 0n);
      const [x, y] = [2n * sum + total, 2n * total];
      return weight + Number((x - (((x % y) + y) % y)) / y);
    });
    assert.deepEqual([...averageUpdates(model, updates)], expected);
    assert.deepEqual([...averageUpdates(model, updates.toReversed())], expected);
  });

  it('behavior: weights stay within what float32 holds exactly', () => {
    const full = int32(2 ** 23 - 1);
    const model = averageUpdates(int32(2 ** 24 - 5), [{ update: full, samples: 3 }]);
    assert.deepEqual([...model], [2 ** 24 - 1]);
    assert.deepEqual([...toFixedPoint(fromFixedPoint(model))], [...model]);
  });

  it('behavior: quantised updates round halves away from zero and are clamped', () => {
    const half = 2 ** -21;
    assert.deepEqual(
      [...quantiseUpdate(int32(0, 0, 0, 0), Float32Array.of(half, -half, 100, -100))],
      [1, -1, 2 ** 23 - 1, 1 - 2 ** 23],
    );
    assert.deepEqual([...quantiseUpdate(int32(2 ** 20), Float32Array.of(0.5))], [-(2 ** 19)]);
  });

  it('error: AggregateRefused', () => {
    const one = { update: int32(1), samples: 1 };
    const wrong = [
      [],
      [{ ...one, samples: 0 }],
      [{ ...one, samples: 65536 }],
      [{ ...one, samples: 1.5 }],
      [{ ...one, update: int32(1, 2) }],
      [{ ...one, update: int32(2 ** 23) }],
      new Array(4096).fill(one),
    ];
    for (const updates of wrong) assert.throws(() => averageUpdates(int32(0), updates), AggregateRefused);
    assert.throws(() => quantiseUpdate(int32(0), Float32Array.of(Number.NaN)), AggregateRefused);
    assert.throws(() => quantiseUpdate(int32(0), Float32Array.of(1, 2)), AggregateRefused);
    assert.throws(() => toFixedPoint(Float32Array.of(Number.NaN)), AggregateRefused);
  });
});
