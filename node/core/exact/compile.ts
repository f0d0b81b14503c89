import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Model } from '../onnx/model.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { assign, LEVELS } from './compiler/assign.ts';
import { wideQuantization } from './compiler/lower/layers.ts';
import { stepOf } from './compiler/lower.ts';
import { type FloatNetwork, floatNetworkOf } from './compiler/network.ts';
import { calibrationRows, observe } from './compiler/observe.ts';
import type { Quantization, RangeMethod } from './compiler/range.ts';
import { type CompileReport, compileReport } from './compiler/report.ts';
import { inputUnits, withOwnUnits } from './compiler/units.ts';
import { CalibrationRefused } from './errors.ts';
import { MAX_LIST_TEXT } from './metadata.ts';
import { modelFromProgram } from './modelFromProgram.ts';
import type { Program } from './program.ts';
import { proveProgram } from './prove.ts';

export interface CompileOptions {
  /** How activation ranges are chosen. @default 'minMax' */
  readonly ranges?: RangeMethod;
  /** Bits of the activations that dense layers read: 7 is the fast range class U7S8, 8 the finer U8U8. @default 7 */
  readonly denseBits?: 7 | 8;
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
 * Turns a float network into one whose every bit is the same on every machine: one step per operator, int8 weights per
 * channel, activations of 7 or 8 bits, int32 scores. Deterministic: equal inputs give equal files.
 * @param calibration float32 [rows, ...dims]: some hundred rows that look like what will be asked; never the test set
 * @throws {ExactOpUnsupported} {@link CalibrationRefused} {@link ExactProofFailed} (K > 32768)
 * @example
 * const { model, program, report } = compileExact(decodeModel(bytes), tensor('float32', [200, 64], rows));
 */
export function compileExact(model: Model, calibration: Tensor, options: CompileOptions = {}): Compiled {
  const { ranges = 'minMax', denseBits = 7, labels } = options;
  const read = floatNetworkOf(model);
  checkLabels(read, labels);
  const levels = denseBits === 7 ? LEVELS.seven : LEVELS.eight;
  const { network, calibration: rows, isOwn } = withOwnUnits(read, calibrationRows(read, calibration), levels);
  const seen = observe(network, rows);
  const meanings = assign(network, seen, { ranges, denseBits });
  if (isOwn) meanings[0] = { scale: 1, zeroPoint: 0, levels };
  const wide = wideNodes(network);
  for (const id of wide) {
    const { op, sources } = network.nodes[id]!;
    if (op.kind === 'dense' || op.kind === 'conv') meanings[id] = wideQuantization(op, meanings[sources[0]!]!);
  }
  const program = programOf(network, meanings, wide, labels);
  const report = compileReport(network, program, calibration, rows, meanings, seen);
  return { model: modelFromProgram(program, { producerVersion: model.producerVersion }), program, report };
}

function checkLabels({ nodes, output }: FloatNetwork, labels: readonly string[] | undefined): void {
  const n = nodes[output]!.dims.at(-1)!;
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

/** Nodes whose integers are 32 bits wide: a layer with weights whose output is the model's, or is read by ArgMax alone. */
function wideNodes({ nodes, output }: FloatNetwork): Set<number> {
  const last = nodes[output]!;
  const end = last.op.kind === 'argmax' ? last.sources[0]! : output;
  const { kind } = nodes[end]!.op;
  const isRead = nodes.some((node, id) => id !== output && node.sources.includes(end));
  const isWide = (kind === 'dense' || kind === 'conv') && !isRead;
  return new Set([...(isWide ? [end] : []), ...(last.op.kind === 'argmax' ? [output] : [])]);
}

function programOf(
  network: FloatNetwork,
  meanings: Quantization[],
  wide: ReadonlySet<number>,
  labels: readonly string[] | undefined,
): Program {
  const { input, nodes, output, outputName, activation } = network;
  if (nodes[output]!.op.kind === 'argmax') meanings[output] = { scale: 1, zeroPoint: 0, levels: LEVELS.eight };
  const steps = nodes.slice(1).map((node, index) => {
    const sources = node.sources.map((source) => nodes[source]!);
    const from = node.sources.map((source) => meanings[source]!);
    const reads = node.op.kind === 'argmax' ? node.sources[0]! : index + 1;
    return stepOf({ node, sources, from, to: meanings[index + 1]!, isWide: wide.has(reads) });
  });
  const { scale, zeroPoint } = meanings[output]!;
  const units = inputUnits(network, meanings[0]!);
  return proveProgram({
    input: { name: input.name, dtype: 'uint8', dims: input.dims, lo: 0, hi: meanings[0]!.levels, ...units },
    steps,
    output: { name: outputName, scale, zeroPoint, activation, ...(labels === undefined ? {} : { labels }) },
  });
}
