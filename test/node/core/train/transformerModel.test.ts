import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { flatten, unflatten } from '../../../../node/core/train/models.ts';
import { sgd } from '../../../../node/core/train/optimizer.ts';
import { buildStep, NAMES, NEXT } from '../../../../node/core/train/step.ts';
import {
  foldTokenScale,
  initialTransformerParameters,
  TransformerRefused,
  transformerModel,
  transformerParameterShapes,
} from '../../../../node/core/train/transformerModel.ts';
import { relativeError } from '../autodiff/gradients.ts';
import { floats } from '../ops/cases.ts';
import { f32, i64, values } from '../ops/graphs.ts';
import { open } from './real.ts';

const SMALL = { tokens: 3, features: 2, width: 4, heads: 2, blocks: 2, classes: 3 };

describe('transformerParameterShapes', () => {
  it('default: embedding, positions, blocks, norm and head', () => {
    const shapes = transformerParameterShapes(SMALL);
    assert.equal(shapes.size, 2 + 1 + 2 * 16 + 2 + 2);
    assert.deepEqual(shapes.get('positions'), [3, 4]);
    assert.deepEqual(shapes.get('block2.expand.weight'), [4, 8]);
    assert.deepEqual(shapes.get('head.weight'), [4, 3]);
  });

  for (const [name, change] of [
    ['heads that do not divide the width', { heads: 3 }],
    ['no block', { blocks: 0 }],
    ['a width that is no integer', { width: 4.5 }],
  ] as const) {
    it(`error: TransformerRefused for ${name}`, () => {
      assert.throws(() => transformerParameterShapes({ ...SMALL, ...change }), TransformerRefused);
    });
  }
});

describe('initialTransformerParameters', () => {
  it('behavior: norms start as nothing, biases at 0, weights within the bound of Glorot and Bengio', () => {
    const parameters = initialTransformerParameters(SMALL, 0);
    assert.deepEqual(values(parameters.get('block1.norm1.scale')), [1, 1, 1, 1]);
    assert.deepEqual(values(parameters.get('block1.norm1.bias')), [0, 0, 0, 0]);
    assert.ok(values(parameters.get('block1.query.weight')).every((x) => Math.abs(x) <= Math.sqrt(6 / 8)));
    assert.deepEqual(unflatten(transformerParameterShapes(SMALL), flatten(parameters)), parameters);
    assert.notDeepEqual(initialTransformerParameters(SMALL, 1), parameters);
  });
});

describe('transformerModel', () => {
  const feeds = (x: Tensor) => new Map([['x', x]]);
  const parameters = initialTransformerParameters(SMALL, 0);

  it('behavior: positions matter, the order of samples does not', () => {
    const model = transformerModel(SMALL, parameters, { 'assay.name': 'small' });
    assert.equal(model.metadata.get('assay.name'), 'small');
    const run = (x: number[]) => values(evaluateModel(model, feeds(f32([x.length / 6, 3, 2], x))).get('logits'));
    const [a, b] = [run([1, 2, 3, 4, 5, 6]), run([3, 4, 1, 2, 5, 6])];
    assert.notDeepEqual(a, b);
    assert.deepEqual(run([3, 4, 1, 2, 5, 6, 1, 2, 3, 4, 5, 6]), [...b, ...a]);
  });

  it('behavior: raw features through the folded model give what scaled ones give', () => {
    const x = floats(2, 3, 2);
    const raw = f32(
      x.dims,
      values(x).map((value) => 16 * value),
    );
    const logits = (model: ReturnType<typeof transformerModel>, input: Tensor) =>
      values(evaluateModel(model, feeds(input)).get('logits'));
    assert.deepEqual(
      logits(transformerModel(SMALL, foldTokenScale(parameters, 16)), raw),
      logits(transformerModel(SMALL, parameters), x),
    );
  });
});

describe('training a transformer', () => {
  const batch = 2;
  const shapes = transformerParameterShapes(SMALL);
  const parameters = new Map([...shapes].map(([name, dims]) => [name, floats(...dims) as Tensor<'float32'>]));
  const training = buildStep({ model: transformerModel(SMALL, parameters), batch, optimizer: sgd });
  const feeds = new Map<string, Tensor>([
    ...training.carried.map(({ name, initial }): [string, Tensor] => [name, initial]),
    [NAMES.features, floats(batch, 3, 2)],
    [NAMES.labels, i64([batch], [0, 2])],
    [NAMES.weights, f32([batch], [0.5, 0.5])],
    [NAMES.rate, f32([], [1024])],
  ]);
  const run = (changed: ReadonlyMap<string, Tensor> = new Map()) =>
    evaluateModel(training.model, new Map([...feeds, ...changed]), { float64: true });
  const gradient = (results: ReadonlyMap<string, Tensor>, name: string) => {
    const next = values(results.get(name + NEXT));
    return values(feeds.get(name)).map((value, i) => (value - next[i]!) / 1024);
  };

  it('behavior: gradients of the whole loss equal central differences to 1e-6', () => {
    const results = run();
    const [ours, numeric]: [number[], number[]] = [[], []];
    for (const name of shapes.keys()) {
      const { dims } = feeds.get(name)!;
      const loss = (index: number, value: number) => {
        const moved = Float64Array.from(values(feeds.get(name)));
        moved[index] = value;
        return values(run(new Map([[name, tensor('float64', dims, moved)]])).get(NAMES.losses))[0]!;
      };
      ours.push(...gradient(results, name));
      numeric.push(
        ...values(feeds.get(name)).map((value, index) => {
          const h = 1e-5 * Math.max(1, Math.abs(value));
          return (loss(index, value + h) - loss(index, value - h)) / (2 * h);
        }),
      );
    }
    const error = relativeError(ours, numeric);
    assert.ok(error <= 1e-6, `relative error ${error}`);
  });

  it('behavior: the gradient of a bias of the keys is 0: softmax does not see what all scores share', () => {
    const size = Math.max(...gradient(run(), 'block1.key.bias').map(Math.abs));
    assert.ok(size < 1e-12, String(size));
  });

  it('behavior: onnxruntime in float32 agrees to 1e-5', async () => {
    const session = await open(training.model);
    const theirs = await session.run(feeds);
    await session.close();
    const ours = run();
    const all = (results: ReadonlyMap<string, Tensor>) => [...shapes.keys()].flatMap((name) => gradient(results, name));
    const error = relativeError(all(theirs), all(ours));
    assert.ok(error <= 1e-5, `relative error ${error}`);
  });
});
