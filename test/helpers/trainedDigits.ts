import { readFileSync } from 'node:fs';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import type { Model } from '../../node/core/onnx/model.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { parseDataset } from '../../node/core/train/dataset.ts';
import { buildEpoch } from '../../node/core/train/epoch.ts';
import { denseModel, foldScaling, initialParameters } from '../../node/core/train/models.ts';
import { sgd } from '../../node/core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../node/core/train/plan.ts';
import { divideBy, labelTensor, scaleFeatures, standardise, takeRows } from '../../node/core/train/scaling.ts';
import { splitRows } from '../../node/core/train/split.ts';
import { localSession } from './localSession.ts';

export interface TrainedModel {
  /** Float ONNX on raw features: the scaling is folded into its first layer. */
  readonly model: Model;
  readonly train: Tensor<'float32'>;
  readonly test: Tensor<'float32'>;
  readonly testLabels: readonly number[];
}

export interface TrainingTask {
  readonly file: 'digits' | 'breast-cancer';
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
}

/** A dense classifier trained on real data with our own epoch graph, on onnxruntime in this process. */
export async function trainedModel({ file, hidden, epochs, batch, rate, seed }: TrainingTask): Promise<TrainedModel> {
  const dataset = parseDataset(readFileSync(new URL(`../../data/${file}.csv`, import.meta.url), 'utf8'));
  const name = file === 'digits' ? 'digits' : 'bc';
  const split = splitRows(dataset, name, seed);
  const scaling = name === 'digits' ? divideBy(dataset.columns, 16) : standardise(dataset, split.train);
  const network = { inputs: dataset.columns, hidden, classes: dataset.classes };
  const graph = buildEpoch({ model: denseModel(network, initialParameters(network, seed)), batch, optimizer: sgd });
  const plan = planBatches({ rows: split.train, batch, epochs, tag: `${name}|exact|${seed}` });
  const data = { features: scaleFeatures(dataset, scaling), labels: labelTensor(dataset) };
  const session = await localSession({ file: encodeModel(graph.model), ...graph.model.graph });
  const outputs = await session.run(epochInputs(startState(graph), data, plan, rate));
  await session.close();
  const { parameters } = trainingResult(graph, outputs);
  const raw = tensor('float32', [dataset.rows, dataset.columns], Float32Array.from(dataset.features));
  return {
    model: denseModel(network, foldScaling(parameters, scaling)),
    train: takeRows(raw, split.train),
    test: takeRows(raw, split.test),
    testLabels: Array.from(split.test, (row) => dataset.labels[row]!),
  };
}
