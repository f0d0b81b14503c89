import { readFileSync } from 'node:fs';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import type { Model } from '../../node/core/onnx/model.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { convModel, foldPixelScale, initialConvParameters } from '../../node/core/train/convModel.ts';
import { parseDataset } from '../../node/core/train/dataset.ts';
import { buildEpoch } from '../../node/core/train/epoch.ts';
import type { Parameters } from '../../node/core/train/models.ts';
import { adam, momentum, type Optimizer } from '../../node/core/train/optimizer.ts';
import { epochInputs, planBatches, startState, trainingResult } from '../../node/core/train/plan.ts';
import { divideBy, labelTensor, scaleFeatures, takeRows } from '../../node/core/train/scaling.ts';
import { splitRows } from '../../node/core/train/split.ts';
import {
  foldTokenScale,
  initialTransformerParameters,
  transformerModel,
} from '../../node/core/train/transformerModel.ts';
import { localSession } from './localSession.ts';
import type { TrainedModel } from './trainedDigits.ts';

/** How `assay model train` trains one architecture on the digits, by its defaults. */
interface Recipe {
  readonly sample: readonly number[];
  readonly epochs: number;
  readonly optimizer: Optimizer;
  /** Learning rate of an epoch, counted from 0. */
  readonly rateOf: (epoch: number) => number;
  readonly initial: (seed: number) => Parameters;
  readonly build: (parameters: Parameters) => Model;
  /** For raw pixels 0..16. */
  readonly fold: (parameters: Parameters) => Parameters;
}

const CNN = { image: [1, 8, 8], maps: [16, 32, 32], classes: 10 } as const;
const TRANSFORMER = { tokens: 8, features: 8, width: 32, heads: 4, blocks: 1, classes: 10 };

export const RECIPES = {
  cnn: {
    sample: [1, 8, 8],
    epochs: 15,
    optimizer: momentum(),
    rateOf: (epoch) => 0.05 * (1 - epoch / 15),
    initial: (seed) => initialConvParameters(CNN, seed),
    build: (parameters) => convModel(CNN, parameters),
    fold: (parameters) => foldPixelScale(parameters, 16),
  },
  transformer: {
    sample: [8, 8],
    epochs: 30,
    optimizer: adam(0.9, 0.99),
    rateOf: (epoch) => 0.003 * (epoch === 0 ? 0.25 : 1 - epoch / 30),
    initial: (seed) => initialTransformerParameters(TRANSFORMER, seed),
    build: (parameters) => transformerModel(TRANSFORMER, parameters),
    fold: (parameters) => foldTokenScale(parameters, 16),
  },
} as const satisfies Record<string, Recipe>;

const BATCH = 32;

/** A classifier of the digits' images, trained with our own epoch graph on onnxruntime in this process. */
export async function trainedImages(kind: keyof typeof RECIPES, seed: number): Promise<TrainedModel> {
  const { sample, epochs, optimizer, rateOf, initial, build, fold }: Recipe = RECIPES[kind];
  const dataset = parseDataset(readFileSync(new URL('../../data/digits.csv', import.meta.url), 'utf8'));
  const split = splitRows(dataset, 'digits', seed);
  const shaped = (x: Tensor<'float32'>) => tensor('float32', [x.dims[0]!, ...sample], x.data);
  const scaled = shaped(scaleFeatures(dataset, divideBy(dataset.columns, 16)));
  const data = { features: scaled, labels: labelTensor(dataset) };
  let parameters = initial(seed);
  const graph = buildEpoch({ model: build(parameters), batch: BATCH, optimizer });
  const session = await localSession({ file: encodeModel(graph.model), ...graph.model.graph });
  let state = startState(graph);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const plan = planBatches({ rows: split.train, batch: BATCH, epochs: 1, tag: `digits|train|${seed}|${epoch}` });
    const result = trainingResult(graph, await session.run(epochInputs(state, data, plan, rateOf(epoch))));
    [state, parameters] = [result.carried, result.parameters];
  }
  await session.close();
  const raw = tensor('float32', [dataset.rows, dataset.columns], Float32Array.from(dataset.features));
  return {
    model: build(fold(parameters)),
    train: shaped(takeRows(raw, split.train)),
    test: shaped(takeRows(raw, split.test)),
    testLabels: Array.from(split.test, (row) => dataset.labels[row]!),
  };
}
