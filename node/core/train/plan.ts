import { invariant } from '../errors.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Parameters } from './models.ts';
import { Rng } from './rng.ts';
import { type Carried, NAMES, NEXT, type TrainingGraph } from './step.ts';

/** Which rows each step sees, and what each row counts. */
export interface BatchPlan {
  /** int64 [S, B]; a partial last batch is filled with row 0. */
  readonly indices: Tensor<'int64'>;
  /** float32 [S, B]: 1/size for the rows of a batch, 0 for the filling. */
  readonly weights: Tensor<'float32'>;
}

export interface BatchRequest {
  /** Rows to train on, as indices into the features that will be fed. */
  readonly rows: Uint32Array;
  readonly batch: number;
  readonly epochs: number;
  /** Tag of the shuffles, e.g. `digits|local|<seed>|<round>|<node>`; each epoch draws a fresh one from it. */
  readonly tag: string;
}

/**
 * The batches of some epochs: each a shuffle of all rows cut into batches, the partial last one kept (federated 2.1).
 */
export function planBatches({ rows, batch, epochs, tag }: BatchRequest): BatchPlan {
  const rng = new Rng(tag);
  const steps = Math.ceil(rows.length / batch);
  const indices = new BigInt64Array(epochs * steps * batch);
  const weights = new Float32Array(epochs * steps * batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = rng.permutation(rows.length);
    const start = epoch * steps * batch;
    for (let i = 0; i < rows.length; i++) {
      const size = Math.min(batch, rows.length - (i - (i % batch)));
      indices[start + i] = BigInt(rows[order[i]!]!);
      weights[start + i] = 1 / size;
    }
  }
  const dims = [epochs * steps, batch];
  return { indices: tensor('int64', dims, indices), weights: tensor('float32', dims, weights) };
}

export interface TrainingData {
  /** float32 [n, ...]. */
  readonly features: Tensor;
  /** int64 [n]. */
  readonly labels: Tensor;
}

/** Carried values by name: what one run leaves and the next one starts from. */
export type CarriedValues = ReadonlyMap<string, Tensor>;

/** Carried values before the first step, optionally with other parameters than the model's. */
export function startState(graph: TrainingGraph, parameters: Parameters = new Map()): CarriedValues {
  return new Map(graph.carried.map(({ name, initial }: Carried) => [name, parameters.get(name) ?? initial]));
}

/** Everything the graph of {@link buildEpoch} is fed. */
export function epochInputs(
  carried: CarriedValues,
  { features, labels }: TrainingData,
  plan: BatchPlan,
  rate: number,
): Map<string, Tensor> {
  return new Map<string, Tensor>([
    ...carried,
    [NAMES.features, features],
    [NAMES.labels, labels],
    [NAMES.indices, plan.indices],
    [NAMES.weights, plan.weights],
    [NAMES.rate, tensor('float32', [], Float32Array.of(rate))],
  ]);
}

/** What a run of a training graph answered. */
export interface TrainingResult {
  readonly carried: CarriedValues;
  readonly parameters: Parameters;
  /** Mean loss of each step's batch, before its update. */
  readonly losses: Float32Array;
}

export function trainingResult(graph: TrainingGraph, outputs: ReadonlyMap<string, Tensor>): TrainingResult {
  const output = (name: string): Tensor<'float32'> => {
    const value = outputs.get(name);
    invariant(value?.dtype === 'float32', `the training graph answers ${name} as float32`);
    return value as Tensor<'float32'>;
  };
  const carried = new Map(graph.carried.map(({ name }) => [name, output(name + NEXT)]));
  const parameters = new Map(graph.parameters.map((name) => [name, carried.get(name)!]));
  return { carried, parameters, losses: output(NAMES.losses).data };
}
