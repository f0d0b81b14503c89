import { graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { Rng } from './rng.ts';
import type { Scaling } from './scaling.ts';

/** A chain of dense layers with Relu between them; without hidden layers it is softmax regression. */
export interface DenseNetwork {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly classes: number;
}

/** Trained values by name, in the order of the flat parameter vector. */
export type Parameters = ReadonlyMap<string, Tensor<'float32'>>;

const sizesOf = ({ inputs, hidden, classes }: DenseNetwork): number[] => [inputs, ...hidden, classes];

/** Shapes of W1, b1, W2, b2 ... in the order of the flat parameter vector. */
export function parameterShapes(network: DenseNetwork): Map<string, readonly number[]> {
  const sizes = sizesOf(network);
  return new Map(
    sizes.slice(1).flatMap((to, i): [string, readonly number[]][] => [
      [`W${i + 1}`, [sizes[i]!, to]],
      [`b${i + 1}`, [to]],
    ]),
  );
}

/** Cuts a flat vector (the form in which updates are aggregated) into parameters; views, not copies. */
export function unflatten(shapes: ReadonlyMap<string, readonly number[]>, flat: Float32Array): Parameters {
  let start = 0;
  const parameters = new Map<string, Tensor<'float32'>>();
  for (const [name, dims] of shapes) {
    const end = start + elementCount(dims);
    parameters.set(name, tensor('float32', dims, flat.subarray(start, end)));
    start = end;
  }
  return parameters;
}

/** All parameters one after another. */
export function flatten(parameters: Parameters): Float32Array {
  const flat = new Float32Array([...parameters.values()].reduce((total, { data }) => total + data.length, 0));
  let start = 0;
  for (const { data } of parameters.values()) {
    flat.set(data, start);
    start += data.length;
  }
  return flat;
}

/** Uniform within 1/sqrt(fan-in), weights and biases alike, layer by layer (federated 2.1). */
export function initialParameters(network: DenseNetwork, seed: number): Parameters {
  const { inputs, hidden, classes } = network;
  const rng = new Rng(`init|${inputs}|${hidden.join('-') || 0}|${classes}|${seed}`);
  const sizes = sizesOf(network);
  const shapes = [...parameterShapes(network)];
  return new Map(
    shapes.map(([name, dims], i) => {
      const bound = 1 / Math.sqrt(sizes[i >> 1]!);
      const draws = Float32Array.from({ length: elementCount(dims) }, () => (2 * rng.uniform() - 1) * bound);
      return [name, tensor('float32', dims, draws)];
    }),
  );
}

/**
 * The network as a float ONNX model: input `x` float32 [N, inputs], output `logits` float32 [N, classes]. The
 * parameters are its initializers, under their names.
 */
export function denseModel(
  network: DenseNetwork,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>> = {},
): Model {
  const g = graphBuilder('dense');
  let value = g.input('x', 'float32', ['N', network.inputs]);
  const layers = network.hidden.length + 1;
  for (let layer = 1; layer <= layers; layer++) {
    const [weight, bias] = [`W${layer}`, `b${layer}`].map((name) => g.constant(name, parameters.get(name)!));
    const name = layer === layers ? 'logits' : `z${layer}`;
    value = g.node('Gemm', [value, weight!, bias!], {}, { name });
    if (layer < layers) value = g.node('Relu', [value], {}, { name: `h${layer}` });
  }
  g.output(value, 'float32', ['N', network.classes]);
  return g.model(metadata);
}

/** Moves a scaling of the inputs into the first layer, so that the model takes raw features. */
export function foldScaling(parameters: Parameters, { shift, scale }: Scaling): Parameters {
  const [weight, bias] = [parameters.get('W1')!, parameters.get('b1')!];
  const columns = weight.dims[1]!;
  const [folded, moved] = [Float64Array.from(weight.data), Float64Array.from(bias.data)];
  for (let i = 0; i < folded.length; i++) {
    const row = Math.floor(i / columns);
    folded[i]! /= scale[row]!;
    moved[i % columns]! -= shift[row]! * folded[i]!;
  }
  return new Map([
    ...parameters,
    ['W1', tensor('float32', weight.dims, Float32Array.from(folded))],
    ['b1', tensor('float32', bias.dims, Float32Array.from(moved))],
  ]);
}

/** The model with some of its initializers replaced. */
export const withParameters = (model: Model, parameters: Parameters): Model => ({
  ...model,
  graph: { ...model.graph, initializers: new Map([...model.graph.initializers, ...parameters]) },
});
