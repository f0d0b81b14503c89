import { ProtocolError } from '../core/errors.ts';
import type { ValueInfo } from '../core/onnx/model.ts';
import { elementCount, type Tensor, tensor } from '../core/tensor/tensor.ts';
import { type Dataset, parseDataset } from '../core/train/dataset.ts';
import { divideBy, labelTensor, type Scaling, scaleFeatures, standardise, takeRows } from '../core/train/scaling.ts';
import { type Split, splitRows } from '../core/train/split.ts';

/** A data set ready to train, calibrate and evaluate on. */
export interface PreparedData {
  readonly name: string;
  /** What seeds splits and shuffles: `digits`, `bc` (federated.md 2.1), else the name. */
  readonly tag: string;
  readonly dataset: Dataset;
  readonly split: Split;
  readonly scaling: Scaling;
  /** What training sees: scaled, float32 [rows, columns]. */
  readonly scaled: Tensor<'float32'>;
  /** What a published model sees: as in the file, float32 [rows, columns]. */
  readonly raw: Tensor<'float32'>;
  /** int64 [rows]. */
  readonly labels: Tensor<'int64'>;
}

/** Largest pixel of the digits (federated.md 2.1: x / 16). */
const DIGITS_MAX = 16;

/**
 * Parses, splits (80/20, stratified, by `seed`) and scales: digits by 16, everything else by mean and deviation of the
 * training rows. @throws DatasetMalformed
 */
export function prepareData(name: string, text: string, seed: number): PreparedData {
  const dataset = parseDataset(text);
  const tag = name === 'breast-cancer' ? 'bc' : name;
  const split = splitRows(dataset, tag, seed);
  const scaling = name === 'digits' ? divideBy(dataset.columns, DIGITS_MAX) : standardise(dataset, split.train);
  const identity = divideBy(dataset.columns, 1);
  return {
    name,
    tag,
    dataset,
    split,
    scaling,
    scaled: scaleFeatures(dataset, scaling),
    raw: scaleFeatures(dataset, identity),
    labels: labelTensor(dataset),
  };
}

/** Raw features and labels of one side of the split. */
export function side(
  { raw, dataset, split }: PreparedData,
  which: keyof Split,
): { features: Tensor<'float32'>; labels: Uint16Array } {
  const rows = split[which];
  return { features: takeRows(raw, rows), labels: Uint16Array.from(rows, (row) => dataset.labels[row]!) };
}

/** A data set whose rows are not samples of the model. */
export class DataDoesNotFit extends ProtocolError {
  override readonly code = 'DATA_DOES_NOT_FIT';
}

/**
 * The rows in the shape that a model takes them: 64 columns as [rows, 1, 8, 8], say, row-major.
 * @throws {DataDoesNotFit}
 */
export function asInputOf({ name, dims }: ValueInfo, features: Tensor<'float32'>): Tensor<'float32'> {
  const [rows, columns] = [features.dims[0]!, features.dims[1]!];
  const sample = (dims ?? [null, columns]).slice(1);
  if (sample.every((dim) => typeof dim === 'number') && elementCount(sample) === columns) {
    return tensor('float32', [rows, ...sample], features.data);
  }
  throw new DataDoesNotFit({
    what: 'The data does not fit the model',
    why: `a row has ${columns} columns, the model takes ${name} of shape [${(dims ?? ['?']).map((dim) => dim ?? '?').join(', ')}]`,
    fix: 'Give data with as many columns as one sample of the model has values.',
  });
}

/** One sample as a square grey image, [1, side, side]. @throws {DataDoesNotFit} */
export function imageOf({ dataset: { columns } }: PreparedData): [number, number, number] {
  const size = Math.round(Math.sqrt(columns));
  if (size * size === columns) return [1, size, size];
  throw new DataDoesNotFit({
    what: 'The data are no images',
    why: `a row has ${columns} columns, which make no square`,
    fix: 'Train a dense network, or give square grey images, one pixel a column.',
    meta: { columns },
  });
}

/** The greatest absolute value in the training rows; 1 where all are 0. */
export function greatestPixel({ dataset: { features, columns }, split }: PreparedData): number {
  let greatest = 0;
  for (const row of split.train) {
    for (let i = row * columns; i < (row + 1) * columns; i++) greatest = Math.max(greatest, Math.abs(features[i]!));
  }
  return greatest || 1;
}
