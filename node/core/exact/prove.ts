import { elementCount } from '../tensor/tensor.ts';
import { ExactProofFailed } from './errors.ts';
import type { Program, ProgramDraft, ProgramInput } from './program.ts';
import { MAX_SAMPLE } from './proofs.ts';
import { DTYPE_RANGE, proveInteger, proveRange } from './requant.ts';
import { ATTRIBUTES, type Step, type StepProof, type ValueFacts } from './step.ts';
import type { StepKind } from './stepKind.ts';
import { STEP_KINDS } from './stepKinds.ts';

export const MAX_STEPS = 4096;
/** Most elements that all values of one row have together. */
const MAX_TOTAL = 268_435_456;

/**
 * Proves by interval arithmetic over the actual weights that every accepted input gives the same bits on every machine
 * (verification.md 3.1, 3.3, docs/program.md): operands inside the range class, |acc| < 2^31, 0 <= numerator < 2^62, clip
 * inside the output type. The compiler and every node that loads a model run it. Costs one pass over the weights.
 * @throws {ExactProofFailed} naming the step, the value and the bound
 */
export function proveProgram(draft: ProgramDraft): Program {
  const { input, steps, output } = draft;
  proveNames(input.name, output.name);
  proveInput(input);
  if (steps.length < 1 || steps.length > MAX_STEPS)
    throw new ExactProofFailed('steps', `there are ${steps.length} steps, allowed are 1 to ${MAX_STEPS}`);
  const facts: ValueFacts[] = [{ dtype: input.dtype, size: elementCount(input.dims), lo: input.lo, hi: input.hi }];
  const proofs: StepProof[] = [];
  let total = facts[0]!.size;
  for (const [index, step] of steps.entries()) {
    const where = `step ${index + 1}`;
    const proof = proveStep(step, facts, where);
    proofs.push(proof);
    facts.push(proof.output);
    total += proof.output.size;
    if (total > MAX_TOTAL)
      throw new ExactProofFailed(where, `the values of one row have more than ${MAX_TOTAL} elements`);
  }
  proveUse(steps);
  proveOutput(draft, facts.at(-1)!.size);
  return { input, steps, output, proofs };
}

/** Values of the graph that the steps write are named so; the two names that the program brings along must be others. */
const RESERVED_NAME = /^$|^(step|value|trace)\d/;

function proveNames(input: string, output: string): void {
  for (const [where, name] of [
    ['input', input],
    ['output', output],
  ] as const)
    if (RESERVED_NAME.test(name)) throw new ExactProofFailed(where, `its name "${name}" is reserved for steps`);
  if (input === output) throw new ExactProofFailed('output', `it has the name of the input, "${input}"`);
}

function proveInput(input: ProgramInput): void {
  const { dtype, dims, lo, hi, zeroPoint, scale, offset } = input;
  if (dims.length < 1 || dims.length > 3 || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
    throw new ExactProofFailed('input', `a sample has shape [${dims.join(', ')}], expected 1 to 3 positive dimensions`);
  }
  proveRange(lo, hi, DTYPE_RANGE[dtype], 'input');
  proveInteger(zeroPoint, DTYPE_RANGE[dtype], 'input', 'zero point');
  if (scale.length !== offset.length || (scale.length !== 1 && scale.length !== elementCount(dims))) {
    throw new ExactProofFailed(
      'input',
      `there are ${scale.length} scales and ${offset.length} offsets, expected 1 or ${elementCount(dims)} of both`,
    );
  }
  for (const one of scale) proveScale(one, 'input');
  // -0 would have another root than the 0 that the metadata can tell.
  const wrong = offset.find((one) => !Number.isFinite(one) || Object.is(one, -0));
  if (wrong !== undefined) throw new ExactProofFailed('input', `an offset is ${Object.is(wrong, -0) ? '-0' : wrong}`);
}

function proveStep(step: Step, facts: readonly ValueFacts[], where: string): StepProof {
  const kind = STEP_KINDS[step.op];
  proveRecord(step, kind, where);
  const sources = step.sources.map((source) => {
    const known = facts[source];
    if (known === undefined) throw new ExactProofFailed(where, `it reads step ${source}, expected a step before it`);
    if (known.dtype !== step.sourceDtype)
      throw new ExactProofFailed(where, `it reads ${step.sourceDtype}, step ${source} gives ${known.dtype}`);
    return known;
  });
  return kind.prove(step, sources, where);
}

/** What every record must satisfy whatever its operator. */
function proveRecord(step: Step, kind: StepKind, where: string): void {
  const { outDims, attributes, sources } = step;
  if (outDims.length < 1 || outDims.length > 3 || outDims.some((dim) => !Number.isSafeInteger(dim) || dim < 1))
    throw new ExactProofFailed(where, `an output sample has shape [${outDims.join(', ')}], expected 1 to 3 dimensions`);
  const size = elementCount(outDims);
  if (size > MAX_SAMPLE)
    throw new ExactProofFailed(where, `an output sample has ${size} elements, at most ${MAX_SAMPLE}`);
  if (sources.length < 1 || sources.length > 2)
    throw new ExactProofFailed(where, `it reads ${sources.length} values, expected 1 or 2`);
  if (attributes.length !== ATTRIBUTES)
    throw new ExactProofFailed(where, `it has ${attributes.length} attributes, expected ${ATTRIBUTES}`);
  for (const [at, value] of attributes.entries()) {
    if (BigInt.asIntN(64, value) !== value) throw new ExactProofFailed(where, `attribute ${at} does not fit int64`);
    if (value !== 0n && kind.attributes[at] === undefined)
      throw new ExactProofFailed(where, `attribute ${at} is ${value}, ${step.op} does not use it`);
  }
}

/** Every step but the last is read by a later one: what nobody reads cannot be wrong, and must not cost. */
function proveUse(steps: readonly Step[]): void {
  const used = new Set(steps.flatMap(({ sources }) => sources));
  for (let j = 0; j < steps.length; j++) {
    if (!used.has(j)) throw new ExactProofFailed(j === 0 ? 'input' : `step ${j}`, 'no step reads it');
  }
}

function proveOutput({ output, steps }: ProgramDraft, size: number): void {
  proveScale(output.scale, 'output');
  proveInteger(output.zeroPoint, DTYPE_RANGE.int32, 'output', 'zero point');
  const channels = steps.at(-1)!.outDims.at(-1)!;
  if (output.labels !== undefined && output.labels.length !== channels)
    throw new ExactProofFailed('output', `${output.labels.length} labels for ${channels} of ${size} output channels`);
}

function proveScale(scale: number, where: string): void {
  if (!Number.isFinite(scale) || scale <= 0)
    throw new ExactProofFailed(where, `the scale is ${scale}, not a positive number`);
}
