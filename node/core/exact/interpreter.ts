import { elementCount, type Tensor } from '../tensor/tensor.ts';
import { ExactInputRefused } from './errors.ts';
import type { Program } from './program.ts';
import { STEP_KINDS } from './stepKinds.ts';

export interface Run {
  /** Output of the last step, [rows, ...outDims]. */
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
  const lastUse = lastUses(program);
  const values: (Tensor | undefined)[] = [input];
  for (const [index, step] of program.steps.entries()) {
    const sources = step.sources.map((source) => values[source]!);
    values.push(STEP_KINDS[step.op].run(step, program.proofs[index]!, sources, rows));
    if (options.trace !== true)
      for (const source of step.sources) if (lastUse[source] === index + 1) values[source] = undefined;
  }
  const output = values.at(-1)!;
  return options.trace === true ? { output, trace: values.slice(1) as Tensor[] } : { output };
}

/** For each value the last step that reads it. */
function lastUses({ steps }: Program): number[] {
  const last = new Array<number>(steps.length + 1).fill(0);
  for (const [index, { sources }] of steps.entries()) for (const source of sources) last[source] = index + 1;
  return last;
}

/**
 * Whether the program is proven for this tensor; every node asks before it runs a runtime on it.
 * @returns the number of rows
 * @throws {ExactInputRefused}
 */
export function checkInput({ input, proofs }: Program, given: Tensor): number {
  const [rows = 0, ...dims] = given.dims;
  const shape = (sizes: readonly (number | string)[]): string => `[${sizes.join(', ')}]`;
  if (given.dtype !== input.dtype)
    throw new ExactInputRefused(`it has element type ${given.dtype}, expected ${input.dtype}`);
  if (rows < 1 || dims.length !== input.dims.length || dims.some((dim, axis) => dim !== input.dims[axis])) {
    throw new ExactInputRefused(`it has shape ${shape(given.dims)}, expected ${shape(['rows', ...input.dims])}`);
  }
  const widest = proofs.reduce((most, { output }) => Math.max(most, output.size), elementCount(input.dims));
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
