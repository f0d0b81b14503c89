import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Model } from '../onnx/model.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { calibrationRows, LEVELS, type RangeMethod, rangeOf, runFloat } from './calibrate.ts';
import { type CompileReport, compileReport } from './compileReport.ts';
import { CalibrationRefused } from './errors.ts';
import { type FloatNetwork, floatNetworkOf } from './floatNetwork.ts';
import { inputUnits } from './inputUnits.ts';
import { MAX_LIST_TEXT } from './metadata.ts';
import { modelFromProgram } from './modelFromProgram.ts';
import type { Program } from './program.ts';
import { proveProgram } from './prove.ts';
import {
  hiddenQuantization,
  logitQuantization,
  type Quantization,
  quantizeLayer,
  reachOf,
  weightScales,
} from './quantizeLayer.ts';

export interface CompileOptions {
  /** How activation ranges are chosen. @default 'minMax' */
  readonly ranges?: RangeMethod;
  /** Names of the output channels. */
  readonly labels?: readonly string[];
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
  const report = compileReport(network, program, calibration, floats);
  return { model: modelFromProgram(program, { producerVersion: model.producerVersion }), program, report };
}

function checkLabels({ layers }: FloatNetwork, labels: readonly string[] | undefined): void {
  const { n } = layers.at(-1)!;
  if (labels !== undefined && labels.length !== n) {
    throw new CalibrationRefused(`${labels.length} labels were given for ${n} outputs`, `Give ${n} labels, or none.`);
  }
  const { length } = utf8ToBytes(JSON.stringify(labels ?? []));
  if (length > MAX_LIST_TEXT) {
    throw new CalibrationRefused(
      `the labels take ${length} bytes`,
      `Give labels of at most ${MAX_LIST_TEXT} together.`,
    );
  }
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
