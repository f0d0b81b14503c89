import { tensor } from '../tensor/tensor.ts';
import { LEVELS, quantizationOf, type Range } from './calibrate.ts';
import { CalibrationRefused } from './errors.ts';
import type { DenseLayer } from './floatNetwork.ts';
import type { Step } from './step.ts';
import { type QLinearFields, qlinear } from './steps/qlinear.ts';

/** Bound of |real output / scale|, so that every step has 22 fraction bits or more. */
const MAX_REACH = 1_073_741_824;

/** Values are `scale * (q - zeroPoint)`. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Scale of the weights of each output channel: the largest one becomes 127. */
export function weightScales({ k, n, weight }: DenseLayer): Float64Array {
  return Float64Array.from({ length: n }, (_, channel) => {
    let most = 0;
    for (let i = 0; i < k; i++) most = Math.max(most, Math.abs(weight[channel * k + i]!));
    return most === 0 ? 1 : most / 127;
  });
}

/** Largest magnitude that the layer's real output could have for any input of its source. */
export function reachOf({ name, k, bias }: DenseLayer, source: Quantization, scales: Float64Array): number {
  let reach = 0;
  for (const [channel, scale] of scales.entries()) {
    reach = Math.max(reach, LEVELS * 127 * k * source.scale * scale + Math.abs(bias[channel]!));
  }
  if (!Number.isFinite(reach)) {
    throw new CalibrationRefused(`layer ${name} can reach infinity`, 'Train the model again: its weights diverged.');
  }
  return reach;
}

/** int32 logits as fine as the accumulators, and coarser only where a huge bias asks for it. */
export function logitQuantization(reach: number, source: Quantization, scales: Float64Array): Quantization {
  const finest = scales.reduce((most, scale) => Math.max(most, source.scale * scale), 0);
  return { scale: Math.max(finest, reach / MAX_REACH), zeroPoint: 0 };
}

/** 7 bits over the range seen, widened when it is so narrow that the layer could overshoot it a billion times. */
export function hiddenQuantization(reach: number, seen: Range): Quantization {
  const share = Math.max(1, reach / MAX_REACH / quantizationOf(seen).scale);
  return quantizationOf({ lo: seen.lo * share, hi: seen.hi * share });
}

export function quantizeLayer(
  layer: DenseLayer,
  index: number,
  source: Quantization,
  target: Quantization,
  scales: Float64Array,
  isLast: boolean,
): Step {
  const { k, n } = layer;
  const weight = Int8Array.from(layer.weight, (w, at) =>
    Math.min(127, Math.max(-127, Math.floor(w / scales[Math.floor(at / k)]! + 0.5))),
  );
  const { pairs, shift, offset } = requantization(layer, weight, source, target, scales);
  const clip = clipOf(layer, target, isLast ? { lo: -2_147_483_648, hi: 2_147_483_647 } : { lo: 0, hi: LEVELS });
  return qlinear({
    rangeClass: 'U7S8',
    source: index,
    k,
    n,
    weight: tensor('int8', [n, k], weight),
    inputZeroPoint: source.zeroPoint,
    weightZeroPoint: 0,
    pairs,
    shift,
    offset: offset - BigInt(target.zeroPoint),
    ...clip,
    outDtype: isLast ? 'int32' : 'uint8',
  });
}

/** The activation's clip in integers, inside the bounds of the output type. */
function clipOf(
  { lo, hi }: DenseLayer,
  { scale, zeroPoint }: Quantization,
  bounds: { readonly lo: number; readonly hi: number },
): { readonly lo: number; readonly hi: number } {
  const integer = (real: number): number =>
    Math.min(bounds.hi, Math.max(bounds.lo, Math.floor(real / scale + 0.5) + zeroPoint));
  return { lo: integer(lo), hi: integer(hi) };
}

/**
 * Fixed-point form of `acc * source.scale * weightScale / target.scale + bias / target.scale`, rounded to nearest, with
 * as many fraction bits as keep every numerator below 2^53: more precise than float32, and fast in every language.
 */
function requantization(
  layer: DenseLayer,
  weight: Int8Array,
  source: Quantization,
  target: Quantization,
  scales: Float64Array,
): Pick<QLinearFields, 'pairs' | 'shift' | 'offset'> {
  const { k, n, bias } = layer;
  const factor = scales.map((scale) => (source.scale * scale) / target.scale);
  let reach = 1;
  for (let channel = 0; channel < n; channel++) {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += Math.abs(weight[channel * k + i]!);
    reach = Math.max(reach, LEVELS * sum * factor[channel]! + Math.abs(bias[channel]! / target.scale));
  }
  const offset = Math.ceil(reach) + 1;
  let shift = 1;
  let unit = 2;
  // Numerators stay below (reach + offset + 1) * 2^shift.
  while (shift < 46 && (reach + offset + 2) * unit * 2 < 9_007_199_254_740_992) {
    shift += 1;
    unit *= 2;
  }
  const data = new BigInt64Array(2 * n);
  for (let channel = 0; channel < n; channel++) {
    data[2 * channel] = BigInt(Math.max(1, Math.floor(factor[channel]! * unit + 0.5)));
    data[2 * channel + 1] =
      BigInt(Math.floor((bias[channel]! / target.scale) * unit + 0.5)) +
      BigInt(unit / 2) +
      BigInt(offset) * BigInt(unit);
  }
  return { pairs: tensor('int64', [n, 2], data), shift, offset: BigInt(offset) };
}
