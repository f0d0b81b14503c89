import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { elementCount, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import {
  type ConvNetwork,
  ConvNetworkRefused,
  convModel,
  convParameterShapes,
  foldPixelScale,
  initialConvParameters,
} from '../../../../node/core/train/convModel.ts';
import { flatten, unflatten } from '../../../../node/core/train/models.ts';
import { momentum, sgd } from '../../../../node/core/train/optimizer.ts';
import { buildStep, NAMES, NEXT } from '../../../../node/core/train/step.ts';
import { relativeError } from '../autodiff/gradients.ts';
import { floats } from '../ops/cases.ts';
import { f32, i64, values } from '../ops/graphs.ts';
import { open } from './real.ts';

const DIGITS: ConvNetwork = { image: [1, 8, 8], maps: [16, 32, 32], classes: 10 };

describe('convParameterShapes', () => {
  it('default: the convolutional classifier of the digits', () => {
    assert.deepEqual(Object.fromEntries(convParameterShapes(DIGITS)), {
      W1: [16, 1, 3, 3],
      b1: [16],
      W2: [32, 16, 3, 3],
      b2: [32],
      W3: [32, 32, 3, 3],
      b3: [32],
      W4: [128, 10],
      b4: [10],
    });
  });

  it('behavior: an image of odd size is not halved', () => {
    const shapes = convParameterShapes({ image: [3, 6, 6], maps: [2, 2, 2], classes: 4 });
    assert.deepEqual(shapes.get('W4'), [2 * 3 * 3, 4]);
    assert.deepEqual(convParameterShapes({ ...DIGITS, maps: [5] }).get('W2'), [5 * 64, 10]);
  });

  const refused: readonly (readonly [string, Partial<ConvNetwork>, RegExp])[] = [
    ['no convolution', { maps: [] }, /maps \[\]/],
    ['a convolution without channels', { maps: [16, 0] }, /16, 0/],
    ['half a channel', { maps: [1.5] }, /1\.5/],
    ['an image of nothing', { image: [1, 0, 8] }, /1 x 0 x 8/],
  ];
  for (const [name, change, why] of refused) {
    it(`error: ConvNetworkRefused for ${name}`, () => {
      assert.throws(
        () => convParameterShapes({ ...DIGITS, ...change }),
        (error) => error instanceof ConvNetworkRefused && why.test(error.why),
      );
    });
  }
});

describe('initialConvParameters', () => {
  it('behavior: weights have the variance of He et al., biases are 0, seeds differ', () => {
    const parameters = initialConvParameters(DIGITS, 0);
    const variance = (name: string) =>
      values(parameters.get(name)).reduce((sum, x, _, { length }) => sum + x ** 2 / length, 0);
    for (const [name, expected] of [
      ['W2', 2 / 144],
      ['W3', 2 / 288],
      ['W4', 1 / 128],
    ] as const) {
      assert.ok(Math.abs(variance(name) / expected - 1) < 0.1, `${name}: ${variance(name)}, expected ${expected}`);
    }
    assert.ok(values(parameters.get('b3')).every((bias) => bias === 0));
    assert.deepEqual(initialConvParameters(DIGITS, 0), parameters);
    assert.notDeepEqual(initialConvParameters(DIGITS, 1).get('W1'), parameters.get('W1'));
    assert.deepEqual(unflatten(convParameterShapes(DIGITS), flatten(parameters)), parameters);
  });
});

describe('foldPixelScale', () => {
  it('behavior: raw pixels through the folded model give what scaled pixels give', () => {
    const parameters = initialConvParameters(DIGITS, 3);
    const pixels = floats(4, 1, 8, 8);
    const raw = f32(
      pixels.dims,
      values(pixels).map((x) => 16 * x),
    );
    const logits = (model: ReturnType<typeof convModel>, x: Tensor) =>
      values(evaluateModel(model, new Map([['x', x]])).get('logits'));
    const folded = logits(convModel(DIGITS, foldPixelScale(parameters, 16), { 'assay.name': 'cnn' }), raw);
    assert.deepEqual(folded, logits(convModel(DIGITS, parameters), pixels));
  });
});

describe('training a convolutional network', () => {
  /** Four channels in, so that both ways to compute the gradient of the weights take part. */
  const network: ConvNetwork = { image: [4, 4, 4], maps: [3, 5], classes: 3 };
  const [batch, initial] = [3, initialConvParameters(network, 0)];
  const parameters = new Map([...initial].map(([name, { dims }]) => [name, floats(...dims) as Tensor<'float32'>]));
  const feeds = new Map<string, Tensor>([
    [NAMES.features, floats(batch, ...network.image)],
    [NAMES.labels, i64([batch], [0, 2, 1])],
    [NAMES.weights, f32([batch], [0.5, 0.25, 0.25])],
    [NAMES.rate, f32([], [1])],
  ]);
  const training = buildStep({ model: convModel(network, parameters), batch, optimizer: sgd });
  const start = new Map<string, Tensor>(training.carried.map(({ name, initial: value }) => [name, value]));
  const run = (changed: ReadonlyMap<string, Tensor> = new Map()) =>
    evaluateModel(training.model, new Map([...start, ...feeds, ...changed]), { float64: true });
  const gradientsFrom = (results: ReadonlyMap<string, Tensor>, name: string) => {
    const next = values(results.get(name + NEXT));
    return values(start.get(name)).map((value, i) => value - next[i]!);
  };

  it('behavior: gradients of the whole loss equal central differences to 1e-6', () => {
    const results = run();
    for (const [name, { dims, data }] of start) {
      const loss = (index: number, value: number) => {
        const moved = Float64Array.from(data as Float32Array);
        moved[index] = value;
        return values(run(new Map([[name, tensor('float64', dims, moved)]])).get(NAMES.losses))[0]!;
      };
      const numeric = Array.from({ length: elementCount(dims) }, (_, index) => {
        const value = Number(data[index]);
        const h = 1e-5 * Math.max(1, Math.abs(value));
        return (loss(index, value + h) - loss(index, value - h)) / (2 * h);
      });
      const error = relativeError(gradientsFrom(results, name), numeric);
      assert.ok(error <= 1e-6, `${name}: relative error ${error}`);
    }
  });

  it('behavior: onnxruntime in float32 agrees to 1e-5', async () => {
    const session = await open(training.model);
    // A step of 1024 gradients: taking the weights off again then costs no digits of float32.
    const far = new Map<string, Tensor>([[NAMES.rate, f32([], [1024])]]);
    const theirs = await session.run(new Map([...start, ...feeds, ...far]));
    await session.close();
    const ours = run(far);
    for (const name of start.keys()) {
      const error = relativeError(gradientsFrom(theirs, name), gradientsFrom(ours, name));
      assert.ok(error <= 1e-5, `${name}: relative error ${error}`);
    }
  });

  it('behavior: twenty steps of momentum fit a batch', async () => {
    const fitting = buildStep({ model: convModel(network, parameters), batch, optimizer: momentum() });
    const session = await open(fitting.model);
    let state = new Map<string, Tensor>(fitting.carried.map(({ name, initial: value }) => [name, value]));
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const results = await session.run(new Map([...state, ...feeds, [NAMES.rate, f32([], [0.01])]]));
      state = new Map(fitting.carried.map(({ name }) => [name, results.get(name + NEXT)!]));
      losses.push(values(results.get(NAMES.losses))[0]!);
    }
    await session.close();
    assert.ok(losses.at(-1)! < losses[0]! / 2, losses.join(' '));
  });
});
