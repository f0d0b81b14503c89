import { ProtocolError } from '../errors.ts';

/**
 * Exact federated averaging in fixed point (federated 3.1): integer sums commute, so every node computes the same
 * aggregate in whatever order the updates arrive.
 */

/** Fractional bits of a model in fixed point. */
export const FRACTION_BITS = 20;
const ONE = 2 ** FRACTION_BITS;
/** Weights stay below 16 in size, so that float32 holds W / 2^20 exactly. */
const GREATEST_WEIGHT = 2 ** 24 - 1;
/** Updates stay below 8 in size. */
const GREATEST_UPDATE = 2 ** 23 - 1;
/** 23 + 16 + 12 bits: the weighted sum of all updates stays below 2^51 and is exact in a double. */
const MOST_SAMPLES = 2 ** 16 - 1;
const MOST_UPDATES = 2 ** 12 - 1;

/** Updates that cannot be averaged exactly. */
export class AggregateRefused extends ProtocolError {
  override readonly code = 'AGGREGATE_REFUSED';
  constructor(why: string) {
    super({
      what: 'The updates cannot be averaged',
      why,
      fix: 'Drop the update that does not fit, or use fewer samples per node.',
    });
  }
}

const clamp = (value: number, bound: number): number => Math.min(Math.max(value, -bound), bound);

/** Nearest integer, halves away from zero, of value * 2^20, within +-bound. NaN is refused by the callers. */
const toFixed = (value: number, bound: number): number =>
  clamp(Math.sign(value) * Math.floor(Math.abs(value) * ONE + 0.5), bound);

function refuseNaN(values: Float32Array, what: string): void {
  const at = values.findIndex((value) => Number.isNaN(value));
  if (at >= 0) throw new AggregateRefused(`${what} ${at} is not a number`);
}

/** Canonical integer form of float weights. @throws {AggregateRefused} on NaN */
export function toFixedPoint(weights: Float32Array): Int32Array {
  refuseNaN(weights, 'weight');
  return Int32Array.from(weights, (weight) => toFixed(weight, GREATEST_WEIGHT));
}

/** The float weights that a canonical model stands for, exactly. */
export const fromFixedPoint = (model: Int32Array): Float32Array => Float32Array.from(model, (weight) => weight / ONE);

/** What a node publishes: its local weights less the model's, in fixed point. @throws {AggregateRefused} on NaN */
export function quantiseUpdate(model: Int32Array, local: Float32Array): Int32Array {
  if (local.length !== model.length) {
    throw new AggregateRefused(`it has ${local.length} weights, the model has ${model.length}`);
  }
  refuseNaN(local, 'weight');
  return Int32Array.from(model, (weight, i) => toFixed(local[i]! - weight / ONE, GREATEST_UPDATE));
}

export interface WeightedUpdate {
  readonly update: Int32Array;
  /** Samples behind it: its weight in the mean. */
  readonly samples: number;
}

function checkUpdates(updates: readonly WeightedUpdate[], length: number): void {
  if (updates.length === 0 || updates.length > MOST_UPDATES) {
    throw new AggregateRefused(`${updates.length} updates, allowed are 1 to ${MOST_UPDATES}`);
  }
  for (const { update, samples } of updates) {
    if (update.length !== length) throw new AggregateRefused(`an update has ${update.length} of ${length} weights`);
    if (!Number.isInteger(samples) || samples < 1 || samples > MOST_SAMPLES) {
      throw new AggregateRefused(`an update of ${samples} samples, allowed are 1 to ${MOST_SAMPLES}`);
    }
    const wide = update.find((value) => Math.abs(value) > GREATEST_UPDATE);
    if (wide !== undefined) throw new AggregateRefused(`an update holds ${wide}, the bound is ${GREATEST_UPDATE}`);
  }
}

/** floor(x / y) exactly; Math.floor(x / y) would round the quotient of large integers. */
function floorDivide(x: number, y: number): number {
  const rest = ((x % y) + y) % y;
  return (x - rest) / y;
}

/**
 * The next model: W + floor((2 A + N) / (2 N)) with A the sum of samples * update and N all samples, i.e. the weighted
 * mean rounded half up, one rule for both signs.
 * @throws {AggregateRefused} on an update of another length or out of range
 */
export function averageUpdates(model: Int32Array, updates: readonly WeightedUpdate[]): Int32Array {
  checkUpdates(updates, model.length);
  const total = updates.reduce((sum, { samples }) => sum + samples, 0);
  return Int32Array.from(model, (weight, i) => {
    let sum = 0;
    for (const { update, samples } of updates) sum += samples * update[i]!;
    return clamp(weight + floorDivide(2 * sum + total, 2 * total), GREATEST_WEIGHT);
  });
}
