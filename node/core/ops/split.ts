import { int } from '../onnx/build.ts';
import { zeros } from '../tensor/tensor.ts';
import { gatherCells, without } from './move.ts';
import type { InferCall, Op } from './op.ts';
import {
  ALL_TYPES,
  intAttribute,
  integersAt,
  intsAttribute,
  namedAt,
  normalAxis,
  requireInput,
  tensorAt,
  typeAt,
} from './rule.ts';
import { rowMajor, viewOffsets } from './strides.ts';

/** Sizes of the pieces of a Split: given, or equal ones (from opset 18 on the last may be smaller). */
function pieceSizes(call: InferCall, since: number, axis: number, dims: readonly number[]): number[] {
  const count = call.node.outputs.length;
  const length = dims[axis]!;
  const given = since < 13 ? intsAttribute(call, 'split') : integersAt(call, 1);
  const asked = intAttribute(call, 'num_outputs');
  if (given !== undefined) {
    const total = given.reduce((sum, size) => sum + size, 0);
    const fits = asked === undefined && given.length === count && total === length && given.every((size) => size >= 0);
    requireInput(call, fits, `pieces [${given.join(', ')}] do not make ${count} outputs of an axis of ${length}`);
    return [...given];
  }
  requireInput(call, since < 18 || asked === count, `num_outputs is ${asked}, it has ${count} outputs`);
  const size = Math.ceil(length / count);
  const last = length - size * (count - 1);
  requireInput(call, last === size || (since >= 18 && last >= 0), `an axis of ${length} has no ${count} equal pieces`);
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? last : size));
}

const split = (since: number): Op => {
  const pieces = (call: InferCall, dims: readonly number[]) => {
    const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, dims.length);
    const sizes = pieceSizes(call, since, axis, dims);
    return { axis, shapes: sizes.map((size) => dims.map((dim, at) => (at === axis ? size : dim))) };
  };
  return {
    op: 'Split',
    domain: '',
    since,
    inputs: since < 13 ? [1, 1] : [1, 2],
    outputs: [1, 1024],
    attributes: { axis: 'int', ...(since < 13 ? { split: 'ints' } : since < 18 ? {} : { num_outputs: 'int' }) },
    infer: (call) => {
      const { dtype, dims } = typeAt(call, 0, ALL_TYPES);
      return pieces(call, dims).shapes.map((shape) => ({ dtype, dims: shape }));
    },
    forward: (call) => {
      const x = tensorAt(call, 0);
      const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, x.dims.length);
      const strides = rowMajor(x.dims);
      let start = 0;
      return call.outputs.map(({ dims }) => {
        const piece = gatherCells(x, dims, viewOffsets(dims, strides, start * strides[axis]!));
        start += dims[axis]!;
        return piece;
      });
    },
    vjp: (call) => {
      const x = namedAt(call, 0);
      const axis = normalAxis(call, intAttribute(call, 'axis') ?? 0, x.dims.length);
      const parts = call.outputs.map(
        ({ dims, dtype }, index) => call.gradients[index] ?? call.emit.constant(zeros(dtype, dims)),
      );
      return without(call, call.emit.node('Concat', parts, { axis: int(axis) }));
    },
  };
};

export const SPLIT: readonly Op[] = [11, 13, 18].map(split);
