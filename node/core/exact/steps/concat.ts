import { elementCount, zeros } from '../../tensor/tensor.ts';
import { proveNoClass, proveNoConstant, proveOutDtype, proveSize, proveSources, whole } from '../proofs.ts';
import { factsOf } from '../requant.ts';
import { attribute, attributesOf, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { isImageOf } from './qadd.ts';

const [AXIS, FIRST] = [0, 1];

/** The fields of a CONCAT step by name. */
export interface ConcatFields {
  readonly sources: readonly [number, number];
  readonly dtype: StepDType;
  /** Dims of a sample of each source; they differ along `axis` alone. */
  readonly dims: readonly [readonly number[], readonly number[]];
  readonly axis: number;
}

export const concat = ({ sources, dtype, dims: [a, b], axis }: ConcatFields): Step => ({
  op: 'CONCAT',
  sourceDtype: dtype,
  outDtype: dtype,
  outDims: a.map((dim, at) => (at === axis ? dim + b[at]! : dim)),
  sources,
  attributes: attributesOf({ [AXIS]: axis, [FIRST]: a[axis]! }),
  constants: [undefined, undefined],
});

/** Dims of a sample of source `which`. */
function dimsOf(step: Step, which: 0 | 1): number[] {
  const [axis, first] = [attribute(step, AXIS), attribute(step, FIRST)];
  return step.outDims.map((dim, at) => (at !== axis ? dim : which === 0 ? first : dim - first));
}

/** Blocks of neighbouring elements that alternate in the output: [of source 0, of source 1]. */
function blocksOf(step: Step): [number, number] {
  const inner = elementCount(step.outDims.slice(attribute(step, AXIS) + 1));
  const first = attribute(step, FIRST) * inner;
  return [first, step.outDims[attribute(step, AXIS)]! * inner - first];
}

/** Source and index in it of an output element. */
function locate(step: Step, element: number): { readonly operand: 0 | 1; readonly index: number } {
  const [first, second] = blocksOf(step);
  const within = element % (first + second);
  const block = (element - within) / (first + second);
  return within < first
    ? { operand: 0, index: block * first + within }
    : { operand: 1, index: block * second + within - first };
}

/** numpy.concatenate of two samples. */
export const CONCAT: StepKind = {
  op: 'CONCAT',
  attributes: { 0: 'axis', 1: 'first' },

  prove(step, sources, where) {
    proveSources(step, sources, 2, where);
    proveNoClass(step, where);
    proveOutDtype(step, [step.sourceDtype], where);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const axis = whole(step, AXIS, 'axis', [0, step.outDims.length - 1], where);
    whole(step, FIRST, 'the size of source 0 along the axis', [1, step.outDims[axis]! - 1], where);
    const [a, b] = sources as [(typeof sources)[0], (typeof sources)[0]];
    proveSize(a, elementCount(dimsOf(step, 0)), where, `shape [${dimsOf(step, 0).join(', ')}] of source 0`);
    proveSize(b, elementCount(dimsOf(step, 1)), where, `shape [${dimsOf(step, 1).join(', ')}] of source 1`);
    const range = { lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
    return { output: factsOf(step.outDtype, outSize(step), range), accumulatorMax: 0, numeratorMax: 0n };
  },

  run(step, _proof, [a, b], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const [first, second] = blocksOf(step);
    const [out, left, right] = [output.data as Int32Array, a!.data as Int32Array, b!.data as Int32Array];
    for (let block = 0; block * (first + second) < out.length; block++) {
      out.set(left.subarray(block * first, (block + 1) * first), block * (first + second));
      out.set(right.subarray(block * second, (block + 1) * second), block * (first + second) + first);
    }
    return output;
  },

  reads(step, element) {
    const { operand, index } = locate(step, element);
    return [{ operand, first: index, count: 1 }];
  },

  element(step, element, value) {
    const { operand, index } = locate(step, element);
    return Number(value(operand, index));
  },

  emit(step, emitter, name) {
    const dims = [dimsOf(step, 0), dimsOf(step, 1)] as const;
    const isImage = step.sources.every((source, which) => isImageOf(emitter, source, dims[which as 0 | 1]));
    const form = isImage ? 'image' : 'rows';
    const parts = step.sources.map((source, which) => emitter.like(source, form, dims[which as 0 | 1]));
    const axis = attribute(step, AXIS);
    // [N, H, W, C] or, of an image, [N, C, H, W].
    const at = isImage ? ([2, 3, 1] as const)[axis as 0 | 1 | 2] : axis + 1;
    emitter.define(emitter.node('Concat', parts, name, { axis: at }), step.outDtype, form, step.outDims);
  },

  constants: () => [undefined, undefined],
};
