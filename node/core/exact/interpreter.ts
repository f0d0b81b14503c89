import { elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import { ExactInputRefused } from './errors.ts';
import type { Program, QLinearStep, StepProof } from './program.ts';

export interface Run {
  /** Output of the last step, [rows, N]. */
  readonly output: Tensor;
  /** Outputs of all steps in order, the last one included, when `trace` was asked for. */
  readonly trace?: readonly Tensor[];
}

/** Most elements of one intermediate tensor. */
const MAX_ELEMENTS = 268_435_456;

/**
 * Runs a proven program in integers: the reference that decides when runtimes disagree.
 * @param input [rows, ...dims] of the program's input type, every value in its lo..hi
 * @throws {ExactInputRefused}
 */
export function runProgram(program: Program, input: Tensor, options: { readonly trace?: boolean } = {}): Run {
  const rows = checkInput(program, input);
  const trace: Tensor[] = [];
  let current: Tensor = input;
  for (const [index, step] of program.steps.entries()) {
    current = runStep(step, program.proofs[index]!, current, rows);
    if (options.trace === true) trace.push(current);
  }
  return options.trace === true ? { output: current, trace } : { output: current };
}

/**
 * Whether the program is proven for this tensor; every node asks before it runs a runtime on it.
 * @returns the number of rows
 * @throws {ExactInputRefused}
 */
export function checkInput({ input, steps }: Program, given: Tensor): number {
  const [rows = 0, ...dims] = given.dims;
  const shape = (sizes: readonly (number | string)[]): string => `[${sizes.join(', ')}]`;
  if (given.dtype !== input.dtype)
    throw new ExactInputRefused(`it has element type ${given.dtype}, expected ${input.dtype}`);
  if (rows < 1 || dims.length !== input.dims.length || dims.some((dim, axis) => dim !== input.dims[axis])) {
    throw new ExactInputRefused(`it has shape ${shape(given.dims)}, expected ${shape(['rows', ...input.dims])}`);
  }
  const widest = steps.reduce((most, step) => Math.max(most, step.n), elementCount(input.dims));
  if (rows * widest > MAX_ELEMENTS)
    throw new ExactInputRefused(`${rows} rows need ${rows * widest} elements at a time, at most ${MAX_ELEMENTS}`);
  for (let at = 0; at < given.data.length; at++) {
    const value = given.data[at] as number;
    if (value < input.lo || value > input.hi) {
      throw new ExactInputRefused(`element ${at} is ${value}, outside ${input.lo}..${input.hi}`, {
        element: at,
        value,
      });
    }
  }
  return rows;
}

function runStep(step: QLinearStep, proof: StepProof, source: Tensor, rows: number): Tensor {
  const { k, n, inputZeroPoint, outDtype } = step;
  const output = zeros(outDtype, [rows, n]);
  const requant = proof.exactPairs === undefined ? wideRequant(step) : fastRequant(step, proof.exactPairs);
  const weight = centredWeight(step);
  const x = new Int16Array(k);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < k; i++) x[i] = (source.data[row * k + i] as number) - inputZeroPoint;
    for (let channel = 0; channel < n; channel++) {
      output.data[row * n + channel] = requant(dot(x, weight, channel * k), channel);
    }
  }
  return output;
}

/** int8 weights have zero point 0 (proven), so they need no copy. */
function centredWeight({ weight, weightZeroPoint }: QLinearStep): Int8Array | Int16Array {
  if (weight.data instanceof Int8Array) return weight.data;
  return Int16Array.from(weight.data, (w) => w - weightZeroPoint);
}

/** Every partial sum is below 2^31 in magnitude: K <= 32768 and |products| <= 255 * 255. */
function dot(x: Int16Array, weight: Int8Array | Int16Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum = (sum + x[i]! * weight[at + i]!) | 0;
  return sum;
}

type Requant = (acc: number, channel: number) => number;

/** All values below 2^53: number arithmetic is exact, and dividing by a power of two only moves the exponent. */
function fastRequant({ shift, offset, lo, hi }: QLinearStep, pairs: Float64Array): Requant {
  const divisor = Number(1n << BigInt(shift));
  const back = Number(offset);
  return (acc, channel) => {
    const y = Math.floor((acc * pairs[2 * channel]! + pairs[2 * channel + 1]!) / divisor) - back;
    return y < lo ? lo : y > hi ? hi : y;
  };
}

function wideRequant({ pairs, shift, offset, lo, hi }: QLinearStep): Requant {
  const bits = BigInt(shift);
  return (acc, channel) => {
    const y = ((BigInt(acc) * pairs.data[2 * channel]! + pairs.data[2 * channel + 1]!) >> bits) - offset;
    return y < BigInt(lo) ? lo : y > BigInt(hi) ? hi : Number(y);
  };
}
