import { ProtocolError } from '../errors.ts';
import { type GraphBuilder, graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { scalar } from '../ops/gradient.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Parameters } from './models.ts';
import { Rng } from './rng.ts';

/**
 * An encoder-only transformer (Vaswani et al. 2017) with the norms before attention and MLP (Xiong et al. 2020), Relu in
 * the MLP, learned positions, and the mean over the tokens in front of one dense layer.
 */
export interface TransformerNetwork {
  /** Tokens of one sample, and the values of each. */
  readonly tokens: number;
  readonly features: number;
  /** Of a token inside the network; a multiple of `heads`. */
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
  readonly classes: number;
}

/** A transformer that cannot be built. */
export class TransformerRefused extends ProtocolError {
  override readonly code = 'TRANSFORMER_REFUSED';
  constructor(why: string) {
    super({
      what: 'The transformer cannot be built',
      why,
      fix: 'Give at least one block, and a width that is a multiple of the heads, e.g. width 32, heads 4, blocks 1.',
    });
  }
}

/** Hidden units of the MLP for each unit of width. */
const EXPANSION = 2;
/** Standard deviation of the positions at the start. */
const POSITION_DEVIATION = 0.1;

function checked(network: TransformerNetwork): TransformerNetwork {
  const { tokens, features, width, heads, blocks, classes } = network;
  const whole = [tokens, features, width, heads, blocks, classes].every((size) => Number.isInteger(size) && size >= 1);
  if (!whole || width % heads !== 0) {
    throw new TransformerRefused(
      `width ${width}, heads ${heads}, blocks ${blocks} over ${tokens} tokens of ${features}`,
    );
  }
  return network;
}

/**
 * Shapes in the order of the flat parameter vector: embedding, positions, each block, last norm, dense layer.
 * @throws {TransformerRefused}
 */
export function transformerParameterShapes(network: TransformerNetwork): Map<string, readonly number[]> {
  const { tokens, features, width, blocks, classes } = checked(network);
  const dense = (name: string, from: number, to: number): [string, readonly number[]][] => [
    [`${name}.weight`, [from, to]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string): [string, readonly number[]][] => [
    [`${name}.scale`, [width]],
    [`${name}.bias`, [width]],
  ];
  const block = (b: string) => [
    ...norm(`${b}.norm1`),
    ...['query', 'key', 'value', 'out'].flatMap((part) => dense(`${b}.${part}`, width, width)),
    ...norm(`${b}.norm2`),
    ...dense(`${b}.expand`, width, EXPANSION * width),
    ...dense(`${b}.shrink`, EXPANSION * width, width),
  ];
  return new Map([
    ...dense('embed', features, width),
    ['positions', [tokens, width]],
    ...Array.from({ length: blocks }, (_, i) => block(`block${i + 1}`)).flat(),
    ...norm('norm'),
    ...dense('head', width, classes),
  ]);
}

/** Weights uniform with variance 2 / (fan-in + fan-out) (Glorot and Bengio 2010), positions normal, scales 1, biases 0. */
export function initialTransformerParameters(network: TransformerNetwork, seed: number): Parameters {
  const { tokens, features, width, heads, blocks, classes } = network;
  const rng = new Rng(`init|transformer|${tokens}x${features}|${width}|${heads}|${blocks}|${classes}|${seed}`);
  const draw = (name: string, dims: readonly number[]): Float32Array => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    if (name === 'positions') return Float32Array.from(rng.normal(count), (x) => x * POSITION_DEVIATION);
    if (dims.length === 1) return new Float32Array(count).fill(name.endsWith('.scale') ? 1 : 0);
    const bound = Math.sqrt(6 / (dims[0]! + dims[1]!));
    return Float32Array.from({ length: count }, () => (2 * rng.uniform() - 1) * bound);
  };
  return new Map(
    [...transformerParameterShapes(network)].map(([name, dims]) => [name, tensor('float32', dims, draw(name, dims))]),
  );
}

/** Pieces of the graph under one name space. */
function layers(g: GraphBuilder, parameters: Parameters) {
  const constant = (name: string): string => g.constant(name, parameters.get(name)!);
  const dense = (x: string, name: string): string => {
    const product = g.node('MatMul', [x, constant(`${name}.weight`)]);
    return g.node('Add', [product, constant(`${name}.bias`)], {}, { name });
  };
  const norm = (x: string, name: string): string =>
    g.node('LayerNormalization', [x, constant(`${name}.scale`), constant(`${name}.bias`)], { axis: -1 }, { name });
  return { constant, dense, norm };
}

const list = (values: readonly number[]): Tensor =>
  tensor('int64', [values.length], BigInt64Array.from(values, BigInt));

/** softmax(Q K^T / sqrt(d)) V for every head. */
function attention(
  g: GraphBuilder,
  network: TransformerNetwork,
  parameters: Parameters,
  x: string,
  block: string,
): string {
  const { tokens, width, heads } = network;
  const { dense } = layers(g, parameters);
  const split = g.constant(`${block}.heads`, list([-1, tokens, heads, width / heads]));
  const part = (name: string, perm: readonly number[]): string =>
    g.node('Transpose', [g.node('Reshape', [dense(x, `${block}.${name}`), split])], { perm });
  const scores = g.node('MatMul', [part('query', [0, 2, 1, 3]), part('key', [0, 2, 3, 1])]);
  const share = g.constant(`${block}.share`, scalar('float32', 1 / Math.sqrt(width / heads)));
  const weights = g.node('Softmax', [g.node('Mul', [scores, share])], { axis: -1 });
  const mixed = g.node('MatMul', [weights, part('value', [0, 2, 1, 3])]);
  const joined = g.constant(`${block}.joined`, list([-1, tokens, width]));
  const rows = g.node('Reshape', [g.node('Transpose', [mixed], { perm: [0, 2, 1, 3] }), joined]);
  return dense(rows, `${block}.out`);
}

/**
 * The network as a float ONNX model: input `x` float32 [N, tokens, features], output `logits` float32 [N, classes]. The
 * parameters are its initializers, under their names.
 * @throws {TransformerRefused}
 */
export function transformerModel(
  network: TransformerNetwork,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>> = {},
): Model {
  const { tokens, features, blocks, classes } = checked(network);
  const g = graphBuilder('transformer');
  const { constant, dense, norm } = layers(g, parameters);
  let value = g.node('Add', [dense(g.input('x', 'float32', ['N', tokens, features]), 'embed'), constant('positions')]);
  for (let index = 1; index <= blocks; index++) {
    const block = `block${index}`;
    const attended = attention(g, network, parameters, norm(value, `${block}.norm1`), block);
    value = g.node('Add', [value, attended], {}, { name: `${block}.attended` });
    const hidden = g.node('Relu', [dense(norm(value, `${block}.norm2`), `${block}.expand`)]);
    value = g.node('Add', [value, dense(hidden, `${block}.shrink`)], {}, { name: block });
  }
  value = g.node('ReduceMean', [norm(value, 'norm')], { axes: [1], keepdims: 0 }, { name: 'mean' });
  value = g.node('Gemm', [value, constant('head.weight'), constant('head.bias')], {}, { name: 'logits' });
  g.output(value, 'float32', ['N', classes]);
  return g.model(metadata);
}

/** Moves a division of all inputs by `divisor` into the embedding, so that the model takes raw features. */
export function foldTokenScale(parameters: Parameters, divisor: number): Parameters {
  const weight = parameters.get('embed.weight')!;
  return new Map([
    ...parameters,
    [
      'embed.weight',
      tensor(
        'float32',
        weight.dims,
        weight.data.map((w) => w / divisor),
      ),
    ],
  ]);
}
