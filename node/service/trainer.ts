import { ProtocolError } from '../core/errors.ts';
import { encodeModel } from '../core/onnx/encode.ts';
import type { Model, ValueInfo } from '../core/onnx/model.ts';
import { evaluateModel } from '../core/ops/evaluate.ts';
import { type Tensor, tensor } from '../core/tensor/tensor.ts';
import { type ConvNetwork, convModel, foldPixelScale, initialConvParameters } from '../core/train/convModel.ts';
import { buildEpoch } from '../core/train/epoch.ts';
import { correct, predictions } from '../core/train/metrics.ts';
import {
  type DenseNetwork,
  denseModel,
  foldScaling,
  initialParameters,
  type Parameters,
} from '../core/train/models.ts';
import { adam, momentum, type Optimizer, sgd } from '../core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../core/train/plan.ts';
import { divideBy, scaleFeatures } from '../core/train/scaling.ts';
import {
  foldTokenScale,
  initialTransformerParameters,
  type TransformerNetwork,
  transformerModel,
} from '../core/train/transformerModel.ts';
import type { Runtime } from '../ports/Runtime.ts';
import { asInputOf, greatestPixel, imageOf, type PreparedData, side } from './preparedData.ts';

export interface TrainRequest {
  readonly data: PreparedData;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly onEpoch?: (epoch: number, loss: number) => void;
  readonly signal?: AbortSignal;
}

export interface DenseRequest extends TrainRequest {
  /** Widths of the hidden layers; none is softmax regression. */
  readonly hidden: readonly number[];
}

export interface ConvRequest extends TrainRequest {
  /** Output channels of each 3x3 convolution. */
  readonly maps: readonly number[];
}

export interface Trained {
  /** Float ONNX model on raw features: the scaling is folded into its first layer. */
  readonly model: Model;
  readonly losses: readonly number[];
  /** Correct test rows, of `testRows`. */
  readonly correct: number;
  readonly testRows: number;
}

export interface TransformerRequest extends TrainRequest {
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
}

/** Weights that are no numbers: nothing that anyone could use. */
export class TrainingDiverged extends ProtocolError {
  override readonly code = 'TRAINING_DIVERGED';
}

/** What distinguishes one architecture from another. */
interface Recipe {
  /** What the epoch graph is built from. */
  readonly initial: Model;
  readonly optimizer: Optimizer;
  /** What training sees, scaled; a row per sample. */
  readonly features: Tensor<'float32'>;
  /** Learning rate of an epoch, counted from 0. */
  readonly rateOf: (epoch: number) => number;
  /** The model on raw features. */
  readonly finish: (parameters: Parameters, metadata: Readonly<Record<string, string>>) => Model;
}

/**
 * Backward pass and optimizer are ordinary ONNX operators built by our autodiff; each epoch is one `Scan` that the
 * runtime executes (federated.md 5.3). Deterministic per runtime class.
 */
async function train(runtime: Runtime, request: TrainRequest, recipe: Recipe): Promise<Trained> {
  const { data, epochs, batch, rate, seed, onEpoch, signal } = request;
  const graph = buildEpoch({ model: recipe.initial, batch, optimizer: recipe.optimizer });
  const session = await runtime.load(encodeModel(graph.model), { runTimeoutMs: 600_000 });
  const losses: number[] = [];
  try {
    let state = startState(graph);
    let parameters: Parameters = new Map();
    for (let epoch = 0; epoch < epochs; epoch++) {
      signal?.throwIfAborted();
      const plan = planBatches({ rows: data.split.train, batch, epochs: 1, tag: `${data.tag}|train|${seed}|${epoch}` });
      const inputs = epochInputs(state, { features: recipe.features, labels: data.labels }, plan, recipe.rateOf(epoch));
      const result = trainingResult(graph, await session.run(inputs, signal === undefined ? {} : { signal }));
      state = result.carried;
      parameters = new Map(result.parameters);
      losses.push(result.losses.reduce((sum, loss) => sum + loss, 0) / result.losses.length);
      if (!Number.isFinite(losses.at(-1))) throw diverged(epoch + 1, rate);
      onEpoch?.(epoch + 1, losses.at(-1)!);
    }
    const model = recipe.finish(parameters, { 'assay.data': data.name, 'assay.seed': String(seed) });
    return { model, losses, ...scoreFloat(model, data) };
  } finally {
    await session.close();
  }
}

/**
 * Trains a dense classifier by plain SGD. Deterministic per runtime class.
 * @throws {TrainingDiverged} and what the runtime throws
 */
export async function trainDense(runtime: Runtime, request: DenseRequest): Promise<Trained> {
  const { data, hidden, rate, seed } = request;
  const network: DenseNetwork = { inputs: data.dataset.columns, hidden, classes: data.dataset.classes };
  return train(runtime, request, {
    initial: denseModel(network, initialParameters(network, seed)),
    optimizer: sgd,
    features: data.scaled,
    rateOf: () => rate,
    finish: (parameters, metadata) => denseModel(network, foldScaling(parameters, data.scaling), metadata),
  });
}

/**
 * Trains a convolutional classifier of square grey images by momentum 0.9, the learning rate falling linearly to 0.
 * Pixels are divided by the greatest one of the training rows. Deterministic per runtime class.
 * @throws {DataDoesNotFit} {@link ConvNetworkRefused} {@link TrainingDiverged} and what the runtime throws
 */
export async function trainConv(runtime: Runtime, request: ConvRequest): Promise<Trained> {
  const { data, maps, epochs, rate, seed } = request;
  const network: ConvNetwork = { image: imageOf(data), maps, classes: data.dataset.classes };
  const divisor = greatestPixel(data);
  const scaled = scaleFeatures(data.dataset, divideBy(data.dataset.columns, divisor));
  return train(runtime, request, {
    initial: convModel(network, initialConvParameters(network, seed)),
    optimizer: momentum(),
    features: tensor('float32', [data.dataset.rows, ...network.image], scaled.data),
    rateOf: (epoch) => rate * (1 - epoch / epochs),
    finish: (parameters, metadata) => convModel(network, foldPixelScale(parameters, divisor), metadata),
  });
}

/** Adam forgets squares faster than by default: an epoch has some fifty steps. */
const TRANSFORMER_ADAM = adam(0.9, 0.99);

/**
 * Trains a transformer whose tokens are the rows of square grey images, by Adam; the learning rate starts at a quarter
 * for one epoch and falls linearly to 0. Deterministic per runtime class.
 * @throws {DataDoesNotFit} {@link TransformerRefused} {@link TrainingDiverged} and what the runtime throws
 */
export async function trainTransformer(runtime: Runtime, request: TransformerRequest): Promise<Trained> {
  const { data, width, heads, blocks, epochs, rate, seed } = request;
  const [, tokens, features] = imageOf(data);
  const network: TransformerNetwork = { tokens, features, width, heads, blocks, classes: data.dataset.classes };
  const divisor = greatestPixel(data);
  const scaled = scaleFeatures(data.dataset, divideBy(data.dataset.columns, divisor));
  return train(runtime, request, {
    initial: transformerModel(network, initialTransformerParameters(network, seed)),
    optimizer: TRANSFORMER_ADAM,
    features: tensor('float32', [data.dataset.rows, tokens, features], scaled.data),
    rateOf: (epoch) => rate * (epoch === 0 ? 0.25 : 1 - epoch / epochs),
    finish: (parameters, metadata) => transformerModel(network, foldTokenScale(parameters, divisor), metadata),
  });
}

const diverged = (epoch: number, rate: number): TrainingDiverged =>
  new TrainingDiverged({
    what: 'The training diverged',
    why: `the loss of epoch ${epoch} is not a number any more, at learning rate ${rate}`,
    fix: 'Choose a smaller --rate; 0.1 suits data that is scaled to about 1.',
    meta: { epoch, rate },
  });

/** Correct test rows of a float classifier on raw features, by the reference evaluator. */
export function scoreFloat(model: Model, data: PreparedData): { correct: number; testRows: number } {
  const { features, labels } = side(data, 'test');
  const [input] = model.graph.inputs;
  const size = rowsAtOnce(input!, labels.length);
  let total = 0;
  for (let from = 0; from < labels.length; from += size) {
    const part = labels.subarray(from, from + size);
    const feed = asInputOf(input!, rowsOf(features, from, size));
    const scores = evaluateModel(model, new Map([[input!.name, feed]])).get(model.graph.outputs[0]!.name)!;
    total += correct(predictions(scores).subarray(0, part.length), part);
  }
  return { correct: total, testRows: labels.length };
}

/** Rows of one run: all, unless the model was exported for a fixed batch. */
const rowsAtOnce = ({ dims }: ValueInfo, rows: number): number =>
  typeof dims?.[0] === 'number' ? Math.max(1, dims[0]) : Math.max(1, rows);

/** `size` rows from row `from` on; rows of zeros behind the last one. */
function rowsOf(features: Tensor<'float32'>, from: number, size: number): Tensor<'float32'> {
  const columns = features.dims[1]!;
  const data = new Float32Array(size * columns);
  data.set(features.data.subarray(from * columns, (from + size) * columns));
  return tensor('float32', [size, columns], data);
}
