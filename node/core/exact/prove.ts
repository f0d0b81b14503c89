import { elementCount } from '../tensor/tensor.ts';
import { ExactProofFailed } from './errors.ts';
import type { Program, ProgramDraft, ProgramInput, QLinearStep, StepProof } from './program.ts';
import { RANGE_CLASSES } from './rangeClass.ts';

/** Longest dot product: 255 * 255 * 32768 < 2^31. */
export const MAX_K = 32_768;
/** Most output channels of one step. */
export const MAX_N = 1_048_576;
export const MAX_STEPS = 4096;
const ACCUMULATOR_LIMIT = 2_147_483_648;
const NUMERATOR_LIMIT = 1n << 62n;
const EXACT_NUMBER_LIMIT = 1n << 53n;
const OUTPUT_RANGE = {
  uint8: { lo: 0, hi: 255 },
  int8: { lo: -128, hi: 127 },
  int32: { lo: -2_147_483_648, hi: 2_147_483_647 },
} as const;

/** What a step can say of the values it reads. */
interface Source {
  readonly dtype: string;
  readonly elements: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * Proves by interval arithmetic over the actual weights that every accepted input gives the same bits on every machine
 * (verification.md 3.1, 3.3): operands inside the range class, K <= 32768, |acc| < 2^31, 0 <= numerator < 2^62,
 * clip inside the output type. The compiler and every node that loads a model run it. Costs one pass over the weights.
 * @throws {ExactProofFailed} naming the step, the value and the bound
 */
export function proveProgram(draft: ProgramDraft): Program {
  const { input, steps, output } = draft;
  proveInput(input);
  if (steps.length < 1 || steps.length > MAX_STEPS) {
    throw new ExactProofFailed('steps', `there are ${steps.length} steps, allowed are 1 to ${MAX_STEPS}`);
  }
  let source: Source = { dtype: input.dtype, elements: elementCount(input.dims), lo: input.lo, hi: input.hi };
  const proofs: StepProof[] = [];
  for (const [index, step] of steps.entries()) {
    const where = `step ${index + 1}`;
    if (step.source !== index) {
      throw new ExactProofFailed(where, `it reads the output of step ${step.source}, expected the step before it`);
    }
    proofs.push(proveStep(step, source, where));
    source = { dtype: step.outDtype, elements: step.n, lo: step.lo, hi: step.hi };
  }
  proveScale(output.scale, 'output');
  proveInteger(output.zeroPoint, OUTPUT_RANGE.int32, 'output', 'zero point');
  if (output.labels !== undefined && output.labels.length !== source.elements) {
    throw new ExactProofFailed('output', `${output.labels.length} labels for ${source.elements} output channels`);
  }
  return { input, steps, output, proofs };
}

function proveInput(input: ProgramInput): void {
  const { dtype, dims, lo, hi, zeroPoint, scale, offset } = input;
  if (dims.length < 1 || dims.length > 3 || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 1)) {
    throw new ExactProofFailed('input', `a sample has shape [${dims.join(', ')}], expected 1 to 3 positive dimensions`);
  }
  proveRange(lo, hi, OUTPUT_RANGE[dtype], 'input');
  proveInteger(zeroPoint, OUTPUT_RANGE[dtype], 'input', 'zero point');
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

function proveStep(step: QLinearStep, source: Source, where: string): StepProof {
  proveShape(step, source, where);
  proveOperands(step, source, where);
  proveRange(step.lo, step.hi, OUTPUT_RANGE[step.outDtype], where);
  if (!Number.isSafeInteger(step.shift) || step.shift < 1 || step.shift > 61) {
    throw new ExactProofFailed(where, `the shift is ${step.shift}, outside 1..61`);
  }
  if (step.offset <= -NUMERATOR_LIMIT || step.offset >= NUMERATOR_LIMIT) {
    throw new ExactProofFailed(where, `the offset ${step.offset} is not below 2^62 in magnitude`);
  }
  let accumulatorMax = 0;
  let numeratorMax = 0n;
  for (let n = 0; n < step.n; n++) {
    const acc = accumulatorRange(step, source, n);
    const channel = `${where}, channel ${n}`;
    accumulatorMax = Math.max(accumulatorMax, -acc.lo, acc.hi);
    if (accumulatorMax >= ACCUMULATOR_LIMIT) {
      throw new ExactProofFailed(channel, `the accumulator can reach ${accumulatorMax}, the bound is 2^31`);
    }
    const numerator = proveNumerator(step, acc, n, channel);
    if (numerator > numeratorMax) numeratorMax = numerator;
  }
  return { accumulatorMax, numeratorMax, exactPairs: exactPairs(step, numeratorMax) };
}

function proveShape(step: QLinearStep, source: Source, where: string): void {
  const { k, n, weight, pairs } = step;
  if (!Number.isSafeInteger(k) || k < 1 || k > MAX_K) {
    throw new ExactProofFailed(where, `K = ${k} is outside 1..${MAX_K}`, { k });
  }
  if (!Number.isSafeInteger(n) || n < 1 || n > MAX_N) {
    throw new ExactProofFailed(where, `N = ${n} is outside 1..${MAX_N}`, { n });
  }
  if (k !== source.elements) {
    throw new ExactProofFailed(where, `K = ${k}, but a sample of its source has ${source.elements} elements`);
  }
  if (weight.dims.length !== 2 || weight.dims[0] !== n || weight.dims[1] !== k || weight.data.length !== n * k) {
    throw new ExactProofFailed(where, `the weights have shape [${weight.dims.join(', ')}], expected [${n}, ${k}]`);
  }
  if (pairs.dtype !== 'int64' || pairs.dims.length !== 2 || pairs.dims[0] !== n || pairs.data.length !== 2 * n) {
    throw new ExactProofFailed(where, `the multipliers and addends are not int64 of shape [${n}, 2]`);
  }
}

function proveOperands(step: QLinearStep, source: Source, where: string): void {
  const { input, weight } = RANGE_CLASSES[step.rangeClass];
  const name = `range class ${step.rangeClass}`;
  if (source.dtype !== input.dtype || step.weight.dtype !== weight.dtype) {
    throw new ExactProofFailed(
      where,
      `${name} is ${input.dtype} x ${weight.dtype}, the operands are ${source.dtype} x ${step.weight.dtype}`,
    );
  }
  if (source.lo < input.lo || source.hi > input.hi) {
    throw new ExactProofFailed(
      where,
      `${name} takes inputs in ${input.lo}..${input.hi}, its source gives ${source.lo}..${source.hi}`,
    );
  }
  const wrong = step.weight.data.findIndex((w) => w < weight.lo || w > weight.hi);
  if (wrong >= 0) {
    throw new ExactProofFailed(
      where,
      `${name} takes weights in ${weight.lo}..${weight.hi}, weight ${wrong} is ${step.weight.data[wrong]}`,
    );
  }
  proveInteger(step.inputZeroPoint, input, where, 'input zero point');
  const zeroRange = weight.dtype === 'int8' ? { lo: 0, hi: 0 } : weight;
  proveInteger(step.weightZeroPoint, zeroRange, where, 'weight zero point');
}

/** The exact interval of the accumulator of channel n over all inputs in lo..hi. */
function accumulatorRange(step: QLinearStep, source: Source, n: number): { readonly lo: number; readonly hi: number } {
  const low = source.lo - step.inputZeroPoint;
  const high = source.hi - step.inputZeroPoint;
  const { data } = step.weight;
  let positive = 0;
  let negative = 0;
  for (let at = n * step.k, end = at + step.k; at < end; at++) {
    const w = data[at]! - step.weightZeroPoint;
    if (w > 0) positive += w;
    else negative += w;
  }
  return { lo: low * positive + high * negative, hi: high * positive + low * negative };
}

/** @returns the largest numerator of channel n */
function proveNumerator(
  step: QLinearStep,
  acc: { readonly lo: number; readonly hi: number },
  n: number,
  where: string,
): bigint {
  const multiplier = step.pairs.data[2 * n]!;
  const addend = step.pairs.data[2 * n + 1]!;
  if (multiplier < 1n) throw new ExactProofFailed(where, `the multiplier is ${multiplier}, expected at least 1`);
  if (addend < 0n || addend >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `the addend ${addend} is outside 0..2^62 - 1`);
  const [low, high] = [BigInt(acc.lo) * multiplier, BigInt(acc.hi) * multiplier];
  if (low <= -NUMERATOR_LIMIT || high >= NUMERATOR_LIMIT) {
    throw new ExactProofFailed(where, `acc * multiplier can reach ${low}..${high}, the bound is 2^62`);
  }
  if (low + addend < 0n)
    throw new ExactProofFailed(where, `the numerator can be ${low + addend}; below 0 division truncates upward`);
  if (high + addend >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `the numerator can reach ${high + addend}, the bound is 2^62`);
  return high + addend;
}

function exactPairs(step: QLinearStep, numeratorMax: bigint): Float64Array | undefined {
  const small = (value: bigint): boolean => value > -EXACT_NUMBER_LIMIT && value < EXACT_NUMBER_LIMIT;
  // acc * multiplier may be negative: it is at least -addend, because the numerator is not negative.
  if (
    !small(numeratorMax) ||
    !small(numeratorMax - step.offset) ||
    !small(step.offset) ||
    !step.pairs.data.every(small)
  )
    return undefined;
  return Float64Array.from(step.pairs.data, Number);
}

interface Range {
  readonly lo: number;
  readonly hi: number;
}

function proveRange(lo: number, hi: number, type: Range, where: string): void {
  proveInteger(lo, type, where, 'lower clip');
  proveInteger(hi, type, where, 'upper clip');
  if (lo > hi) throw new ExactProofFailed(where, `the clip ${lo}..${hi} is empty`);
}

function proveInteger(value: number, { lo, hi }: Range, where: string, name: string): void {
  if (!Number.isSafeInteger(value) || value < lo || value > hi) {
    throw new ExactProofFailed(where, `the ${name} is ${value}, outside ${lo}..${hi}`);
  }
}

function proveScale(scale: number, where: string): void {
  if (!Number.isFinite(scale) || scale <= 0)
    throw new ExactProofFailed(where, `the scale is ${scale}, not a positive number`);
}
