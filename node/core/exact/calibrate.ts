import type { Tensor } from '../tensor/tensor.ts';
import { CalibrationRefused } from './errors.ts';
import type { DenseLayer, FloatNetwork } from './floatNetwork.ts';

/** How the range of an activation is chosen from the values seen. */
export type RangeMethod = 'minMax' | 'percentile' | 'mse';
export const RANGE_METHODS: readonly RangeMethod[] = ['minMax', 'percentile', 'mse'];

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Levels of the 7-bit activations of range class U7S8. */
export const LEVELS = 127;
/** Share of the values, in parts per 10,000, that `percentile` keeps inside the range on each side. */
const KEPT_PER_10000 = 9_990;
/** Values looked at when a range is chosen; more are thinned out evenly. */
const MAX_SAMPLES = 65_536;
/** Ranges that `mse` tries, from the full one down to a quarter of it. */
const MSE_CANDIDATES = 48;

/** Outputs of every layer in float64, [rows, N] each: the float model as the exact one will be compared with it. */
export function runFloat(layers: readonly DenseLayer[], input: Float64Array, rows: number): Float64Array[] {
  const outputs: Float64Array[] = [];
  let x = input;
  for (const { k, n, weight, bias, lo, hi } of layers) {
    const y = new Float64Array(rows * n);
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < n; channel++) {
        let sum = bias[channel]!;
        for (let i = 0; i < k; i++) sum += x[row * k + i]! * weight[channel * k + i]!;
        y[row * n + channel] = Math.min(hi, Math.max(lo, sum));
      }
    }
    outputs.push(y);
    x = y;
  }
  return outputs;
}

/** Calibration rows as float64. @throws {CalibrationRefused} */
export function calibrationRows(
  { input }: FloatNetwork,
  calibration: Tensor,
): { readonly values: Float64Array; readonly rows: number } {
  const [rows = 0, ...dims] = calibration.dims;
  const shape = `[rows, ${input.dims.join(', ')}]`;
  if (
    calibration.dtype !== 'float32' ||
    dims.length !== input.dims.length ||
    dims.some((dim, axis) => dim !== input.dims[axis])
  ) {
    const given = `${calibration.dtype} of shape [${calibration.dims.join(', ')}]`;
    throw new CalibrationRefused(`it is ${given}`, `Give float32 of shape ${shape}.`);
  }
  if (rows < 1) throw new CalibrationRefused('it has no rows', 'Give some hundred rows of the training data.');
  const values = Float64Array.from(calibration.data as Float32Array);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new CalibrationRefused(`value ${wrong} is ${values[wrong]}`, 'Remove rows with NaN or infinity.');
  return { values, rows };
}

/** The range of `values` that the method chooses; it always holds 0 and is never empty. */
export function rangeOf(values: Float64Array, method: RangeMethod): Range {
  const step = Math.ceil(values.length / MAX_SAMPLES);
  const sample = method === 'minMax' ? values : values.filter((_, at) => at % step === 0);
  let [lo, hi] = [0, 0];
  for (const value of values) {
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  if (lo === hi) return { lo: 0, hi: 1 };
  if (method === 'percentile') return percentile(sample, { lo, hi });
  return method === 'mse' ? leastSquares(sample, { lo, hi }) : { lo, hi };
}

function percentile(sample: Float64Array, full: Range): Range {
  const sorted = sample.toSorted();
  const above = Math.floor(((sorted.length - 1) * KEPT_PER_10000) / 10_000);
  const range = { lo: Math.min(0, sorted[sorted.length - 1 - above]!), hi: Math.max(0, sorted[above]!) };
  return range.lo === range.hi ? full : range;
}

/** Shrinks the upper end to where the squared error is least, then the lower one. */
function leastSquares(sample: Float64Array, full: Range): Range {
  const { hi } = bestOf(sample, (share) => ({ lo: full.lo, hi: full.hi * share }), full);
  return bestOf(sample, (share) => ({ lo: full.lo * share, hi }), { lo: full.lo, hi });
}

function bestOf(sample: Float64Array, shrunk: (share: number) => Range, start: Range): Range {
  let best = start;
  let least = squaredError(sample, start);
  for (let candidate = 1; candidate < MSE_CANDIDATES; candidate++) {
    const range = shrunk(1 - (0.75 * candidate) / MSE_CANDIDATES);
    const error = squaredError(sample, range);
    if (error < least) [best, least] = [range, error];
  }
  return best;
}

function squaredError(sample: Float64Array, range: Range): number {
  const { scale, zeroPoint } = quantizationOf(range);
  let sum = 0;
  for (const value of sample) {
    const q = Math.min(LEVELS, Math.max(0, Math.floor(value / scale + 0.5) + zeroPoint));
    const difference = (q - zeroPoint) * scale - value;
    sum += difference * difference;
  }
  return sum;
}

/** Scale and zero point that spread the range over 0..127; real 0 is an integer, as every range holds it. */
export function quantizationOf({ lo, hi }: Range): { readonly scale: number; readonly zeroPoint: number } {
  const scale = (hi - lo) / LEVELS;
  return { scale, zeroPoint: Math.min(LEVELS, Math.max(0, Math.floor(-lo / scale + 0.5))) };
}
