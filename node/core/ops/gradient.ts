import { int, ints } from '../onnx/build.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../tensor/tensor.ts';
import type { Emit, NamedType, TensorType } from './op.ts';
import { repeatedAxes, sameDims } from './strides.ts';

/** Pieces that gradient rules are written with; each answers the name of the value it emitted. */

export const int64List = (values: readonly number[]): Tensor<'int64'> =>
  tensor('int64', [values.length], BigInt64Array.from(values, BigInt));

/** A scalar of a float type. */
export function scalar(dtype: DType, value: number): Tensor {
  const data = DTYPES[dtype].make(1);
  (data as Float32Array)[0] = value;
  return { dtype, dims: [], data };
}

export function reshape(emit: Emit, name: string, dims: readonly number[]): string {
  return emit.node('Reshape', [name, emit.constant(int64List(dims))]);
}

/** ReduceSum; `axes` moved from attribute to input in opset 13. Without axes there is nothing to sum. */
export function reduceSum(emit: Emit, name: string, axes: readonly number[], keepdims: 0 | 1): string {
  if (axes.length === 0) return name;
  if (emit.opset < 13) return emit.node('ReduceSum', [name], { axes: ints(axes), keepdims: int(keepdims) });
  return emit.node('ReduceSum', [name, emit.constant(int64List(axes))], { keepdims: int(keepdims) });
}

/** Sums a gradient of shape `dims` over the axes along which `input` was broadcast, and gives it the input's shape. */
export function unbroadcast(emit: Emit, gradient: string, dims: readonly number[], input: TensorType): string {
  if (sameDims(dims, input.dims)) return gradient;
  const axes = repeatedAxes(input.dims, dims);
  if (axes.length === 0) return reshape(emit, gradient, input.dims);
  const lead = dims.length - input.dims.length;
  if (axes.length === lead) return reduceSum(emit, gradient, axes, 0);
  const summed = reduceSum(emit, gradient, axes, 1);
  return lead === 0 ? summed : reshape(emit, summed, input.dims);
}

/** `gradient * factor`, a constant. */
export function scale(emit: Emit, gradient: string, dtype: DType, factor: number): string {
  return factor === 1 ? gradient : emit.node('Mul', [gradient, emit.constant(scalar(dtype, factor))]);
}

/** Swaps the last two axes. */
export function transposeLast(emit: Emit, name: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  perm[rank - 2] = rank - 1;
  perm[rank - 1] = rank - 2;
  return emit.node('Transpose', [name], { perm: ints(perm) });
}

/** Where `mask` (the name of a bool value) holds the gradient, elsewhere zero. */
export const keepWhere = (emit: Emit, mask: string, gradient: string, type: NamedType | TensorType): string =>
  emit.node('Where', [mask, gradient, emit.constant(scalar(type.dtype, 0))]);
