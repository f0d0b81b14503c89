import { tensor } from '../../tensor/tensor.ts';
import type { Bounds } from './ir.ts';
import { type Quantization, quantized } from './range.ts';

/** One output channel: real output / output scale = acc * factor + bias, |acc * factor + bias| <= reach. */
export interface Channel {
  readonly factor: number;
  readonly bias: number;
  readonly reach: number;
}

/** A requantisation in integers, rounding to nearest. */
export interface FixedPoint {
  readonly shift: number;
  /** Keeps numerators at or above 0; the output's zero point is not in it. */
  readonly offset: number;
  /** 2^shift. */
  readonly unit: number;
  /** What every addend has besides its bias: half a unit for rounding, and the offset. */
  readonly base: bigint;
}

/** As many fraction bits as keep every numerator below 2^53: more precise than float32, and fast in every language. */
export function fixedPoint(reach: number): FixedPoint {
  const offset = Math.ceil(Math.max(1, reach)) + 1;
  let shift = 1;
  let unit = 2;
  // Numerators stay below (reach + offset + 1) * 2^shift.
  while (shift < 46 && (reach + offset + 2) * unit * 2 < 9_007_199_254_740_992) {
    shift += 1;
    unit *= 2;
  }
  return { shift, offset, unit, base: BigInt(unit / 2) + BigInt(offset) * BigInt(unit) };
}

export const nearest = (value: number): bigint => BigInt(Math.floor(value + 0.5));

/** Pairs [N, 2] of (multiplier, addend). */
export function pairsOf(channels: readonly Channel[]): FixedPoint & { readonly pairs: ReturnType<typeof int64Pairs> } {
  const fixed = fixedPoint(channels.reduce((most, { reach }) => Math.max(most, reach), 1));
  const data = new BigInt64Array(2 * channels.length);
  for (const [c, { factor, bias }] of channels.entries()) {
    data[2 * c] = BigInt(Math.max(1, Math.floor(factor * fixed.unit + 0.5)));
    data[2 * c + 1] = nearest(bias * fixed.unit) + fixed.base;
  }
  return { ...fixed, pairs: int64Pairs(data) };
}

const int64Pairs = (data: BigInt64Array) => tensor('int64', [data.length / 2, 2], data);

/** Bounds in integers of the output. */
export const clipOf = ({ lo, hi }: Bounds, target: Quantization): Bounds => ({
  lo: quantized(lo, target),
  hi: quantized(hi, target),
});

/** Shift, offset and clip of a step whose outputs are quantised like `target`. */
export const requantOf = ({ shift, offset }: FixedPoint, bounds: Bounds, target: Quantization) => ({
  shift,
  offset: BigInt(offset) - BigInt(target.zeroPoint),
  ...clipOf(bounds, target),
});
