import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { Dataset } from './dataset.ts';

/** What turns raw features into the model's inputs: (x - shift) / scale, one pair per column. */
export interface Scaling {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Division of every column by one number, e.g. 16 for the digits' pixels. */
export const divideBy = (columns: number, divisor: number): Scaling => ({
  shift: new Float64Array(columns),
  scale: new Float64Array(columns).fill(divisor),
});

/**
 * Standardisation by mean and population standard deviation of `rows` (the train rows, never the test rows). A column
 * that does not vary keeps scale 1.
 */
export function standardise({ features, columns }: Dataset, rows: Uint32Array): Scaling {
  const shift = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (const row of rows) for (let j = 0; j < columns; j++) shift[j]! += features[row * columns + j]!;
  for (let j = 0; j < columns; j++) shift[j]! /= rows.length;
  for (const row of rows) {
    for (let j = 0; j < columns; j++) {
      const distance = features[row * columns + j]! - shift[j]!;
      scale[j]! += distance * distance;
    }
  }
  for (let j = 0; j < columns; j++) scale[j] = Math.sqrt(scale[j]! / rows.length) || 1;
  return { shift, scale };
}

/** Model inputs of every row, float32 [rows, columns]. */
export function scaleFeatures({ features, rows, columns }: Dataset, { shift, scale }: Scaling): Tensor<'float32'> {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < data.length; i++) data[i] = (features[i]! - shift[i % columns]!) / scale[i % columns]!;
  return tensor('float32', [rows, columns], data);
}

/** Labels of every row, int64 [rows]: the type ONNX indices have. */
export const labelTensor = ({ labels, rows }: Dataset): Tensor<'int64'> =>
  tensor('int64', [rows], BigInt64Array.from(labels, BigInt));

/** Some rows of a matrix, in the given order. */
export function takeRows(x: Tensor<'float32'>, rows: Uint32Array): Tensor<'float32'> {
  const columns = x.dims[1]!;
  const data = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    data.set(x.data.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return tensor('float32', [rows.length, columns], data);
}
