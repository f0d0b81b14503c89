import { DTYPES, type DType, type DTypeArrays, elementCount, type Tensor } from '../../core/tensor/tensor.ts';
import { RequestMalformed } from '../errors.ts';

/** Name, shape and type of one request tensor, already checked; its values are still bytes or JSON. */
export interface TensorHeader {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
}

const INTEGER_RANGE: Readonly<Partial<Record<DType, readonly [min: number, max: number]>>> = {
  uint8: [0, 0xff],
  int8: [-0x80, 0x7f],
  uint16: [0, 0xffff],
  int16: [-0x8000, 0x7fff],
  uint32: [0, 0xffff_ffff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

const wrong = (header: TensorHeader, why: string, fix: string): RequestMalformed =>
  new RequestMalformed(`input ${JSON.stringify(header.name)}: ${why}`, fix);

const shapeText = (header: TensorHeader): string => `shape [${header.dims.join(', ')}]`;

/**
 * The tensor whose row-major little-endian bytes are `bytes` (binary tensor data extension). Copies, so that the
 * elements are aligned and the request body can go.
 * @throws {RequestMalformed} on another number of bytes, or a BOOL byte other than 0 and 1
 */
export function tensorOfBytes(header: TensorHeader, bytes: Uint8Array): Tensor {
  const { dtype, dims } = header;
  const size = elementCount(dims) * DTYPES[dtype].bytes;
  if (bytes.length !== size) {
    throw wrong(
      header,
      `${shapeText(header)} of ${DTYPES[dtype].oip} needs ${size} bytes, binary_data_size is ${bytes.length}`,
      'Make shape, datatype and binary_data_size agree.',
    );
  }
  if (dtype === 'bool') {
    const at = bytes.findIndex((byte) => byte > 1);
    if (at >= 0) throw wrong(header, `byte ${at} of the BOOL data is ${bytes[at]}`, 'BOOL bytes are 0 or 1.');
  }
  const data = DTYPES[dtype].make(elementCount(dims));
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes);
  return { dtype, dims, data };
}

/**
 * The tensor whose values are the JSON numbers or booleans of `json`, flat or nested like the shape.
 * @throws {RequestMalformed} on a wrong count, nesting, type or range
 */
export function tensorOfJson(header: TensorHeader, json: unknown): Tensor {
  if (!Array.isArray(json)) {
    throw wrong(header, '"data" is not an array', 'Give the values as a JSON array, flat or nested, row-major.');
  }
  const { dtype, dims } = header;
  const count = elementCount(dims);
  const nested = json.length > 0 && Array.isArray(json[0]);
  const present = nested ? countNested(header, json, 0) : json.length;
  if (present !== count) {
    throw wrong(header, `${shapeText(header)} needs ${count} values, "data" has ${present}`, 'Make them agree.');
  }
  const data = DTYPES[dtype].make(count);
  const put = putterOf(header, data);
  let index = 0;
  const walk = (values: readonly unknown[], depth: number): void => {
    if (nested && depth < dims.length - 1) for (const value of values) walk(value as unknown[], depth + 1);
    else for (const value of values) put(index++, value);
  };
  walk(json, 0);
  return { dtype, dims, data };
}

/** Checks that `values` is nested exactly like the shape, and counts the leaves. Depth is bounded by the rank. */
function countNested(header: TensorHeader, values: unknown, depth: number): number {
  const { dims } = header;
  if (!Array.isArray(values) || values.length !== dims[depth]) {
    throw wrong(
      header,
      `"data" is not nested like ${shapeText(header)} at level ${depth}`,
      'Nest the values exactly like the shape, or send them flat.',
    );
  }
  if (depth === dims.length - 1) return values.length;
  let count = 0;
  for (const value of values) count += countNested(header, value, depth + 1);
  return count;
}

/** A writer of one checked value; chosen once per tensor because a tensor has one type. */
function putterOf(header: TensorHeader, data: DTypeArrays[DType]): (index: number, value: unknown) => void {
  const { dtype } = header;
  const { oip } = DTYPES[dtype];
  const refuse = (index: number, value: unknown, want: string, fix: string): never => {
    const shown = JSON.stringify(value)?.slice(0, 40) ?? typeof value;
    throw wrong(header, `value ${index} is ${value === Infinity ? 'beyond a double' : shown}, not ${want}`, fix);
  };
  if (dtype === 'bool') {
    return (index, value) => {
      if (typeof value !== 'boolean') refuse(index, value, 'true or false', 'BOOL values are true or false.');
      data[index] = value ? 1 : 0;
    };
  }
  if (dtype === 'float32' || dtype === 'float64') {
    const round = dtype === 'float32' ? Math.fround : (value: number): number => value;
    return (index, value) => {
      if (typeof value !== 'number' || !Number.isFinite(round(value)))
        refuse(index, value, `a finite ${oip} number`, 'Send NaN and infinities in binary form.');
      data[index] = value as number;
    };
  }
  const [min, max] = INTEGER_RANGE[dtype]!;
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const fix = wide ? 'Send 64-bit integers beyond 2^53 in binary form.' : `${oip} values are integers in that range.`;
  return (index, value) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
      refuse(index, value, `an integer in ${min}..${max}`, fix);
    if (wide) data[index] = BigInt(value as number);
    else data[index] = value as number;
  };
}
