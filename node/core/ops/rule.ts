import type { Attribute } from '../onnx/model.ts';
import { DTYPES, type DType, type Tensor } from '../tensor/tensor.ts';
import { OpInputRefused } from './errors.ts';
import type { ForwardCall, InferCall, NamedType, TensorType, VjpCall } from './op.ts';

/** Vocabulary shared by the rules of the table: typed access to inputs, attributes and elements. */

type AnyCall = Pick<InferCall, 'node' | 'opset'>;

/** @throws {OpInputRefused} unless `condition` holds. */
export function requireInput(call: AnyCall, condition: boolean, why: string): asserts condition {
  if (!condition) throw new OpInputRefused(call.node, call.opset, why);
}

export const FLOATS: readonly DType[] = ['float32', 'float64'];
export const INTEGERS: readonly DType[] = ['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64'];
export const NUMBERS: readonly DType[] = [...FLOATS, ...INTEGERS];
/** Element types of arithmetic before the 8 and 16 bit integers joined. */
export const WIDE_NUMBERS: readonly DType[] = [...FLOATS, 'uint32', 'int32', 'uint64', 'int64'];
export const ALL_TYPES = Object.keys(DTYPES) as readonly DType[];
export const INDICES: readonly DType[] = ['int32', 'int64'];

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';
export const isBig = (dtype: DType): boolean => dtype === 'int64' || dtype === 'uint64';

/** The type of a required input. @throws {OpInputRefused} when absent or of an element type not in `allowed`. */
export function typeAt(call: InferCall, index: number, allowed: readonly DType[]): TensorType {
  const type = call.inputs[index];
  requireInput(call, type !== undefined, `input ${index} is missing`);
  requireInput(
    call,
    allowed.includes(type.dtype),
    `input ${index} is ${type.dtype}, allowed are ${allowed.join(', ')}`,
  );
  return type;
}

/** The elements of an integer input that must be known before the run, e.g. `axes`; undefined when omitted. */
export function integersAt(call: InferCall, index: number): number[] | undefined {
  if (call.inputs[index] === undefined) return undefined;
  const { value, dims } = typeAt(call, index, INDICES);
  requireInput(call, dims.length <= 1, `input ${index} must be a list, its shape is [${dims.join(', ')}]`);
  requireInput(call, value !== undefined, `input ${index} is not a constant, so the shape of the output is unknown`);
  return Array.from(value.data, Number);
}

/** The tensor of a required input during a run. */
export function tensorAt(call: ForwardCall, index: number): Tensor {
  const tensor = call.inputs[index];
  requireInput(call, tensor !== undefined, `input ${index} is missing`);
  return tensor;
}

export const namedAt = (call: VjpCall, index: number): NamedType => {
  const type = call.inputs[index];
  requireInput(call, type !== undefined, `input ${index} is missing`);
  return type;
};

function attribute<T extends Attribute['type']>(call: AnyCall, name: string, type: T) {
  const found = call.node.attributes.get(name);
  if (found === undefined) return undefined;
  requireInput(call, found.type === type, `attribute ${name} is a ${found.type}, expected ${type}`);
  return found.value as Extract<Attribute, { type: T }>['value'];
}
export const intAttribute = (call: AnyCall, name: string): number | undefined => attribute(call, name, 'int');
export const intsAttribute = (call: AnyCall, name: string) => attribute(call, name, 'ints');
export const floatAttribute = (call: AnyCall, name: string): number | undefined => attribute(call, name, 'float');
export const floatsAttribute = (call: AnyCall, name: string) => attribute(call, name, 'floats');
export const stringAttribute = (call: AnyCall, name: string): string | undefined => attribute(call, name, 'string');
export const tensorAttribute = (call: AnyCall, name: string): Tensor | undefined => attribute(call, name, 'tensor');
export const graphAttribute = (call: AnyCall, name: string) => attribute(call, name, 'graph');

/** `axis` counted from the front. @throws {OpInputRefused} outside [-rank, rank). */
export function normalAxis(call: AnyCall, axis: number, rank: number): number {
  requireInput(call, axis >= -rank && axis < rank, `axis ${axis} is outside a tensor of ${rank} dimensions`);
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, ascending. @throws {OpInputRefused} on a repeated axis or one out of range. */
export function normalAxes(call: AnyCall, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => normalAxis(call, axis, rank)).sort((a, b) => a - b);
  requireInput(call, new Set(normal).size === normal.length, `axes [${axes.join(', ')}] repeat an axis`);
  return normal;
}

export type NumberArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;
export type BigArray = BigInt64Array | BigUint64Array;
/** Elements of any type, for code that only moves them. */
export type Cells = { [index: number]: number | bigint };

export const isBigTensor = (t: Tensor): t is Tensor<'int64' | 'uint64'> => isBig(t.dtype);

/** Elements of a tensor whose type is not a 64-bit integer. */
export function numbers(call: AnyCall, t: Tensor): NumberArray {
  requireInput(call, !isBigTensor(t), `${t.dtype} elements are not supported here`);
  return t.data as NumberArray;
}
