import { DTYPES, elementCount, type Tensor } from '../tensor/tensor.ts';
import { ExactProofFailed } from './errors.ts';
import { RANGE_CLASSES } from './rangeClass.ts';
import { type Interval, proveInteger } from './requant.ts';
import { attribute, type Step, type ValueFacts } from './step.ts';

/** Longest dot product: 255 * 255 * 32768 < 2^31. */
export const MAX_K = 32_768;
/** Longest row that softmax, layer normalisation and argmax take in one piece. */
export const MAX_ROW = 4096;
/** Most output channels of one step. */
export const MAX_N = 1_048_576;
/** Most elements of one row of a value. */
export const MAX_SAMPLE = 16_777_216;

export function proveWhole(value: number, lo: number, hi: number, where: string, name: string): void {
  if (!Number.isSafeInteger(value) || value < lo || value > hi)
    throw new ExactProofFailed(where, `${name} = ${value} is outside ${lo}..${hi}`, { [name]: value });
}

/** The source has `size` elements a row. */
export function proveSize(source: ValueFacts, size: number, where: string, what: string): void {
  if (source.size !== size)
    throw new ExactProofFailed(
      where,
      `${what} has ${size} elements, but a sample of its source has ${source.size} elements`,
    );
}

/** The constant is there, of this type and shape. */
export function proveConstant(
  constant: Tensor | undefined,
  dtype: Tensor['dtype'],
  dims: readonly number[],
  where: string,
  what: string,
): asserts constant is Tensor {
  const fits =
    constant !== undefined &&
    constant.dtype === dtype &&
    constant.dims.length === dims.length &&
    constant.dims.every((dim, axis) => dim === dims[axis]) &&
    constant.data.length === elementCount(dims) &&
    constant.data.BYTES_PER_ELEMENT === DTYPES[dtype].bytes;
  if (!fits) {
    const found = constant === undefined ? 'absent' : `${constant.dtype} [${constant.dims.join(', ')}]`;
    throw new ExactProofFailed(where, `the ${what} are ${found}, expected ${dtype} [${dims.join(', ')}]`);
  }
}

export function proveNoConstant(step: Step, which: 0 | 1, where: string): void {
  if (step.constants[which] !== undefined) throw new ExactProofFailed(where, `${step.op} takes no constant ${which}`);
}

export function proveSources(step: Step, sources: readonly ValueFacts[], count: number, where: string): void {
  if (sources.length !== count)
    throw new ExactProofFailed(where, `${step.op} reads ${count} values, the step names ${sources.length}`);
}

/** Steps that read bytes. */
export function proveBytes(
  step: Step,
  where: string,
): asserts step is Step & { readonly sourceDtype: 'uint8' | 'int8' } {
  if (step.sourceDtype === 'int32')
    throw new ExactProofFailed(where, `${step.op} reads uint8 or int8, its source is int32`);
}

/** Nothing is multiplied by the kernels that differ between machines. */
export function proveNoClass(step: Step, where: string): void {
  if (step.rangeClass !== undefined)
    throw new ExactProofFailed(where, `${step.op} has no range class, the step says ${step.rangeClass}`);
}

export function proveOutDtype(step: Step, allowed: readonly string[], where: string): void {
  if (!allowed.includes(step.outDtype))
    throw new ExactProofFailed(where, `${step.op} gives ${allowed.join(' or ')}, the step says ${step.outDtype}`);
}

/**
 * Source, weights and zero points lie inside the step's range class (verification.md 3.1).
 * @returns the interval of a centred source element
 */
export function proveOperands(
  step: Step,
  source: ValueFacts,
  zeroPoints: { readonly input: number; readonly weight: number },
  where: string,
): Interval {
  if (step.rangeClass === undefined) throw new ExactProofFailed(where, `${step.op} has no range class`);
  const { input, weight } = RANGE_CLASSES[step.rangeClass];
  const name = `range class ${step.rangeClass}`;
  const weights = step.constants[0]!;
  if (source.dtype !== input.dtype || weights.dtype !== weight.dtype)
    throw new ExactProofFailed(
      where,
      `${name} is ${input.dtype} x ${weight.dtype}, the operands are ${source.dtype} x ${weights.dtype}`,
    );
  if (source.lo < input.lo || source.hi > input.hi)
    throw new ExactProofFailed(
      where,
      `${name} takes inputs in ${input.lo}..${input.hi}, its source gives ${source.lo}..${source.hi}`,
    );
  const data = weights.data as Uint8Array | Int8Array;
  const wrong = data.findIndex((w) => w < weight.lo || w > weight.hi);
  if (wrong >= 0)
    throw new ExactProofFailed(
      where,
      `${name} takes weights in ${weight.lo}..${weight.hi}, weight ${wrong} is ${data[wrong]}`,
    );
  proveInteger(zeroPoints.input, input, where, 'input zero point');
  proveInteger(zeroPoints.weight, weight.dtype === 'int8' ? { lo: 0, hi: 0 } : weight, where, 'weight zero point');
  return { lo: source.lo - zeroPoints.input, hi: source.hi - zeroPoints.input };
}

/**
 * The exact interval of a sum of products with `weights[from..to)` over all centred inputs in `x`. With `optional` a product may
 * also be absent (padding), so that 0 counts as an input too.
 */
export function dotInterval(
  weights: Uint8Array | Int8Array,
  [from, to]: readonly [number, number],
  zeroPoint: number,
  x: Interval,
  optional = false,
): Interval {
  const [low, high] = optional ? [Math.min(0, x.lo), Math.max(0, x.hi)] : [x.lo, x.hi];
  let positive = 0;
  let negative = 0;
  for (let at = from; at < to; at++) {
    const w = weights[at]! - zeroPoint;
    if (w > 0) positive += w;
    else negative += w;
  }
  return { lo: low * positive + high * negative, hi: high * positive + low * negative };
}

/** Attribute `at` as a number within lo..hi. */
export function whole(
  step: Step,
  at: number,
  name: string,
  [lo, hi]: readonly [number, number],
  where: string,
): number {
  const value = attribute(step, at);
  proveWhole(value, lo, hi, where, name);
  return value;
}
