import { type Tensor, tensor } from '../tensor/tensor.ts';

export type Bytes = Tensor<'uint8' | 'int8'>;

/** MatMulInteger in exact integers: a [M, K], b [K, N], scalar zero points; int32 [M, N]. */
export function matMulInteger(a: Bytes, b: Bytes, aZero: number, bZero: number): Tensor<'int32'> {
  const [m = 0, k = 0] = a.dims;
  const n = b.dims[1]!;
  const result = new Int32Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += (a.data[row * k + i]! - aZero) * (b.data[i * n + column]! - bZero);
      result[row * n + column] = sum;
    }
  }
  return tensor('int32', [m, n], result);
}

/** ConvInteger in exact integers: x [1, C, H, W], w [O, C, kH, kW], equal padding on all sides that counts as 0. */
export function convInteger(x: Bytes, w: Bytes, xZero: number, wZero: number, pad: number): Tensor<'int32'> {
  const [, channels = 0, height = 0, width = 0] = x.dims;
  const [outputs = 0, , kernelHeight = 0, kernelWidth = 0] = w.dims;
  const rows = height + 2 * pad - kernelHeight + 1;
  const columns = width + 2 * pad - kernelWidth + 1;
  const at = (c: number, row: number, column: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : x.data[(c * height + row) * width + column]! - xZero;
  const result: number[] = [];
  for (let o = 0; o < outputs; o++) {
    for (let position = 0; position < rows * columns; position++) {
      const [top, left] = [Math.floor(position / columns) - pad, (position % columns) - pad];
      let sum = 0;
      for (let i = 0; i < channels * kernelHeight * kernelWidth; i++) {
        const c = Math.floor(i / (kernelHeight * kernelWidth));
        const within = i % (kernelHeight * kernelWidth);
        const value = at(c, top + Math.floor(within / kernelWidth), left + (within % kernelWidth));
        sum += value * (w.data[o * channels * kernelHeight * kernelWidth + i]! - wZero);
      }
      result.push(sum);
    }
  }
  return tensor('int32', [1, outputs, rows, columns], Int32Array.from(result));
}
