import { backward } from '../../../../node/core/autodiff/backward.ts';
import { emitterOn } from '../../../../node/core/autodiff/emitter.ts';
import { inlineGraph } from '../../../../node/core/autodiff/inline.ts';
import { graphBuilder } from '../../../../node/core/onnx/build.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { opsetOf } from '../../../../node/core/onnx/opset.ts';
import { DEFAULT_BUDGET, meter } from '../../../../node/core/ops/budget.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { inferGraph, typeOf } from '../../../../node/core/ops/infer.ts';
import type { Emit } from '../../../../node/core/ops/op.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { Rng } from '../../../../node/core/train/rng.ts';

export type Feeds = ReadonlyMap<string, Tensor>;

/** A model's outputs, each weighted by fixed random numbers and summed, as a scalar loss to differentiate. */
export interface Loss {
  readonly model: Model;
  readonly feeds: Feeds;
  /** dLoss/d(output), fed under the name `d` + output. */
  readonly cotangents: Feeds;
}

export function lossOf(model: Model, feeds: Feeds): Loss {
  const rng = new Rng('gradients|cotangents');
  const outputs = [...evaluateModel(model, feeds)].filter(([, { dtype }]) => dtype.startsWith('float'));
  const cotangents = outputs.map(([name, { dims, data }]): [string, Tensor] => [
    `d${name}`,
    tensor(
      'float32',
      dims,
      Float32Array.from({ length: data.length }, () => 0.5 + rng.uniform()),
    ),
  ]);
  return { model, feeds, cotangents: new Map(cotangents) };
}

/** Lets a test spoil what gradient rules emit: the checks below must then fail. */
export type Spoil = (emit: Emit) => Emit;
const honest: Spoil = (emit) => emit;

/** The model that answers, for every float input, its gradient under the input's own name with `.gradient` behind it. */
export function gradientModel({ model, feeds, cotangents }: Loss, spoil: Spoil = honest): Model {
  const g = graphBuilder('gradient', { opset: opsetOf(model), irVersion: model.irVersion });
  const given = new Map([...feeds].map(([name, { dtype, dims }]) => [name, g.input(name, dtype, dims)]));
  const seeds = [...cotangents].map(([name, { dims }]) => [name.slice(1), g.input(name, 'float32', dims)] as const);
  const { nodes, constants, names } = inlineGraph(g, model.graph, given);
  const known = new Map([...feeds, ...constants].map(([name, value]) => [name, typeOf(value)]));
  const forward = { name: '', nodes, inputs: [], outputs: [], initializers: new Map() };
  const types = inferGraph(forward, [], known, { opset: g.opset, charge: meter(DEFAULT_BUDGET) });
  const wanted = [...feeds].flatMap(([name, { dtype }]) => (dtype.startsWith('float') ? [name] : []));
  const gradients = backward({
    nodes,
    types,
    seeds: new Map(seeds.map(([output, seed]) => [names.get(output)!, seed])),
    wanted,
    emit: spoil(emitterOn(g)),
  });
  for (const [name, gradient] of gradients) g.output(gradient, 'float32', feeds.get(name)!.dims, `${name}.gradient`);
  return g.model();
}

function lossValue({ model, cotangents }: Loss, feeds: Feeds): number {
  const outputs = evaluateModel(model, feeds, { float64: true });
  let total = 0;
  for (const [name, weights] of cotangents) {
    const { data } = outputs.get(name.slice(1))!;
    for (let i = 0; i < data.length; i++) total += Number(weights.data[i]) * Number(data[i]);
  }
  return total;
}

/** Central differences in float64, step 1e-5 max(1, |x|) (federated 5.5). */
export function numericGradient(loss: Loss, input: string): Float64Array {
  const source = Float64Array.from(loss.feeds.get(input)!.data as Float32Array);
  const at = (index: number, value: number) => {
    const moved = source.slice();
    moved[index] = value;
    const { dims } = loss.feeds.get(input)!;
    return lossValue(loss, new Map([...loss.feeds, [input, tensor('float64', dims, moved)]]));
  };
  return source.map((x, index) => {
    const h = 1e-5 * Math.max(1, Math.abs(x));
    return (at(index, x + h) - at(index, x - h)) / (x + h - (x - h));
  });
}

/** Gradients of every float input, computed by our evaluator in float64. */
export function analyticGradients(loss: Loss, spoil?: Spoil): Map<string, Tensor> {
  const feeds = new Map([...loss.feeds, ...loss.cotangents]);
  const results = evaluateModel(gradientModel(loss, spoil), feeds, { float64: true });
  return new Map([...results].map(([name, value]) => [name.slice(0, -'.gradient'.length), value]));
}

/** |a - b| / |b| by Euclidean norms; 0 when both vanish. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}

/** Greatest relative error over all inputs; an input without a gradient counts as zeros. */
export function worstError(loss: Loss, spoil?: Spoil): number {
  const analytic = analyticGradients(loss, spoil);
  const inputs = [...loss.feeds].filter(([, { dtype }]) => dtype.startsWith('float'));
  return Math.max(
    0,
    ...inputs.map(([name, { data }]) => {
      const ours = analytic.get(name)?.data ?? new Float64Array(data.length);
      return relativeError(ours as Float64Array, numericGradient(loss, name));
    }),
  );
}
