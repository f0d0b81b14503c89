import { DTYPES, type DType, type DTypeArrays, type Tensor } from '../tensor/tensor.ts';
import { BYTES, type Cursor, FIXED32, FIXED64, type Field, VARINT } from './cursor.ts';
import { OnnxElementTypeUnsupported, OnnxExternalData, OnnxFieldUnsupported, OnnxTensorMalformed } from './errors.ts';
import { TENSOR } from './fields.ts';
import { elements, fields, ignored, integer, numbers, one, refused, text } from './rules.ts';

/** Names of the element types that are refused, for the message (TensorProto.DataType). */
const REFUSED_TYPES: Readonly<Record<number, string>> = {
  0: 'UNDEFINED',
  8: 'STRING',
  10: 'FLOAT16',
  14: 'COMPLEX64',
  15: 'COMPLEX128',
  16: 'BFLOAT16',
  17: 'FLOAT8E4M3FN',
  18: 'FLOAT8E4M3FNUZ',
  19: 'FLOAT8E5M2',
  20: 'FLOAT8E5M2FNUZ',
  21: 'UINT4',
  22: 'INT4',
  23: 'FLOAT4E2M1',
  24: 'FLOAT8E8M0',
  25: 'UINT2',
  26: 'INT2',
  27: 'FLOAT6E2M3',
  28: 'FLOAT6E3M2',
};
const BY_NUMBER: ReadonlyMap<number, DType> = new Map(
  Object.entries(DTYPES).map(([dtype, facts]) => [facts.onnx, dtype as DType]),
);

/** The element type behind its number. @throws {OnnxElementTypeUnsupported} */
export function elementType(cursor: Cursor, number: number): DType {
  const dtype = BY_NUMBER.get(number);
  if (dtype !== undefined) return dtype;
  throw new OnnxElementTypeUnsupported(cursor.where(), REFUSED_TYPES[number] ?? String(number));
}

/** Which typed field holds the elements when they are not raw, and the range they must stay in. */
interface Storage {
  readonly field: number;
  readonly least: number;
  readonly greatest: number;
}
const stored = (field: number, least = 0, greatest = 0): Storage => ({ field, least, greatest });
const STORAGE: Readonly<Record<DType, Storage>> = {
  float32: stored(TENSOR.floatData),
  float64: stored(TENSOR.doubleData),
  uint8: stored(TENSOR.int32Data, 0, 255),
  int8: stored(TENSOR.int32Data, -128, 127),
  uint16: stored(TENSOR.int32Data, 0, 65_535),
  int16: stored(TENSOR.int32Data, -32_768, 32_767),
  int32: stored(TENSOR.int32Data, -(2 ** 31), 2 ** 31 - 1),
  bool: stored(TENSOR.int32Data, 0, 1),
  uint32: stored(TENSOR.uint64Data, 0, 2 ** 32 - 1),
  int64: stored(TENSOR.int64Data),
  uint64: stored(TENSOR.uint64Data),
};

interface TensorDraft {
  name: string;
  readonly dims: number[];
  elementType: number;
  raw: readonly [number, number] | undefined;
  /** Elements counted in each typed field. */
  readonly typed: Map<number, number>;
}

/** Counts the elements of a typed field; they are read when dims and type are known. */
const counted = (name: string, number: number, wire: number): readonly [number, Field<TensorDraft>] => [
  number,
  elements(name, wire, (cursor, draft, actual) => {
    if (actual !== BYTES) cursor.spend('maxAttributeValues');
    draft.typed.set(number, (draft.typed.get(number) ?? 0) + cursor.count(actual, wire));
  }),
];

const FIELDS = fields<TensorDraft>(
  [
    TENSOR.dims,
    numbers('dims', VARINT, (cursor, draft) => {
      cursor.limit('maxDims', draft.dims.push(cursor.integer('dims')));
    }),
  ],
  [
    TENSOR.dataType,
    integer('data_type', (draft, value) => {
      draft.elementType = value;
    }),
  ],
  [TENSOR.segment, refused('segment', (where) => new OnnxFieldUnsupported(where, 'splits the tensor'))],
  counted('float_data', TENSOR.floatData, FIXED32),
  counted('int32_data', TENSOR.int32Data, VARINT),
  [TENSOR.stringData, refused('string_data', (where) => new OnnxElementTypeUnsupported(where, 'STRING'))],
  counted('int64_data', TENSOR.int64Data, VARINT),
  [
    TENSOR.name,
    text('name', (draft, value) => {
      draft.name = value;
    }),
  ],
  [
    TENSOR.rawData,
    one('raw_data', BYTES, (cursor, draft) => {
      draft.raw = cursor.span();
    }),
  ],
  counted('double_data', TENSOR.doubleData, FIXED64),
  counted('uint64_data', TENSOR.uint64Data, VARINT),
  [TENSOR.docString, ignored('doc_string')],
  [TENSOR.externalData, refused('external_data', (where) => new OnnxExternalData(where))],
  [
    TENSOR.dataLocation,
    one('data_location', VARINT, (cursor) => {
      if (cursor.integer('data_location') !== 0) throw new OnnxExternalData(cursor.where());
    }),
  ],
  [TENSOR.metadata, ignored('metadata_props')],
);

/** The elements that `dims` promise, checked against the budget. @throws {OnnxTensorMalformed} on a negative one. */
function promised(cursor: Cursor, dims: readonly number[]): number {
  let extent = 1;
  for (const dim of dims) {
    if (dim < 0) throw new OnnxTensorMalformed(cursor.where(), `has the dimension ${dim}`, { dims });
    extent *= Math.max(dim, 1);
  }
  cursor.limit('maxTensorElements', extent);
  return dims.includes(0) ? 0 : extent;
}

/** @throws {OnnxTensorMalformed} unless the file holds exactly `count` elements, in the one place for their type. */
function checkPresent(cursor: Cursor, draft: TensorDraft, dtype: DType, count: number): void {
  const { field } = STORAGE[dtype];
  const present = [...draft.typed.keys(), ...(draft.raw === undefined ? [] : [TENSOR.rawData])];
  const misplaced = present.some((number) => number !== field && number !== TENSOR.rawData) || present.length > 1;
  if (misplaced) throw new OnnxTensorMalformed(cursor.where(), `keeps ${dtype} elements in more or other fields`);
  const width = DTYPES[dtype].bytes;
  const held = draft.raw === undefined ? (draft.typed.get(field) ?? 0) : (draft.raw[1] - draft.raw[0]) / width;
  if (held !== count) {
    const shape = draft.dims.join(', ');
    throw new OnnxTensorMalformed(cursor.where(), `of shape [${shape}] holds ${held} of ${count} elements`, {
      dims: draft.dims,
      held,
      count,
    });
  }
}

/** Whether a byte is neither 0 nor 1. A loop, because it visits every byte of up to a whole file. */
function holdsOther(bytes: Uint8Array): boolean {
  let seen = 0;
  for (let index = 0; index < bytes.length; index++) seen |= bytes[index]!;
  return seen > 1;
}

/** Copies raw bytes into elements: both are little-endian. */
function fromRaw<D extends DType>(cursor: Cursor, dtype: D, count: number, raw: readonly [number, number]) {
  const data = DTYPES[dtype].make(count);
  const bytes = new Uint8Array(data.buffer);
  bytes.set(cursor.bytes.subarray(...raw));
  if (dtype === 'bool' && holdsOther(bytes)) {
    throw new OnnxTensorMalformed(cursor.where(), 'holds a bool that is neither 0 nor 1');
  }
  return data as DTypeArrays[D];
}

/** Copies fixed-width numbers, which are little-endian like the elements. */
function copyFixed(data: DTypeArrays[DType], wire: number): (cursor: Cursor, actual: number) => void {
  const target = new Uint8Array(data.buffer);
  let at = 0;
  return (cursor, actual) => {
    const [start, end] = actual === BYTES ? cursor.span() : cursor.fixed(wire);
    target.set(cursor.bytes.subarray(start, end), at);
    at += end - start;
  };
}

function readInteger(cursor: Cursor, dtype: DType, { least, greatest }: Storage): number {
  const value = cursor.integer('data');
  if (value >= least && value <= greatest) return value;
  throw new OnnxTensorMalformed(cursor.where(), `holds ${value}, which is no ${dtype}`);
}

function readVarints(data: DTypeArrays[DType], dtype: DType): (cursor: Cursor, actual: number) => void {
  const storage = STORAGE[dtype];
  let at = 0;
  return (cursor, actual) =>
    cursor.each(actual, () => {
      if (data instanceof BigInt64Array) data[at++] = cursor.int64();
      else if (data instanceof BigUint64Array) data[at++] = cursor.uint64();
      else data[at++] = readInteger(cursor, dtype, storage);
    });
}

/** Reads the typed field of the message between `start` and `end` a second time, now into elements. */
function fromTyped(cursor: Cursor, dtype: DType, count: number, message: readonly [number, number]) {
  const data = DTYPES[dtype].make(count);
  const { field } = STORAGE[dtype];
  const wire = dtype === 'float32' ? FIXED32 : dtype === 'float64' ? FIXED64 : VARINT;
  const read = wire === VARINT ? readVarints(data, dtype) : copyFixed(data, wire);
  const second = new Map<number, Field<object>>();
  for (const [number, { name, wires }] of FIELDS) {
    second.set(number, { name, wires, once: false, read: (inner, _, actual) => inner.skip(actual) });
  }
  second.set(
    field,
    elements('data', wire, (inner, _, actual) => read(inner, actual)),
  );
  cursor.again(second, {}, ...message);
  return data;
}

/**
 * Reads a TensorProto behind its length. Memory for the elements is allocated only after the file was seen to hold
 * exactly as many as the dims promise.
 * @throws {OnnxTensorMalformed} {@link OnnxElementTypeUnsupported} {@link OnnxExternalData} {@link OnnxBudgetExceeded}
 */
export function decodeTensor(cursor: Cursor, field: string, index?: number): { name: string; tensor: Tensor } {
  const empty: TensorDraft = { name: '', dims: [], elementType: 0, raw: undefined, typed: new Map() };
  return cursor.message(FIELDS, empty, field, index, (draft, start, end) => {
    const dtype = elementType(cursor, draft.elementType);
    const count = promised(cursor, draft.dims);
    cursor.spend('maxTensorBytes', count * DTYPES[dtype].bytes);
    checkPresent(cursor, draft, dtype, count);
    const data =
      draft.raw === undefined
        ? fromTyped(cursor, dtype, count, [start, end])
        : fromRaw(cursor, dtype, count, draft.raw);
    return { name: draft.name, tensor: { dtype, dims: draft.dims, data } };
  });
}
