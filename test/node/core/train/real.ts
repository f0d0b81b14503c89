import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Model } from '../../../../node/core/onnx/model.ts';
import { evaluateModel } from '../../../../node/core/ops/evaluate.ts';
import { parseDataset } from '../../../../node/core/train/dataset.ts';
import { correct, predictions } from '../../../../node/core/train/metrics.ts';
import { type DenseNetwork, denseModel, type Parameters } from '../../../../node/core/train/models.ts';
import { divideBy, labelTensor, scaleFeatures, standardise, takeRows } from '../../../../node/core/train/scaling.ts';
import { splitRows } from '../../../../node/core/train/split.ts';
import { localSession } from '../../../helpers/localSession.ts';

/** The two real data sets of this repository, prepared as the reference does (federated 2.1). */

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');

interface Golden {
  readonly mulberry32: number[];
  readonly fnv1a32: number;
  readonly draws: Record<'uniform' | 'normal' | 'gamma0.5' | 'gamma2.5' | 'dirichlet' | 'permutation', number[]> & {
    readonly permutation1000: string;
  };
  readonly data: Record<
    DataName,
    {
      readonly splits: { train: number; test: number; rows: string; inputs: string }[];
      readonly initial: string[];
      readonly partitions: { seed: number; kind: string; nodes: number; sizes: number[]; rows: string }[];
    }
  >;
  readonly training: {
    data: DataName;
    hidden: number[];
    nodes: number;
    kind: string;
    epochs: number;
    batch: number;
    rate: number;
    sampled: number[];
    afterOneStep: number[];
    afterFirstNode: number[];
    testRows: number;
    correct: Record<string, number>;
  }[];
}
export const golden = JSON.parse(read('test/vectors/federated.json')) as Golden;

export type DataName = 'digits' | 'bc';
const FILES = { digits: 'digits', bc: 'breast-cancer' } as const;

export const sha256 = (data: ArrayBufferView): string =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');
/** First 16 digits of the hash of rows as uint16. */
export const rowsHash = (rows: Iterable<number>): string => sha256(Uint16Array.from(rows)).slice(0, 16);

export const loadCsv = (name: DataName): string => read(`data/${FILES[name]}.csv`);

export function load(name: DataName, seed: number) {
  const dataset = parseDataset(loadCsv(name));
  const split = splitRows(dataset, name, seed);
  const scaling = name === 'digits' ? divideBy(dataset.columns, 16) : standardise(dataset, split.train);
  return {
    name,
    seed,
    dataset,
    split,
    scaling,
    features: scaleFeatures(dataset, scaling),
    labels: labelTensor(dataset),
  };
}
export type Loaded = ReturnType<typeof load>;

/** Correct test rows of a network. */
export function testScore(data: Loaded, network: DenseNetwork, parameters: Parameters): number {
  const x = takeRows(data.features, data.split.test);
  const logits = evaluateModel(denseModel(network, parameters), new Map([['x', x]])).get('logits')!;
  return correct(
    predictions(logits),
    Array.from(data.split.test, (row) => data.dataset.labels[row]!),
  );
}

export const open = (model: Model) => localSession({ file: encodeModel(model), ...model.graph });
