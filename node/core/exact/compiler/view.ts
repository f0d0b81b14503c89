/**
 * An ONNX tensor as an index map over a physical sample: Reshape, Transpose, Slice and their kin only change the map, so
 * they cost nothing until an operator needs another order.
 */

/** Positions 0..size-1 that are `stride` elements apart. The batch axis has no stride: rows never mix. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
  readonly isBatch?: true;
}

/** Each dimension is a product of axes, the outermost first; axes of size 1 are left out, but for the batch. */
export interface View {
  readonly offset: number;
  readonly dims: readonly (readonly Axis[])[];
}

export const sizeOfAxes = (axes: readonly Axis[]): number => axes.reduce((size, axis) => size * axis.size, 1);
export const shapeOf = ({ dims }: View): number[] => dims.map(sizeOfAxes);
const axis = (size: number, stride: number): Axis[] => (size === 1 ? [] : [{ size, stride }]);

/** Row-major strides. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let at = dims.length - 2; at >= 0; at--) strides[at] = strides[at + 1]! * dims[at + 1]!;
  return strides;
}

/** [batch, ...dims] over a sample that is row-major in `physical` order: `order[i]` is the physical place of dimension i. */
export function viewOf(batch: number, dims: readonly number[], order = dims.map((_, at) => at)): View {
  const physical = dims.map((_, place) => dims[order.indexOf(place)]!);
  const strides = stridesOf(physical);
  return {
    offset: 0,
    dims: [[{ size: batch, stride: 0, isBatch: true }], ...dims.map((size, at) => axis(size, strides[order[at]!]!))],
  };
}

/** Adjacent axes that step evenly become one. */
export function merged(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const one of axes) {
    const last = result.at(-1);
    if (last !== undefined && !last.isBatch && !one.isBatch && last.stride === one.stride * one.size)
      result[result.length - 1] = { size: last.size * one.size, stride: one.stride };
    else if (one.size > 1 || one.isBatch) result.push(one);
  }
  return result;
}

/** Axes of the sample in the order of the dimensions. */
export const sampleAxes = ({ dims }: View): Axis[] => dims.flat().filter(({ isBatch }) => !isBatch);

/** Whether the axes, outermost first, are row-major over `size` elements without gaps. */
export function isRowMajor(axes: readonly Axis[], size: number): boolean {
  const [only, ...others] = merged(axes);
  if (only === undefined) return size === 1;
  return others.length === 0 && only.size === size && only.stride === 1;
}

/** Whether every element of a sample of `size` elements is in the view, once. */
export const isComplete = (view: View, size: number): boolean =>
  view.offset === 0 &&
  isRowMajor(
    sampleAxes(view).toSorted((a, b) => b.stride - a.stride),
    size,
  );

/** Whether the first dimension is the batch and nothing else. */
export const keepsRows = ({ dims }: View): boolean =>
  dims[0]?.length === 1 && dims[0][0]!.isBatch === true && dims.slice(1).every((axes) => axes.every((a) => !a.isBatch));

/** The view with another shape of the same size; undefined when a dimension would be no product of axes. */
export function reshaped(view: View, shape: readonly number[]): View | undefined {
  const queue = merged(view.dims.flat());
  const single = queue.findIndex(({ isBatch, size }) => isBatch && size === 1);
  const batch = single < 0 ? undefined : queue.splice(single, 1)[0]!;
  const dims: Axis[][] = [];
  for (const wanted of shape) {
    let rest = wanted;
    const axes: Axis[] = [];
    while (rest > 1) {
      const next = queue.shift();
      if (next === undefined) return undefined;
      if (rest % next.size === 0) {
        axes.push(next);
        rest /= next.size;
      } else if (next.size % rest === 0 && !next.isBatch) {
        const inner = next.size / rest;
        axes.push({ size: rest, stride: next.stride * inner });
        queue.unshift({ size: inner, stride: next.stride });
        rest = 1;
      } else return undefined;
    }
    dims.push(axes);
  }
  if (queue.length > 0) return undefined;
  const shaped = { offset: view.offset, dims };
  return batch === undefined ? shaped : withBatch(shaped, batch, shape.indexOf(1));
}

function withBatch({ offset, dims }: View, batch: Axis, place: number): View {
  const at = Math.max(0, place);
  return { offset, dims: dims.map((axes, dim) => (dim === at ? [batch, ...axes] : axes)) };
}

/** A batch of 1, which is nowhere in particular, at dimension `place`, by default the first of size 1. */
export function singleBatchAt(view: View, place?: number): View {
  const batch = view.dims.flat().find(({ isBatch, size }) => isBatch && size === 1);
  if (batch === undefined) return view;
  const dims = view.dims.map((axes) => axes.filter(({ isBatch }) => !isBatch));
  return withBatch({ offset: view.offset, dims }, batch, place ?? dims.findIndex((axes) => axes.length === 0));
}

/** Positions start, start + step, ... of one dimension; undefined when that is no even walk over its axes. */
export function sliced(view: View, dim: number, start: number, step: number, count: number): View | undefined {
  const whole = merged(view.dims[dim]!);
  if (start === 0 && step === 1 && count === sizeOfAxes(whole)) return view;
  if (whole.some(({ isBatch }) => isBatch)) return undefined;
  const [first, ...rest] = whole;
  if (first === undefined) return undefined;
  const inner = sizeOfAxes(rest);
  const replace = (axes: Axis[], offset: number): View => ({
    offset: view.offset + offset,
    dims: view.dims.with(dim, axes),
  });
  if (inner === 1) return replace(axis(count, first.stride * step), start * first.stride);
  // Whole blocks of the outermost axis, or a single position.
  if (step === 1 && start % inner === 0 && count % inner === 0)
    return replace([...axis(count / inner, first.stride), ...rest], (start / inner) * first.stride);
  if (count !== 1) return undefined;
  let [left, offset] = [start, 0];
  for (const one of whole.toReversed()) {
    offset += (left % one.size) * one.stride;
    left = Math.floor(left / one.size);
  }
  return replace([], offset);
}

/** Physical index of every element of the view in row-major order of its sample axes. */
export function indicesOf(view: View): Float64Array {
  const axes = sampleAxes(view);
  const indices = new Float64Array(sizeOfAxes(axes));
  let filled = 1;
  indices[0] = view.offset;
  for (const { size, stride } of axes) {
    // Spread what is there: each entry becomes `size` of them.
    for (let at = filled - 1; at >= 0; at--)
      for (let i = size - 1; i >= 0; i--) indices[at * size + i] = indices[at]! + i * stride;
    filled *= size;
  }
  return indices;
}

/** Both lists cut into pieces of equal sizes; undefined when they have no common cut. */
export function refined(a: readonly Axis[], b: readonly Axis[]): [Axis, Axis][] | undefined {
  const [left, right] = [[...a], [...b]];
  const pairs: [Axis, Axis][] = [];
  const cut = (axis: Axis, size: number): [Axis, Axis] => {
    const inner = axis.size / size;
    return [
      { size, stride: axis.stride * inner },
      { size: inner, stride: axis.stride },
    ];
  };
  while (left.length > 0 && right.length > 0) {
    const [x, y] = [left.shift()!, right.shift()!];
    if (x.size === y.size) pairs.push([x, y]);
    else if (x.size % y.size === 0 && !x.isBatch) {
      const [outer, inner] = cut(x, y.size);
      pairs.push([outer, y]);
      left.unshift(inner);
    } else if (y.size % x.size === 0 && !y.isBatch) {
      const [outer, inner] = cut(y, x.size);
      pairs.push([x, outer]);
      right.unshift(inner);
    } else return undefined;
  }
  return left.length === 0 && right.length === 0 ? pairs : undefined;
}
