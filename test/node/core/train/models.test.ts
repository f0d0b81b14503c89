import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import {
  denseModel,
  flatten,
  foldScaling,
  initialParameters,
  parameterShapes,
  unflatten,
  withParameters,
} from '../../../../node/core/train/models.ts';
import { f32, values } from '../ops/graphs.ts';
import { golden, load, sha256 } from './real.ts';

const MLP = { inputs: 64, hidden: [32], classes: 10 };
const SOFTMAX = { inputs: 30, hidden: [], classes: 2 };

describe('initialParameters', () => {
  it('behavior: ten seeds start where the reference starts, to the bit', () => {
    for (const [network, hashes] of [
      [MLP, golden.data.digits.initial],
      [SOFTMAX, golden.data.bc.initial],
    ] as const) {
      hashes.forEach((hash, seed) => {
        assert.equal(sha256(flatten(initialParameters(network, seed))).slice(0, 16), hash);
      });
    }
    assert.equal(golden.data.digits.initial[0], '6ff014e546e1e8d4');
  });

  it('behavior: the flat vector and the parameters are the same numbers', () => {
    const parameters = initialParameters(MLP, 0);
    const flat = flatten(parameters);
    assert.equal(flat.length, 2410);
    assert.deepEqual(unflatten(parameterShapes(MLP), flat), parameters);
  });
});

describe('denseModel', () => {
  it('default: layers with Relu between them', () => {
    const network = { inputs: 2, hidden: [2, 1], classes: 2 };
    const parameters = new Map([
      ['W1', f32([2, 2], [1, -1, 1, -1])],
      ['b1', f32([2], [0, 0])],
      ['W2', f32([2, 1], [2, 5])],
      ['b2', f32([1], [1])],
      ['W3', f32([1, 2], [1, -1])],
      ['b3', f32([2], [0, 3])],
    ]) as ReturnType<typeof initialParameters>;
    const model = denseModel(network, parameters, { 'assay.name': 'small' });
    assert.equal(model.metadata.get('assay.name'), 'small');
    const run = (m: typeof model) => values(evaluateModel(m, new Map([['x', f32([1, 2], [1, 2])]])).get('logits'));
    assert.deepEqual(run(model), [7, -4]);
    const other = withParameters(model, new Map([['b3', f32([2], [1, 1])]]) as typeof parameters);
    assert.deepEqual(run(other), [8, -6]);
  });
});

describe('foldScaling', () => {
  it('behavior: raw features through the folded model give what scaled features give', () => {
    const { dataset, scaling, features } = load('bc', 0);
    const parameters = initialParameters(SOFTMAX, 1);
    const raw = tensor('float32', [dataset.rows, dataset.columns], Float32Array.from(dataset.features));
    const scaled = evaluateModel(denseModel(SOFTMAX, parameters), new Map([['x', features]])).get('logits');
    const folded = evaluateModel(denseModel(SOFTMAX, foldScaling(parameters, scaling)), new Map([['x', raw]])).get(
      'logits',
    );
    values(scaled).forEach((score, i) => {
      assert.ok(Math.abs(score - values(folded)[i]!) < 1e-4, `${score} ${values(folded)[i]}`);
    });
  });
});
