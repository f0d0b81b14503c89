import { LEVELS, quantizationOf, type Range, type RangeMethod, rangeOf } from './calibrate.ts';
import type { DenseLayer } from './floatNetwork.ts';
import type { ProgramInput } from './program.ts';

/** Elements with so much smaller a range than others would be left with less than two of the 127 levels. */
const MAX_RATIO = 64;
/** Their numbers must fit one text in the metadata. */
const MAX_OWN_UNITS = 1024;

export interface InputUnits {
  readonly units: Pick<ProgramInput, 'scale' | 'offset' | 'zeroPoint'>;
  /** The first layer, taking integers times `scale` instead of reals. */
  readonly first: DenseLayer;
  readonly scale: number;
}

/**
 * Chooses what the integers of the input mean: one scale for all elements (pixels), or a scale and offset of their own
 * when their ranges differ widely (columns of a table), in which case the first layer absorbs them.
 */
export function inputUnits(first: DenseLayer, values: Float64Array, method: RangeMethod): InputUnits {
  const ranges = elementRanges(values, first.k);
  const widths = ranges.map(({ lo, hi }) => hi - lo).filter((width) => width > 0);
  const widest = widths.reduce((most, width) => Math.max(most, width), 0);
  const narrowest = widths.reduce((least, width) => Math.min(least, width), widest);
  if (first.k > 1 && first.k <= MAX_OWN_UNITS && widest > MAX_RATIO * narrowest) return ownUnits(first, ranges);
  const { scale, zeroPoint } = quantizationOf(rangeOf(values, method));
  return { units: { scale: [scale], offset: [0], zeroPoint }, first, scale };
}

function elementRanges(values: Float64Array, size: number): Range[] {
  const lo = values.slice(0, size);
  const hi = values.slice(0, size);
  for (const [at, value] of values.entries()) {
    const k = at % size;
    if (value < lo[k]!) lo[k] = value;
    if (value > hi[k]!) hi[k] = value;
  }
  return Array.from(lo, (least, k) => ({ lo: least, hi: hi[k]! }));
}

/** x = scale q + offset, so W x = (W scale) q + W offset. An element that never varied counts as constant. */
function ownUnits(first: DenseLayer, ranges: readonly Range[]): InputUnits {
  const scale = ranges.map(({ lo, hi }) => (hi > lo ? (hi - lo) / LEVELS : 1));
  // Adding 0 turns -0, which the metadata cannot tell from 0, into 0.
  const offset = ranges.map(({ lo }) => lo + 0);
  const bias = first.bias.map((b, n) =>
    offset.reduce((sum, shift, k) => sum + shift * first.weight[n * first.k + k]!, b),
  );
  const weight = first.weight.map((w, at) => {
    const { lo, hi } = ranges[at % first.k]!;
    return hi > lo ? w * scale[at % first.k]! : 0;
  });
  return { units: { scale, offset, zeroPoint: 0 }, first: { ...first, weight, bias }, scale: 1 };
}
