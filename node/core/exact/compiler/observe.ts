import { elementCount, type Tensor } from '../../tensor/tensor.ts';
import { CalibrationRefused } from '../errors.ts';
import { evaluateNetwork } from './evaluate.ts';
import { type FloatNode, sizeOf, workOf } from './ir.ts';
import type { FloatNetwork } from './network.ts';
import type { Observation } from './range.ts';

/** Rows of the input after the network's units, [rows, size] in float64. */
export interface CalibrationRows {
  readonly values: Float64Array;
  readonly rows: number;
}

/** Rows that calibration and report look at whatever they cost. */
const MIN_ROWS = 8;
/** Values kept of each node when a range is chosen; more are thinned out evenly. */
const MAX_SAMPLES = 65_536;
/** Elements of all values of the rows that are computed at a time. */
const CHUNK_ELEMENTS = 4_194_304;
/** Multiplications that calibration may take, some seconds; rows beyond are thinned out evenly. */
const MAX_WORK = 5e8;

/** Calibration rows as float64, the network's units applied. @throws {CalibrationRefused} */
export function calibrationRows({ input, units }: FloatNetwork, calibration: Tensor): CalibrationRows {
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
  const { scale, shift } = units;
  const values = Float64Array.from(calibration.data as Float32Array);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new CalibrationRefused(`value ${wrong} is ${values[wrong]}`, 'Remove rows with NaN or infinity.');
  for (let at = 0; at < values.length; at++)
    values[at] = values[at]! * scale[at % scale.length]! + shift[at % shift.length]!;
  return { values, rows };
}

/** Indices of the rows that `most` multiplications suffice for, spread evenly. @param work multiplications of a row */
export function affordableRows(rows: number, work: number, most: number): number[] {
  const count = Math.min(rows, Math.max(MIN_ROWS, Math.floor(most / Math.max(1, work))));
  return Array.from({ length: count }, (_, at) => Math.floor((at * rows) / count));
}

/** Rows that fit into memory at a time. */
export const chunkRows = (nodes: readonly FloatNode[]): number =>
  Math.max(1, Math.floor(CHUNK_ELEMENTS / nodes.reduce((sum, node) => sum + sizeOf(node), 0)));

/** What every node's values look like on the calibration rows. @throws {CalibrationRefused} when one is not finite */
export function observe({ nodes, input }: FloatNetwork, { values, rows }: CalibrationRows): Observation[] {
  const size = elementCount(input.dims);
  const chosen = affordableRows(
    rows,
    nodes.reduce((sum, node) => sum + workOf(node), 0),
    MAX_WORK,
  );
  const collectors = nodes.map((node) => new Collector(sizeOf(node), chosen.length, node.op.kind === 'mask'));
  const chunk = chunkRows(nodes);
  for (let start = 0; start < chosen.length; start += chunk) {
    const part = chosen.slice(start, start + chunk);
    const x = new Float64Array(part.length * size);
    for (const [at, row] of part.entries()) x.set(values.subarray(row * size, (row + 1) * size), at * size);
    evaluateNetwork(nodes, x, part.length, (id, samples) => collectors[id]!.take(samples));
  }
  return collectors.map((collector, id) => {
    const { lo, hi } = collector;
    if (!Number.isFinite(lo) || !Number.isFinite(hi))
      throw new CalibrationRefused(
        `the values of ${JSON.stringify(nodes[id]!.name)} reach ${Number.isFinite(lo) ? hi : lo}`,
        'Train the model again: its weights diverged.',
      );
    return collector;
  });
}

/** Range and evenly spread samples of a stream of values. */
class Collector implements Observation {
  lo = Number.POSITIVE_INFINITY;
  hi = Number.NEGATIVE_INFINITY;
  readonly #kept: Float64Array;
  readonly #step: number;
  readonly #mayHide: boolean;
  #seen = 0;
  #count = 0;

  /** @param mayHide minus infinity stands for elements that do not count */
  constructor(size: number, rows: number, mayHide: boolean) {
    this.#mayHide = mayHide;
    let step = Math.ceil((size * rows) / MAX_SAMPLES);
    // A step that divides the sample would look at the same elements in every row.
    while (step > 1 && greatestDivisor(step, size) > 1) step += 1;
    this.#step = step;
    this.#kept = new Float64Array(Math.ceil((size * rows) / step));
  }

  get samples(): Float64Array {
    return this.#kept.subarray(0, this.#count);
  }

  take(values: Float64Array): void {
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      if (this.#mayHide && value === Number.NEGATIVE_INFINITY) continue;
      if (!(value >= this.lo)) this.lo = value;
      if (!(value <= this.hi)) this.hi = value;
      if ((this.#seen + at) % this.#step === 0) this.#kept[this.#count++] = value;
    }
    this.#seen += values.length;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
