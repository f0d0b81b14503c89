import type { DType } from '../tensor/tensor.ts';
import { BYTES, type Cursor, VARINT } from './cursor.ts';
import { elementType } from './decodeTensor.ts';
import { OnnxSparseTensor, OnnxTensorMalformed, OnnxTypeUnsupported } from './errors.ts';
import { DIM, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './fields.ts';
import type { Dim, ValueInfo } from './model.ts';
import { fields, ignored, integer, many, one, refused, text } from './rules.ts';

interface DimDraft {
  dim?: Dim;
}
/** A dimension is a size or a name, never both. */
function setDim(cursor: Cursor, draft: DimDraft, dim: Dim): void {
  if (draft.dim !== undefined) throw new OnnxTensorMalformed(cursor.where(), 'has both a size and a name');
  if (typeof dim === 'number' && dim < 0) throw new OnnxTensorMalformed(cursor.where(), `is the dimension ${dim}`);
  draft.dim = dim;
}
const DIM_FIELDS = fields<DimDraft>(
  [DIM.value, one('dim_value', VARINT, (cursor, draft) => setDim(cursor, draft, cursor.integer('dim_value')))],
  [DIM.param, one('dim_param', BYTES, (cursor, draft) => setDim(cursor, draft, cursor.text('maxNameBytes') || null))],
  [DIM.denotation, ignored('denotation')],
);

interface ShapeDraft {
  readonly dims: Dim[];
}
const SHAPE_FIELDS = fields<ShapeDraft>([
  SHAPE.dim,
  many('dim', (cursor, { dims }) => {
    cursor.limit('maxDims', dims.length + 1);
    dims.push(cursor.message<DimDraft, Dim>(DIM_FIELDS, {}, 'dim', dims.length, (made) => made.dim ?? null));
  }),
]);

interface TypeDraft {
  elementType?: number;
  dims?: readonly Dim[];
}
const TENSOR_FIELDS = fields<TypeDraft>(
  [
    TENSOR_TYPE.elemType,
    integer('elem_type', (draft, value) => {
      draft.elementType = value;
    }),
  ],
  [
    TENSOR_TYPE.shape,
    one('shape', BYTES, (cursor, draft) => {
      draft.dims = cursor.message(SHAPE_FIELDS, { dims: [] }, 'shape', undefined, ({ dims }) => dims);
    }),
  ],
);

const other = (name: string) => refused<TypeDraft>(name, (where) => new OnnxTypeUnsupported(where, 'is no tensor'));
const TYPE_FIELDS = fields<TypeDraft>(
  [
    TYPE.tensor,
    one('tensor_type', BYTES, (cursor, draft) =>
      cursor.message(TENSOR_FIELDS, draft, 'tensor_type', undefined, () => {}),
    ),
  ],
  [TYPE.sequence, other('sequence_type')],
  [TYPE.map, other('map_type')],
  [TYPE.denotation, ignored('denotation')],
  [TYPE.opaque, other('opaque_type')],
  [TYPE.sparseTensor, refused('sparse_tensor_type', (where) => new OnnxSparseTensor(where))],
  [TYPE.optional, other('optional_type')],
);

interface ValueDraft {
  name: string;
  type: TypeDraft;
}
const VALUE_FIELDS = fields<ValueDraft>(
  [
    VALUE_INFO.name,
    text('name', (draft, value) => {
      draft.name = value;
    }),
  ],
  [
    VALUE_INFO.type,
    one('type', BYTES, (cursor, draft) => {
      draft.type = cursor.message<TypeDraft, TypeDraft>(TYPE_FIELDS, {}, 'type', undefined, (type) => type);
    }),
  ],
  [VALUE_INFO.docString, ignored('doc_string')],
  [VALUE_INFO.metadata, ignored('metadata_props')],
);

/** Reads a ValueInfoProto. @throws {OnnxTypeUnsupported} unless it is a tensor of a known element type. */
export function decodeValue(cursor: Cursor, field: string, index: number): ValueInfo {
  const empty: ValueDraft = { name: '', type: {} };
  return cursor.message(VALUE_FIELDS, empty, field, index, ({ name, type: { elementType: number, dims } }) => {
    if (number === undefined) throw new OnnxTypeUnsupported(cursor.where(), 'has no element type');
    const dtype: DType = elementType(cursor, number);
    return { name, dtype, dims: dims ?? null };
  });
}
