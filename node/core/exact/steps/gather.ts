import { ints } from '../../onnx/build.ts';
import { elementCount, zeros } from '../../tensor/tensor.ts';
import { type Emitter, int64List, int64Scalar } from '../emitter.ts';
import { ExactProofFailed } from '../errors.ts';
import { MAX_SAMPLE, proveNoClass, proveNoConstant, proveOutDtype, proveSize, proveSources, whole } from '../proofs.ts';
import { factsOf } from '../requant.ts';
import { attribute, attributesOf, outSize, type Step, type StepDType } from '../step.ts';
import type { StepKind } from '../stepKind.ts';
import { isImageOf } from './qadd.ts';

const [BASE, STRIDE, SIZE] = [0, 1, 4];

/** The fields of a GATHER step by name: slices, transposes and repeats of a sample. */
export interface GatherFields {
  readonly source: number;
  readonly dtype: StepDType;
  /** Elements of a source sample. */
  readonly size: number;
  readonly dims: readonly number[];
  readonly base: number;
  /** Step in the source along each output dimension; may be 0 or negative. */
  readonly strides: readonly number[];
}

export const gather = (f: GatherFields): Step => ({
  op: 'GATHER',
  sourceDtype: f.dtype,
  outDtype: f.dtype,
  outDims: f.dims,
  sources: [f.source],
  attributes: attributesOf({
    [BASE]: f.base,
    ...Object.fromEntries(f.strides.map((stride, axis) => [STRIDE + axis, stride])),
    [SIZE]: f.size,
  }),
  constants: [undefined, undefined],
});

const stridesOf = (step: Step): number[] => step.outDims.map((_, axis) => attribute(step, STRIDE + axis));

/** Index of the source element. */
function locate(step: Step, element: number): number {
  const size = outSize(step);
  let rest = element % size;
  let index = ((element - rest) / size) * attribute(step, SIZE) + attribute(step, BASE);
  for (let axis = step.outDims.length - 1; axis >= 0; axis--) {
    const at = rest % step.outDims[axis]!;
    index += at * attribute(step, STRIDE + axis);
    rest = (rest - at) / step.outDims[axis]!;
  }
  return index;
}

/** Elements of a sample in another order, by strides. */
export const GATHER: StepKind = {
  op: 'GATHER',
  attributes: { 0: 'base', 1: 'stride0', 2: 'stride1', 3: 'stride2', 4: 'size' },

  prove(step, sources, where) {
    proveSources(step, sources, 1, where);
    proveNoClass(step, where);
    proveOutDtype(step, [step.sourceDtype], where);
    proveNoConstant(step, 0, where);
    proveNoConstant(step, 1, where);
    const source = sources[0]!;
    const size = whole(step, SIZE, 'size', [1, MAX_SAMPLE], where);
    proveSize(source, size, where, 'size');
    const base = whole(step, BASE, 'base', [0, size - 1], where);
    let [first, last] = [base, base];
    for (let axis = 0; axis < 3; axis++) {
      const isUnused = axis >= step.outDims.length;
      const stride = whole(step, STRIDE + axis, `stride ${axis}`, isUnused ? [0, 0] : [-MAX_SAMPLE, MAX_SAMPLE], where);
      const reach = ((step.outDims[axis] ?? 1) - 1) * stride;
      first += Math.min(0, reach);
      last += Math.max(0, reach);
    }
    if (first < 0 || last >= size)
      throw new ExactProofFailed(where, `it reads elements ${first}..${last} of a sample of ${size}`);
    return { output: factsOf(step.outDtype, outSize(step), source), accumulatorMax: 0, numeratorMax: 0n };
  },

  run(step, _proof, [source], rows) {
    const output = zeros(step.outDtype, [rows, ...step.outDims]);
    const [d0, d1, d2] = [0, 1, 2].map((axis) => step.outDims[axis] ?? 1) as [number, number, number];
    const [s0, s1, s2] = [0, 1, 2].map((axis) => attribute(step, STRIDE + axis)) as [number, number, number];
    const [out, data] = [output.data as Int32Array, source!.data as Int32Array];
    let e = 0;
    for (let row = 0; row < rows; row++) {
      const base = row * attribute(step, SIZE) + attribute(step, BASE);
      for (let i = 0; i < d0; i++)
        for (let j = 0; j < d1; j++) for (let k = 0; k < d2; k++) out[e++] = data[base + i * s0 + j * s1 + k * s2]!;
    }
    return output;
  },

  reads: (step, element) => [{ operand: 0, first: locate(step, element), count: 1 }],

  element: (step, element, value) => Number(value(0, locate(step, element))),

  emit(step, emitter, name) {
    const { name: value, form } = emitGather(step, emitter, name);
    emitter.define(value, step.outDtype, form, step.outDims);
  },

  constants: () => [undefined, undefined],
};

function emitGather(step: Step, emitter: Emitter, name: string): { name: string; form: 'rows' | 'image' } {
  const [[source], { outDims }, perm] = [step.sources as [number], step, permutationOf(step)];
  if (perm === undefined) {
    const flat = emitter.rows(source, [attribute(step, SIZE)]);
    return { name: emitter.node('Gather', [flat, emitIndex(step, emitter, name)], name, { axis: 1 }), form: 'rows' };
  }
  const dims = perm.map((_, axis) => outDims[perm.indexOf(axis)]!);
  // From [C, H, W] to [H, W, C]: as an image it already lies as it must.
  if (perm.join() === '1,2,0') return { name: emitter.rows(source, dims), form: 'image' };
  // From [H, W, C] to [C, H, W]: what an image at hand already is.
  if (perm.join() === '2,0,1' && isImageOf(emitter, source, dims))
    return { name: emitter.image(source, dims as [number, number, number]), form: 'rows' };
  const order = { perm: ints([0, ...perm.map((axis) => axis + 1)]) };
  return { name: emitter.node('Transpose', [emitter.rows(source, dims)], name, order), form: 'rows' };
}

/** Source axis of each output axis, when the step is a transpose of the whole sample; undefined when it is not. */
function permutationOf(step: Step): number[] | undefined {
  const strides = stridesOf(step);
  const { outDims } = step;
  if (attribute(step, BASE) !== 0 || outSize(step) !== attribute(step, SIZE)) return undefined;
  // Along a dimension of 1 nothing is stepped, so it may stand anywhere: in front.
  const axes = outDims.map((_, axis) => axis);
  const weight = (axis: number): number => (outDims[axis] === 1 ? MAX_SAMPLE : strides[axis]!);
  const order = axes.toSorted((a, b) => weight(b) - weight(a) || a - b);
  const isRowMajor = order.every((axis, at) => {
    const inner = elementCount(order.slice(at + 1).map((later) => outDims[later]!));
    return outDims[axis] === 1 || strides[axis] === inner;
  });
  return isRowMajor ? axes.map((axis) => order.indexOf(axis)) : undefined;
}

/**
 * Indices [..dims] into the flat sample, counted in the graph: a record of a few bytes must not make a reader write long
 * lists. Runtimes fold them when they load the model.
 */
function emitIndex(step: Step, emitter: Emitter, name: string): string {
  const { outDims } = step;
  const scalar = (suffix: string, value: number): string => emitter.constant(`${name}.${suffix}`, int64Scalar(value));
  const [zero, one] = [scalar('zero', 0), scalar('one', 1)];
  return stridesOf(step).reduce(
    (sum, stride, axis) => {
      const counted = emitter.node('Range', [zero, scalar(`dim${axis}`, outDims[axis]!), one], `${name}.count${axis}`);
      const stepped = emitter.node('Mul', [counted, scalar(`stride${axis}`, stride)], `${name}.steps${axis}`);
      const shape = emitter.constant(`${name}.shape${axis}`, int64List([-1, ...outDims.slice(axis + 1).map(() => 1)]));
      const along = emitter.node('Reshape', [stepped, shape], `${name}.along${axis}`);
      return emitter.node('Add', [sum, along], `${name}.sum${axis}`);
    },
    scalar('base', attribute(step, BASE)),
  );
}
