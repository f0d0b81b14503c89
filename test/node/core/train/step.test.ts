import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attribute, Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { denseModel, initialParameters } from '../../../../node/core/train/models.ts';
import { sgd } from '../../../../node/core/train/optimizer.ts';
import { buildStep, NAMES, TrainingRefused } from '../../../../node/core/train/step.ts';
import { floats } from '../ops/cases.ts';
import { f32, graph, i64, model, node, t, values } from '../ops/graphs.ts';

const network = { inputs: 3, hidden: [4], classes: 3 };
const dense = denseModel(network, initialParameters(network, 0));
const x = floats(5, 3);
const labels = i64([5], [0, 2, 1, 1, 0]);
const weights = f32([5], [0.25, 0.25, 0, 0.3, 0.2]);

/** New parameters after one step of SGD with rate 1, i.e. old ones less their gradients, in float64. */
function step(source: Model, feeds: ReadonlyMap<string, Tensor> = new Map()) {
  const training = buildStep({ model: source, batch: 5, optimizer: sgd });
  const inputs = new Map<string, Tensor>([
    ...training.carried.map(({ name, initial }): [string, Tensor] => [name, initial]),
    [NAMES.features, x],
    [NAMES.labels, labels],
    [NAMES.weights, weights],
    [NAMES.rate, f32([], [1])],
    ...feeds,
  ]);
  return { training, results: evaluateModel(training.model, inputs, { float64: true }) };
}

describe('buildStep', () => {
  it('behavior: gradients of the whole loss equal central differences to 1e-6', () => {
    const { training, results } = step(dense);
    for (const { name, initial } of training.carried) {
      const moved = (index: number, value: number) => {
        const data = Float64Array.from(initial.data);
        data[index] = value;
        const feeds = new Map<string, Tensor>([[name, tensor('float64', initial.dims, data)]]);
        return values(step(dense, feeds).results.get(NAMES.losses))[0]!;
      };
      initial.data.forEach((value, index) => {
        const h = 1e-5 * Math.max(1, Math.abs(value));
        const numeric = (moved(index, value + h) - moved(index, value - h)) / (2 * h);
        const ours = value - values(results.get(`${name}.next`))[index]!;
        assert.ok(
          Math.abs(ours - numeric) <= 1e-6 * Math.max(1e-3, Math.abs(numeric)),
          `${name}[${index}] ${ours} ${numeric}`,
        );
      });
    }
  });

  it('behavior: the loss is the weighted cross-entropy', () => {
    const logits = values(evaluateModel(dense, new Map([['x', x]]), { float64: true }).get('logits'));
    const expected = values(labels).reduce((sum, label, row) => {
      const scores = logits.slice(3 * row, 3 * row + 3);
      const logSum = Math.log(scores.reduce((total, score) => total + Math.exp(score), 0));
      return sum + values(weights)[row]! * (logSum - scores[label]!);
    }, 0);
    assert.ok(Math.abs(values(step(dense).results.get(NAMES.losses))[0]! - expected) < 1e-12);
  });

  it('behavior: a final Softmax is looked through', () => {
    const { graph: g } = dense;
    const soft: Model = {
      ...dense,
      graph: {
        ...g,
        nodes: [...g.nodes, node('Softmax', ['logits'], ['p'])],
        outputs: [{ ...g.outputs[0]!, name: 'p' }],
      },
    };
    assert.deepEqual(step(soft).results.get('W1.next'), step(dense).results.get('W1.next'));
  });

  it('args: only the chosen parameters are trained', () => {
    const training = buildStep({ model: dense, batch: 5, optimizer: sgd, trainable: ['W2', 'b2'] });
    assert.deepEqual(training.parameters, ['W2', 'b2']);
    assert.deepEqual(
      training.model.graph.outputs.map(({ name }) => name),
      ['W2.next', 'b2.next', NAMES.losses],
    );
    const gemms = training.model.graph.nodes.filter(({ op }) => op === 'Gemm').length;
    assert.equal(gemms, 3, 'two forwards, one for W2; none for the frozen layer');
  });

  const withGraph = (change: Partial<Model['graph']>): Model => ({ ...dense, graph: { ...dense.graph, ...change } });
  const perm: Attribute = { type: 'ints', value: [1, 0] };
  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'two inputs',
      () =>
        buildStep({
          model: withGraph({ inputs: [...dense.graph.inputs, { name: 'm', dtype: 'float32', dims: [1] }] }),
          batch: 5,
          optimizer: sgd,
        }),
      /one float32 input/,
    ],
    [
      'an input of another type',
      () =>
        buildStep({
          model: withGraph({ inputs: [{ name: 'x', dtype: 'uint8', dims: ['N', 3] }] }),
          batch: 5,
          optimizer: sgd,
        }),
      /one float32 input/,
    ],
    [
      'samples of no fixed shape',
      () =>
        buildStep({
          model: withGraph({ inputs: [{ name: 'x', dtype: 'float32', dims: ['N', 'M'] }] }),
          batch: 5,
          optimizer: sgd,
        }),
      /not fixed/,
    ],
    ['a batch of nothing', () => buildStep({ model: dense, batch: 0, optimizer: sgd }), /batch of 0/],
    [
      'a parameter that does not exist',
      () => buildStep({ model: dense, batch: 5, optimizer: sgd, trainable: ['W9'] }),
      /"W9"/,
    ],
    [
      'a reserved name',
      () =>
        buildStep({
          model: withGraph({ initializers: new Map([...dense.graph.initializers, ['train.rate', f32([2], [1, 2])]]) }),
          batch: 5,
          optimizer: sgd,
        }),
      /"train.rate" is reserved/,
    ],
    [
      'a parameter without effect',
      () =>
        buildStep({
          model: withGraph({ initializers: new Map([...dense.graph.initializers, ['idle', f32([2], [1, 2])]]) }),
          batch: 5,
          optimizer: sgd,
        }),
      /"idle" does not reach/,
    ],
    [
      'nothing to train',
      () =>
        buildStep({
          model: model(graph([node('Relu', ['x'], ['y'])], { x: 'float32' }, ['y'], { n: t('int64', [2], [1, 2]) })),
          batch: 5,
          optimizer: sgd,
        }),
      /shape of one sample|no float32/,
    ],
    [
      'an output that is no row of scores',
      () =>
        buildStep({
          model: withGraph({
            nodes: [...dense.graph.nodes, node('Transpose', ['logits'], ['turned'], { perm })],
            outputs: [{ name: 'turned', dtype: 'float32', dims: null }],
          }),
          batch: 5,
          optimizer: sgd,
        }),
      /its output has shape \[3, 5\]/,
    ],
  ];
  for (const [name, attempt, reason] of refused) {
    it(`error: TrainingRefused for ${name}`, () => {
      assert.throws(attempt, (error) => error instanceof TrainingRefused && reason.test(error.why));
    });
  }
});
