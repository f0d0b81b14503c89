import { elementCount } from '../tensor/tensor.ts';

/** Distance between neighbours along each axis of a dense row-major tensor. */
export function rowMajor(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}

/**
 * Offsets of the cells that a strided view visits in row-major order: the one loop behind broadcasting, Transpose,
 * Slice, Expand, Tile and the reductions (an axis of stride 0 repeats or accumulates).
 */
export function viewOffsets(dims: readonly number[], strides: readonly number[], start = 0): Uint32Array {
  const offsets = new Uint32Array(elementCount(dims));
  if (offsets.length === 0) return offsets;
  offsets[0] = start;
  let filled = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const block = filled;
    for (let step = 1; step < dims[axis]!; step++) {
      const shift = step * strides[axis]!;
      for (let i = 0; i < block; i++) offsets[filled++] = offsets[i]! + shift;
    }
  }
  return offsets;
}

/** Shape of the result of multidirectional broadcasting; undefined when the shapes do not fit (ONNX Broadcasting.md). */
export function broadcastDims(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((dims) => dims.length));
  const result = new Array<number>(rank).fill(1);
  for (const dims of shapes) {
    for (let i = 0; i < dims.length; i++) {
      const at = rank - dims.length + i;
      const dim = dims[i]!;
      if (dim === result[at] || dim === 1) continue;
      if (result[at] !== 1) return undefined;
      result[at] = dim;
    }
  }
  return result;
}

/** Strides that read a tensor of shape `from` as if it had the shape `to` (which broadcasting gave). */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const strides = rowMajor(from);
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

/** Axes of `to` along which a tensor of shape `from` was repeated: where its gradient must be summed. */
export function repeatedAxes(from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length;
  return to.flatMap((dim, axis) => (axis < lead || (from[axis - lead] === 1 && dim !== 1) ? [axis] : []));
}

export const sameDims = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);
