import { ints } from '../../onnx/build.ts';
import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { type Emitter, emitShift, int64Scalar } from '../emitter.ts';
import { ExactProofFailed } from '../errors.ts';
import { proveConstant, proveNoClass, proveNoConstant, proveSize } from '../proofs.ts';
import { exactPairs, factsOf, NUMERATOR_LIMIT, proveNumeratorRange, proveRequant, requantBig } from '../requant.ts';
import { attributesOf, outSize, type Step, type StepDType, type ValueFacts } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { requantAttributes, requantFields } from './qlinear.ts';

const [A_MULTIPLIER, B_MULTIPLIER, ADDEND] = [8, 9, 15];

/** The fields of a QADD step by name. */
export interface QAddFields {
  /** a, and b when it is a step's output. */
  readonly sources: readonly [number] | readonly [number, number];
  /** b when it is a constant: one sample, of the sources' type and shape `dims`. */
  readonly operand?: Tensor<'uint8' | 'int8' | 'int32'>;
  readonly sourceDtype: StepDType;
  readonly dims: readonly number[];
  /** May be negative: a - b. */
  readonly multipliers: readonly [bigint, bigint];
  readonly addend: bigint;
  readonly shift: number;
  readonly offset: bigint;
  readonly lo: number;
  readonly hi: number;
  readonly outDtype: StepDType;
}

export const qadd = (f: QAddFields): Step => ({
  op: 'QADD',
  sourceDtype: f.sourceDtype,
  outDtype: f.outDtype,
  outDims: f.dims,
  sources: f.sources,
  attributes: attributesOf({
    [A_MULTIPLIER]: f.multipliers[0],
    [B_MULTIPLIER]: f.multipliers[1],
    [ADDEND]: f.addend,
    ...requantAttributes(f),
  }),
  constants: [f.operand, undefined],
});

const hasConstant = (step: Step): boolean => step.sources.length === 1;
const termsOf = ({ attributes }: Step): [bigint, bigint, bigint] => [
  attributes[A_MULTIPLIER]!,
  attributes[B_MULTIPLIER]!,
  attributes[ADDEND]!,
];

/** Requantised a * Ma + b * Mb, element by element. */
export const QADD: StepKind = {
  op: 'QADD',
  attributes: { 8: 'aMultiplier', 9: 'bMultiplier', 10: 'shift', 11: 'offset', 12: 'lo', 13: 'hi', 15: 'addend' },

  prove(step, sources, where) {
    proveNoClass(step, where);
    for (const source of sources) proveSize(source, outSize(step), where, `shape [${step.outDims.join(', ')}]`);
    proveNoConstant(step, 1, where);
    if (hasConstant(step)) proveConstant(step.constants[0], step.sourceDtype, step.outDims, where, 'operands');
    else proveNoConstant(step, 0, where);
    const clip = proveRequant(step, where);
    const [ma, mb, addend] = termsOf(step);
    const a = product(sources[0]!, ma, where);
    const b = product(sources[1] ?? rangeOf(step.constants[0]!), mb, where);
    if (addend < 0n || addend >= NUMERATOR_LIMIT)
      throw new ExactProofFailed(where, `the addend ${addend} is outside 0..2^62 - 1`);
    const numeratorMax = proveNumeratorRange(a.lo + b.lo, a.hi + b.hi, addend, where);
    // Numbers are exact when each product is: their sum is then below 2^53 too, as the numerator is not negative.
    const products = BigInt64Array.of(ma, mb, addend, a.lo, a.hi, b.lo, b.hi);
    return {
      output: factsOf(step.outDtype, outSize(step), clip),
      accumulatorMax: 0,
      numeratorMax,
      exactPairs: exactPairs(step, products, numeratorMax),
    };
  },

  run(step, proof, [a, b], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const other = (b ?? step.constants[0]!).data as Int32Array;
    const size = other.length;
    const [left, out] = [a!.data as Int32Array, output.data];
    if (proof.exactPairs === undefined) {
      const [ma, mb, addend] = termsOf(step);
      for (let e = 0; e < out.length; e++)
        out[e] = requantBig(step, BigInt(left[e]!) * ma + BigInt(other[e % size]!) * mb + addend);
      return output;
    }
    const [ma, mb, addend] = termsOf(step).map(Number) as [number, number, number];
    const { shift, offset, lo, hi } = requantFields(step);
    const [divisor, minus] = [Number(1n << BigInt(shift)), Number(offset)];
    for (let e = 0; e < out.length; e++) {
      const y = Math.floor((left[e]! * ma + other[e % size]! * mb + addend) / divisor) - minus;
      out[e] = Math.min(hi, Math.max(lo, y));
    }
    return output;
  },

  reads: (step, element) => [
    { operand: 0, first: element, count: 1 },
    hasConstant(step)
      ? { operand: 2, first: element % outSize(step), count: 1 }
      : { operand: 1, first: element, count: 1 },
  ],

  element(step, element, value) {
    const [ma, mb, addend] = termsOf(step);
    const b = hasConstant(step) ? value(2, element % outSize(step)) : value(1, element);
    return requantBig(step, BigInt(value(0, element)) * ma + BigInt(b) * mb + addend);
  },

  emit(step, emitter, name) {
    const [ma, mb, addend] = termsOf(step);
    const form = step.sources.every((source) => isImageOf(emitter, source, step.outDims)) ? 'image' : 'rows';
    const scaled = (value: string, multiplier: bigint, suffix: string): string => {
      const wide = emitter.cast(value, 'int64', `${name}.${suffix}Wide`);
      const factor = emitter.constant(`${name}.${suffix}Multiplier`, int64Scalar(multiplier));
      return emitter.node('Mul', [wide, factor], `${name}.${suffix}Scaled`);
    };
    const [a, b] = step.sources.map((source) => emitter.like(source, form, step.outDims));
    const terms = [scaled(a!, ma, 'a'), scaled(b ?? emitOperand(emitter, step.constants[0]!, form, name), mb, 'b')];
    const sum = emitter.node('Add', terms, `${name}.sum`);
    const result = emitShift(emitter, sum, requantFields(step), name, int64Scalar(addend));
    emitter.define(result, step.outDtype, form, step.outDims);
  },

  constants: (step, written) => [hasConstant(step) ? written('operand') : undefined, undefined],
};

/** Whether the source is at hand as an image of these dims. */
export function isImageOf(emitter: Emitter, source: number, dims: readonly number[]): boolean {
  const image = emitter.imageDims(source);
  return image !== undefined && image.length === dims.length && image.every((dim, axis) => dim === dims[axis]);
}

/** The constant sample, in the order in which the sources are at hand. */
function emitOperand(emitter: Emitter, operand: Tensor, form: 'rows' | 'image', name: string): string {
  const written = emitter.constant(`${name}.operand`, operand);
  return form === 'rows' ? written : emitter.node('Transpose', [written], `${name}.turned`, { perm: ints([2, 0, 1]) });
}

/** Every multiple of a value, below 2^62 in magnitude. */
function product({ lo, hi }: Pick<ValueFacts, 'lo' | 'hi'>, multiplier: bigint, where: string) {
  const ends = [BigInt(lo) * multiplier, BigInt(hi) * multiplier] as const;
  const [low, high] = multiplier < 0n ? [ends[1], ends[0]] : ends;
  if (low <= -NUMERATOR_LIMIT || high >= NUMERATOR_LIMIT)
    throw new ExactProofFailed(where, `a term can reach ${low}..${high}, the bound is 2^62`);
  return { lo: low, hi: high };
}

function rangeOf({ data }: Tensor): { lo: number; hi: number } {
  let [lo, hi] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data as Int32Array) [lo, hi] = [Math.min(lo, value), Math.max(hi, value)];
  return { lo, hi };
}
