import { ProtocolError } from '../core/errors.ts';
import { encodeModel } from '../core/onnx/encode.ts';
import type { Model } from '../core/onnx/model.ts';
import { evaluateModel } from '../core/ops/evaluate.ts';
import { buildEpoch } from '../core/train/epoch.ts';
import { correct, predictions } from '../core/train/metrics.ts';
import { type DenseNetwork, denseModel, foldScaling, initialParameters } from '../core/train/models.ts';
import { sgd } from '../core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../core/train/plan.ts';
import type { Runtime } from '../ports/Runtime.ts';
import { asInputOf, type PreparedData, side } from './preparedData.ts';

export interface TrainRequest {
  readonly data: PreparedData;
  /** Widths of the hidden layers; none is softmax regression. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly onEpoch?: (epoch: number, loss: number) => void;
  readonly signal?: AbortSignal;
}

export interface Trained {
  /** Float ONNX model on raw features: the scaling is folded into its first layer. */
  readonly model: Model;
  readonly losses: readonly number[];
  /** Correct test rows, of `testRows`. */
  readonly correct: number;
  readonly testRows: number;
}

/** Weights that are no numbers: nothing that anyone could use. */
export class TrainingDiverged extends ProtocolError {
  override readonly code = 'TRAINING_DIVERGED';
}

/**
 * Trains a dense classifier: backward pass and SGD are ordinary ONNX operators built by our autodiff; each epoch is one
 * `Scan` that the runtime executes (federated.md 5.3). Deterministic per runtime class.
 * @throws {TrainingDiverged} and what the runtime throws
 */
export async function trainDense(runtime: Runtime, request: TrainRequest): Promise<Trained> {
  const { data, hidden, epochs, batch, rate, seed, onEpoch, signal } = request;
  const network: DenseNetwork = { inputs: data.dataset.columns, hidden, classes: data.dataset.classes };
  const graph = buildEpoch({ model: denseModel(network, initialParameters(network, seed)), batch, optimizer: sgd });
  const session = await runtime.load(encodeModel(graph.model), { runTimeoutMs: 600_000 });
  const losses: number[] = [];
  try {
    let state = startState(graph);
    let parameters = initialParameters(network, seed);
    for (let epoch = 0; epoch < epochs; epoch++) {
      signal?.throwIfAborted();
      const plan = planBatches({ rows: data.split.train, batch, epochs: 1, tag: `${data.tag}|train|${seed}|${epoch}` });
      const inputs = epochInputs(state, { features: data.scaled, labels: data.labels }, plan, rate);
      const result = trainingResult(graph, await session.run(inputs, signal === undefined ? {} : { signal }));
      state = result.carried;
      parameters = new Map(result.parameters);
      losses.push(result.losses.reduce((sum, loss) => sum + loss, 0) / result.losses.length);
      if (!Number.isFinite(losses.at(-1))) throw diverged(epoch + 1, rate);
      onEpoch?.(epoch + 1, losses.at(-1)!);
    }
    const model = denseModel(network, foldScaling(parameters, data.scaling), {
      'assay.data': data.name,
      'assay.seed': String(seed),
    });
    return { model, losses, ...scoreFloat(model, data) };
  } finally {
    await session.close();
  }
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
  const scores = evaluateModel(model, new Map([[input!.name, asInputOf(input!, features)]])).get(
    model.graph.outputs[0]!.name,
  )!;
  return { correct: correct(predictions(scores), labels), testRows: labels.length };
}
