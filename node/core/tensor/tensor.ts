import { type Complaint, ProtocolError } from '../errors.ts';

/** Typed array behind each element type. float16, bfloat16, strings and 4-bit types are refused at the door. */
export interface DTypeArrays {
  float32: Float32Array;
  float64: Float64Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}
export type DType = keyof DTypeArrays;

/**
 * A dense row-major tensor. Immutable by convention: nobody writes into `data` of a tensor he did not create.
 * `dims` are non-negative safe integers and `data.length` is their product (a scalar has `dims = []`, length 1).
 */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly dims: readonly number[];
  readonly data: DTypeArrays[D];
}

interface DTypeFacts {
  /** Element type number of TensorProto.DataType (ONNX IR). */
  readonly onnx: number;
  /** Bytes per element. */
  readonly bytes: number;
  /** Name in the Open Inference Protocol v2. */
  readonly oip: string;
  readonly make: (length: number) => DTypeArrays[DType];
}

/** One row per element type: the only place where the three naming schemes meet. */
export const DTYPES: Readonly<Record<DType, DTypeFacts>> = {
  float32: { onnx: 1, bytes: 4, oip: 'FP32', make: (n) => new Float32Array(n) },
  float64: { onnx: 11, bytes: 8, oip: 'FP64', make: (n) => new Float64Array(n) },
  uint8: { onnx: 2, bytes: 1, oip: 'UINT8', make: (n) => new Uint8Array(n) },
  int8: { onnx: 3, bytes: 1, oip: 'INT8', make: (n) => new Int8Array(n) },
  uint16: { onnx: 4, bytes: 2, oip: 'UINT16', make: (n) => new Uint16Array(n) },
  int16: { onnx: 5, bytes: 2, oip: 'INT16', make: (n) => new Int16Array(n) },
  uint32: { onnx: 12, bytes: 4, oip: 'UINT32', make: (n) => new Uint32Array(n) },
  int32: { onnx: 6, bytes: 4, oip: 'INT32', make: (n) => new Int32Array(n) },
  uint64: { onnx: 13, bytes: 8, oip: 'UINT64', make: (n) => new BigUint64Array(n) },
  int64: { onnx: 7, bytes: 8, oip: 'INT64', make: (n) => new BigInt64Array(n) },
  bool: { onnx: 9, bytes: 1, oip: 'BOOL', make: (n) => new Uint8Array(n) },
};

/** Dims and data that do not describe a tensor. */
export class TensorMalformed extends ProtocolError {
  override readonly code = 'TENSOR_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'Not a tensor',
      why,
      fix: 'Check the shape and the number of values against the model metadata.',
      meta,
    });
  }
}

/** Product of `dims`. @throws {TensorMalformed} on a negative, fractional or overflowing dimension. */
export function elementCount(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) {
    if (!Number.isSafeInteger(dim) || dim < 0)
      throw new TensorMalformed(`dimension ${dim} is not a non-negative integer`, { dims });
    count *= dim;
    if (!Number.isSafeInteger(count)) throw new TensorMalformed('the element count exceeds 2^53', { dims });
  }
  return count;
}

/** A checked tensor over `data` (not copied). @throws {TensorMalformed} when length and dims disagree. */
export function tensor<D extends DType>(dtype: D, dims: readonly number[], data: DTypeArrays[D]): Tensor<D> {
  const count = elementCount(dims);
  if (data.length !== count) {
    throw new TensorMalformed(`shape [${dims.join(', ')}] needs ${count} values, got ${data.length}`, {
      dims,
      length: data.length,
    });
  }
  return { dtype, dims, data };
}

/** A tensor of zeros. The caller has already checked the size against a budget. */
export function zeros<D extends DType>(dtype: D, dims: readonly number[]): Tensor<D> {
  return { dtype, dims, data: DTYPES[dtype].make(elementCount(dims)) as DTypeArrays[D] };
}

/** Bytes that the elements occupy. */
export const byteLength = (t: Tensor): number => t.data.length * DTYPES[t.dtype].bytes;

/**
 * Canonical bytes of a tensor: elements row-major, little-endian (the order of every typed array on every
 * platform that Node and browsers support; checked at load). A view, not a copy.
 */
export const tensorBytes = (t: Tensor): Uint8Array =>
  new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength);
