import type { Tensor } from '../tensor/tensor.ts';
import { LEVELS, rangeOf } from './calibrate.ts';
import type { DenseLayer, FloatNetwork } from './floatNetwork.ts';
import { runProgram } from './interpreter.ts';
import type { Program } from './program.ts';
import { decodeOutput, encodeInput } from './quantize.ts';

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

/** Compares program and float model on the calibration rows. */
export function compileReport(
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
