import type { Model } from '../onnx/model.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import {
  calibrationRows,
  LEVELS,
  quantizationOf,
  type Range,
  type RangeMethod,
  rangeOf,
  runFloat,
} from './calibrate.ts';
import { CalibrationRefused } from './errors.ts';
import { type DenseLayer, type FloatNetwork, floatNetworkOf } from './floatNetwork.ts';
import { inputUnits } from './inputUnits.ts';
import { runProgram } from './interpreter.ts';
import { MAX_LIST_TEXT } from './metadata.ts';
import { modelFromProgram } from './modelFromProgram.ts';
import type { Program, QLinearStep } from './program.ts';
import { proveProgram } from './prove.ts';
import { decodeOutput, encodeInput } from './quantize.ts';

export interface CompileOptions {
  /** How activation ranges are chosen. @default 'minMax' */
  readonly ranges?: RangeMethod;
  /** Names of the output channels. */
  readonly labels?: readonly string[];
}

export interface CompiledLayer {
  readonly name: string;
  readonly k: number;
  readonly n: number;
  /** Real range and scale of its output. */
  readonly lo: number;
  readonly hi: number;
  readonly scale: number;
  /** Largest accumulator over 2^31: how much room is left. */
  readonly accumulatorUse: number;
}

export interface CompileReport {
  readonly layers: readonly CompiledLayer[];
  readonly calibrationRows: number;
  /** Share of the calibration rows on which exact and float model name the same class. */
  readonly agreement: number;
  /** Largest and mean absolute difference of the decoded outputs to the float ones on the calibration rows. */
  readonly maxError: number;
  readonly meanError: number;
}

export interface Compiled {
  /** Integer-only ONNX, with scales, activation and labels in its metadata. */
  readonly model: Model;
  readonly program: Program;
  readonly report: CompileReport;
}

/**
 * Turns a float dense network into one whose every bit is the same on every machine: weights int8 per channel, hidden
 * activations 7 bits (range class U7S8), int32 logits. Deterministic: equal inputs give equal files.
 * @param calibration float32 [rows, ...dims]: some hundred rows that look like what will be asked; never the test set
 * @throws {ExactOpUnsupported} {@link CalibrationRefused} {@link ExactProofFailed} (K > 32768)
 * @example
 * const { model, program, report } = compileExact(decodeModel(bytes), tensor('float32', [200, 64], rows));
 */
export function compileExact(model: Model, calibration: Tensor, options: CompileOptions = {}): Compiled {
  const network = floatNetworkOf(model);
  const { values, rows } = calibrationRows(network, calibration);
  checkLabels(network, options.labels);
  const floats = runFloat(network.layers, values, rows);
  const program = programOf(network, values, floats, options);
  const report = reportOf(network, program, calibration, floats);
  return { model: modelFromProgram(program, model.producerVersion), program, report };
}

function checkLabels({ layers }: FloatNetwork, labels: readonly string[] | undefined): void {
  const { n } = layers.at(-1)!;
  if (labels !== undefined && labels.length !== n) {
    throw new CalibrationRefused(`${labels.length} labels were given for ${n} outputs`, `Give ${n} labels, or none.`);
  }
  const { length } = JSON.stringify(labels ?? []);
  if (length > MAX_LIST_TEXT) {
    throw new CalibrationRefused(
      `the labels take ${length} characters`,
      `Give labels of at most ${MAX_LIST_TEXT} together.`,
    );
  }
}

/** Bound of |real output / scale|, so that every step has 22 fraction bits or more. */
const MAX_REACH = 1_073_741_824;

interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

function programOf(
  network: FloatNetwork,
  values: Float64Array,
  floats: readonly Float64Array[],
  options: CompileOptions,
): Program {
  const { input, layers, outputName, activation } = network;
  const { ranges = 'minMax', labels } = options;
  const { units, first, scale } = inputUnits(layers[0]!, values, ranges);
  let source: Quantization = { scale, zeroPoint: units.zeroPoint };
  const steps = layers.with(0, first).map((layer, index) => {
    const isLast = index === layers.length - 1;
    const scales = weightScales(layer);
    const reach = reachOf(layer, source, scales);
    const target = isLast
      ? logitQuantization(reach, source, scales)
      : hiddenQuantization(reach, rangeOf(floats[index]!, ranges));
    const step = quantizeLayer(layer, index, source, target, scales, isLast);
    source = target;
    return step;
  });
  return proveProgram({
    input: { name: input.name, dtype: 'uint8', dims: input.dims, lo: 0, hi: LEVELS, ...units },
    steps,
    output: { name: outputName, ...source, activation, ...(labels === undefined ? {} : { labels }) },
  });
}

/** Scale of the weights of each output channel: the largest one becomes 127. */
function weightScales({ k, n, weight }: DenseLayer): Float64Array {
  return Float64Array.from({ length: n }, (_, channel) => {
    let most = 0;
    for (let i = 0; i < k; i++) most = Math.max(most, Math.abs(weight[channel * k + i]!));
    return most === 0 ? 1 : most / 127;
  });
}

/** Largest magnitude that the layer's real output could have for any input of its source. */
function reachOf({ name, k, bias }: DenseLayer, source: Quantization, scales: Float64Array): number {
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
function logitQuantization(reach: number, source: Quantization, scales: Float64Array): Quantization {
  const finest = scales.reduce((most, scale) => Math.max(most, source.scale * scale), 0);
  return { scale: Math.max(finest, reach / MAX_REACH), zeroPoint: 0 };
}

/** 7 bits over the range seen, widened when it is so narrow that the layer could overshoot it a billion times. */
function hiddenQuantization(reach: number, seen: Range): Quantization {
  const share = Math.max(1, reach / MAX_REACH / quantizationOf(seen).scale);
  return quantizationOf({ lo: seen.lo * share, hi: seen.hi * share });
}

function quantizeLayer(
  layer: DenseLayer,
  index: number,
  source: Quantization,
  target: Quantization,
  scales: Float64Array,
  isLast: boolean,
): QLinearStep {
  const { k, n } = layer;
  const weight = Int8Array.from(layer.weight, (w, at) =>
    Math.min(127, Math.max(-127, Math.floor(w / scales[Math.floor(at / k)]! + 0.5))),
  );
  const { pairs, shift, offset } = requantization(layer, weight, source, target, scales);
  const clip = clipOf(layer, target, isLast ? { lo: -2_147_483_648, hi: 2_147_483_647 } : { lo: 0, hi: LEVELS });
  return {
    op: 'QLINEAR',
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
  };
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
): Pick<QLinearStep, 'pairs' | 'shift' | 'offset'> {
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

function reportOf(
  network: FloatNetwork,
  program: Program,
  calibration: Tensor,
  floats: readonly Float64Array[],
): CompileReport {
  const rows = calibration.dims[0]!;
  const input = encodeInput(program, calibration.data as Float32Array, calibration.dims);
  const exact = decodeOutput(program, runProgram(program, input).output);
  const float = floats.at(-1)!;
  const n = float.length / rows;
  let [agreeing, maxError, total] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    if (argmax(exact, row, n) === argmax(float, row, n)) agreeing += 1;
  }
  for (const [at, value] of float.entries()) {
    const error = Math.abs(value - exact[at]!);
    maxError = Math.max(maxError, error);
    total += error;
  }
  return {
    layers: network.layers.map((layer, index) => describeLayer(layer, program, index, floats[index]!)),
    calibrationRows: rows,
    agreement: agreeing / rows,
    maxError,
    meanError: total / float.length,
  };
}

function describeLayer(
  { name, k, n }: DenseLayer,
  { steps, proofs, output }: Program,
  index: number,
  values: Float64Array,
): CompiledLayer {
  const { lo, hi } = rangeOf(values, 'minMax');
  const scale = index === steps.length - 1 ? output.scale : (hi - lo) / LEVELS;
  return { name, k, n, lo, hi, scale, accumulatorUse: proofs[index]!.accumulatorMax / 2_147_483_648 };
}

/** First index of the largest of `n` values of a row. */
function argmax(values: ArrayLike<number>, row: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if (values[row * n + i]! > values[row * n + best]!) best = i;
  return best;
}
