/** How the range of an activation is chosen from the values seen. */
export type RangeMethod = 'minMax' | 'percentile' | 'mse';
export const RANGE_METHODS: readonly RangeMethod[] = ['minMax', 'percentile', 'mse'];

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Values are `scale * (q - zeroPoint)`, q in 0..levels. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
  readonly levels: number;
}

/** Values of one node: their full range, and some of them spread evenly. */
export interface Observation extends Range {
  readonly samples: Float64Array;
}

/** Share of the values, in parts per 10,000, that `percentile` keeps inside the range on each side. */
const KEPT_PER_10000 = 9_990;
/** Ranges that `mse` tries, from the full one down to a quarter of it. */
const MSE_CANDIDATES = 48;

/** All of `values` as an observation. */
export function observationOf(values: Float64Array): Observation {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return { lo, hi, samples: values };
}

/** The range that the method chooses for `levels` + 1 integers; it always holds 0 and is never empty. */
export function rangeOf(seen: Observation, method: RangeMethod, levels: number): Range {
  const full = { lo: Math.min(0, seen.lo), hi: Math.max(0, seen.hi) };
  if (full.lo === full.hi) return { lo: 0, hi: 1 };
  if (method === 'percentile') return percentile(seen.samples, full);
  return method === 'mse' ? leastSquares(seen.samples, full, levels) : full;
}

function percentile(samples: Float64Array, full: Range): Range {
  const sorted = samples.toSorted();
  const above = Math.floor(((sorted.length - 1) * KEPT_PER_10000) / 10_000);
  const range = { lo: Math.min(0, sorted[sorted.length - 1 - above]!), hi: Math.max(0, sorted[above]!) };
  return range.lo === range.hi ? full : range;
}

/** Shrinks the upper end to where the squared error is least, then the lower one. */
function leastSquares(samples: Float64Array, full: Range, levels: number): Range {
  const { hi } = bestOf(samples, (share) => ({ lo: full.lo, hi: full.hi * share }), full, levels);
  return bestOf(samples, (share) => ({ lo: full.lo * share, hi }), { lo: full.lo, hi }, levels);
}

function bestOf(samples: Float64Array, shrunk: (share: number) => Range, start: Range, levels: number): Range {
  let best = start;
  let least = squaredError(samples, start, levels);
  for (let candidate = 1; candidate < MSE_CANDIDATES; candidate++) {
    const range = shrunk(1 - (0.75 * candidate) / MSE_CANDIDATES);
    if (range.lo === range.hi) continue;
    const error = squaredError(samples, range, levels);
    if (error < least) [best, least] = [range, error];
  }
  return best;
}

function squaredError(samples: Float64Array, range: Range, levels: number): number {
  const quantization = quantizationOf(range, levels);
  let sum = 0;
  for (const value of samples) {
    const difference = (quantized(value, quantization) - quantization.zeroPoint) * quantization.scale - value;
    sum += difference * difference;
  }
  return sum;
}

/** Scale and zero point that spread the range over 0..levels; real 0 is an integer, as every range holds it. */
export function quantizationOf({ lo, hi }: Range, levels: number): Quantization {
  const scale = (hi - lo) / levels;
  return { scale, zeroPoint: Math.min(levels, Math.max(0, Math.floor(-lo / scale + 0.5))), levels };
}

/** The integer nearest to a real number; infinities saturate. */
export function quantized(real: number, { scale, zeroPoint, levels }: Quantization): number {
  return Math.min(levels, Math.max(0, Math.floor(real / scale + 0.5) + zeroPoint));
}
