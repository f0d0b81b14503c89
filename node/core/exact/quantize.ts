import { elementCount, type Tensor, tensor } from '../tensor/tensor.ts';
import { ExactInputRefused } from './errors.ts';
import type { Program } from './program.ts';

/**
 * Floats to the integers a program reads: `q = clip(floor((x - offset) / scale + 0.5) + zeroPoint, lo, hi)` in float64, each
 * operation exactly specified by ECMAScript, so every client encodes alike. Values beyond the calibrated range saturate.
 * @param dims [rows, ...dims of a sample]
 * @throws {ExactInputRefused} on NaN, infinities, or another shape
 */
export function encodeInput(
  { input }: Program,
  values: Float32Array,
  dims: readonly number[],
): Tensor<'uint8' | 'int8'> {
  const { scale, offset, zeroPoint, lo, hi } = input;
  if (dims.length !== input.dims.length + 1 || input.dims.some((dim, axis) => dim !== dims[axis + 1])) {
    throw new ExactInputRefused(`it has shape [${dims.join(', ')}], expected [rows, ${input.dims.join(', ')}]`);
  }
  if (values.length !== elementCount(dims)) {
    throw new ExactInputRefused(`shape [${dims.join(', ')}] needs ${elementCount(dims)} values, got ${values.length}`);
  }
  const data = input.dtype === 'uint8' ? new Uint8Array(values.length) : new Int8Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value))
      throw new ExactInputRefused(`element ${at} is ${value}, not a number`, { element: at });
    const k = at % scale.length;
    const steps = Math.floor((value - offset[k]!) / scale[k]! + 0.5);
    data[at] = Math.min(hi, Math.max(lo, steps + zeroPoint));
  }
  return tensor(input.dtype, [...dims], data);
}

/**
 * The last step's integers as floats, `scale * (q - zeroPoint)` rounded to float32: logits, when the model ended in
 * (log-)softmax (`program.output.activation`), which the client applies himself.
 */
export function decodeOutput({ output }: Program, { data }: Tensor): Float32Array {
  return Float32Array.from(data as ArrayLike<number>, (q) => (q - output.zeroPoint) * output.scale);
}
