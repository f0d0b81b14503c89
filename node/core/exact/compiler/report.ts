import { elementCount, type Tensor } from '../../tensor/tensor.ts';
import { runProgram } from '../interpreter.ts';
import type { Program } from '../program.ts';
import { decodeOutput, encodeInput } from '../quantize.ts';
import type { StepOp } from '../step.ts';
import { evaluateNetwork } from './evaluate.ts';
import { log } from './functions.ts';
import { workOf } from './ir.ts';
import type { FloatNetwork } from './network.ts';
import { affordableRows, type CalibrationRows, chunkRows } from './observe.ts';
import type { Observation, Quantization } from './range.ts';

/** Multiplications that the comparison may take, for each of both. */
const MAX_WORK = 1e8;

/** One step beside the float operator that it stands for. */
export interface CompiledStep {
  /** Of the ONNX node it came from. */
  readonly name: string;
  readonly op: StepOp;
  readonly dims: readonly number[];
  /** Real range seen of its output, and what one integer is worth. */
  readonly lo: number;
  readonly hi: number;
  readonly scale: number;
  /** Mean absolute difference to the float operator in the float network. */
  readonly meanError: number;
  /** Signal to quantisation noise in dB; Infinity without noise. */
  readonly sqnr: number;
  /** Largest accumulator over 2^31: how much room is left. */
  readonly accumulatorUse: number;
}

export interface CompileReport {
  readonly steps: readonly CompiledStep[];
  /** Rows compared. */
  readonly calibrationRows: number;
  /** Share of those rows on which exact and float model name the same class. */
  readonly agreement: number;
  /** Largest and mean absolute difference of the decoded outputs to the float ones. */
  readonly maxError: number;
  readonly meanError: number;
}

/** Compares program and float network, step by step, on the calibration rows. */
export function compileReport(
  network: FloatNetwork,
  program: Program,
  calibration: Tensor,
  { values, rows }: CalibrationRows,
  meanings: readonly Quantization[],
  seen: readonly Observation[],
): CompileReport {
  const { nodes, output } = network;
  const size = elementCount(program.input.dims);
  const work = nodes.reduce((sum, node) => sum + workOf(node), 0);
  const chosen = affordableRows(rows, work, MAX_WORK);
  const sums = nodes.map(() => ({ error: 0, signal: 0, noise: 0, count: 0 }));
  const total = { agreeing: 0, max: 0, error: 0, count: 0 };
  const chunk = chunkRows(nodes);
  for (let start = 0; start < chosen.length; start += chunk) {
    const part = chosen.slice(start, start + chunk);
    const take = <A extends Float32Array | Float64Array>(from: A, into: A): A => {
      for (const [at, row] of part.entries()) into.set(from.subarray(row * size, (row + 1) * size), at * size);
      return into;
    };
    const raw = take(calibration.data as Float32Array, new Float32Array(part.length * size));
    const input = encodeInput(program, raw, [part.length, ...program.input.dims]);
    const { trace } = runProgram(program, input, { trace: true });
    const x = take(values, new Float64Array(part.length * size));
    evaluateNetwork(nodes, x, part.length, (id, real) => {
      if (id === 0) return;
      add(sums[id]!, real, trace![id - 1]!, meanings[id]!);
      if (id === output) compare(total, real, decodeOutput(program, trace!.at(-1)!), part.length);
    });
  }
  return {
    steps: program.steps.map(({ op, outDims }, index) => {
      const { error, signal, noise, count } = sums[index + 1]!;
      const { lo, hi } = seen[index + 1]!;
      return {
        name: nodes[index + 1]!.name,
        op,
        dims: outDims,
        lo,
        hi,
        scale: meanings[index + 1]!.scale,
        meanError: error / count,
        sqnr: noise === 0 ? Number.POSITIVE_INFINITY : (10 * log(signal / noise)) / log(10),
        accumulatorUse: program.proofs[index]!.accumulatorMax / 2_147_483_648,
      };
    }),
    calibrationRows: chosen.length,
    agreement: total.agreeing / chosen.length,
    maxError: total.max,
    meanError: total.error / total.count,
  };
}

interface Sums {
  error: number;
  signal: number;
  noise: number;
  count: number;
}

function add(sums: Sums, real: Float64Array, { data }: Tensor, { scale, zeroPoint }: Quantization): void {
  for (let at = 0; at < real.length; at++) {
    if (real[at] === Number.NEGATIVE_INFINITY) continue;
    const difference = scale * ((data[at] as number) - zeroPoint) - real[at]!;
    sums.error += Math.abs(difference);
    sums.signal += real[at]! * real[at]!;
    sums.noise += difference * difference;
  }
  sums.count += real.length;
}

function compare(
  total: { agreeing: number; max: number; error: number; count: number },
  real: Float64Array,
  exact: Float32Array,
  rows: number,
): void {
  const n = real.length / rows;
  for (let row = 0; row < rows; row++) if (argmax(exact, row, n) === argmax(real, row, n)) total.agreeing += 1;
  for (const [at, value] of real.entries()) {
    const error = Math.abs(value - exact[at]!);
    total.max = Math.max(total.max, error);
    total.error += error;
  }
  total.count += real.length;
}

/** First index of the largest of `n` values of a row. */
function argmax(values: ArrayLike<number>, row: number, n: number): number {
  let best = 0;
  for (let i = 1; i < n; i++) if (values[row * n + i]! > values[row * n + best]!) best = i;
  return best;
}
