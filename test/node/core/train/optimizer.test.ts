import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emitterOn } from '../../../../node/core/autodiff/emitter.ts';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { adam, initialState, momentum, type Optimizer, sgd } from '../../../../node/core/train/optimizer.ts';
import { f32, values } from '../ops/graphs.ts';

const GRADIENTS = [
  [0.5, -2],
  [1, 0.25],
  [-0.1, 3],
];

/** The parameter [1, -1] after three steps with these gradients, rate 0.1, as the emitted nodes compute it in float64. */
function descend(optimizer: Optimizer): number[] {
  const g = graphBuilder('optimizer');
  const emit = emitterOn(g);
  const states = initialState(optimizer, new Map([['w', [2]]]));
  const named = new Map(states.map(({ name, initial }) => [name, g.constant(name, initial)]));
  let own = states.slice(0, optimizer.perParameter.length).map(({ name }) => named.get(name)!);
  let shared: readonly string[] = optimizer.shared.map(({ name }) => named.get(name)!);
  let parameter = g.constant('w', f32([2], [1, -1]));
  const rate = g.constant('rate', f32([], [0.1]));
  for (const gradient of GRADIENTS) {
    shared = optimizer.advance(emit, shared);
    const updated = optimizer.update(emit, {
      parameter,
      gradient: g.constant('g', f32([2], gradient)),
      rate,
      own,
      shared,
    });
    parameter = updated.parameter;
    own = [...updated.own];
  }
  g.output(parameter, 'float32', [2], 'result');
  return values(evaluateModel(g.model(), new Map(), { float64: true }).get('result'));
}

/** The same by the formulas of the papers. */
const byHand = (rule: (gradients: readonly number[]) => number): number[] =>
  [1, -1].map((start, i) => start + rule(GRADIENTS.map((gradient) => gradient[i]!)));
const assertClose = (actual: number[], expected: number[]) =>
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-7, `${value} ${expected[i]}`);
  });

describe('optimizers', () => {
  it('behavior: sgd', () => {
    assertClose(
      descend(sgd),
      byHand((gradients) => gradients.reduce((sum, g) => sum - 0.1 * g, 0)),
    );
  });

  it('behavior: momentum', () => {
    const rule = (gradients: readonly number[]) => {
      let [velocity, moved] = [0, 0];
      for (const g of gradients) {
        velocity = 0.9 * velocity + g;
        moved -= 0.1 * velocity;
      }
      return moved;
    };
    assertClose(descend(momentum(0.9)), byHand(rule));
  });

  it('behavior: adam', () => {
    const rule = (gradients: readonly number[]) => {
      let [mean, square, moved] = [0, 0, 0];
      gradients.forEach((g, i) => {
        mean = 0.9 * mean + 0.1 * g;
        square = 0.999 * square + 0.001 * g * g;
        moved -= (0.1 * (mean / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(square / (1 - 0.999 ** (i + 1))) + 1e-8);
      });
      return moved;
    };
    const actual = descend(adam());
    // beta^t is carried in float32 constants: 0.999 rounds to 0.99900001.
    byHand(rule).forEach((value, i) => {
      assert.ok(Math.abs(value - actual[i]!) < 1e-4, `${value} ${actual[i]}`);
    });
  });
});
