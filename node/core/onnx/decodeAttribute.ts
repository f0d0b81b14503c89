import type { Tensor } from '../tensor/tensor.ts';
import { BYTES, type Cursor, FIXED32, type Field, VARINT } from './cursor.ts';
import { decodeTensor } from './decodeTensor.ts';
import { OnnxAttributeMalformed, OnnxFunctionUnsupported, OnnxSparseTensor } from './errors.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE } from './fields.ts';
import type { Attribute, Graph } from './model.ts';
import { fields, ignored, integer, many, numbers, one, refused, text } from './rules.ts';

interface AttributeDraft {
  name: string;
  type: number;
  /** Names of the value fields that occurred. */
  readonly present: Set<string>;
  f: number;
  i: number;
  s: string;
  t: Tensor | undefined;
  g: Graph | undefined;
  readonly floats: number[];
  readonly ints: number[];
  readonly strings: string[];
  /** Reads the subgraph of an attribute; decode.ts owns it. */
  readonly readGraph: (cursor: Cursor) => Graph;
}

const valued = (field: Field<AttributeDraft>): Field<AttributeDraft> => ({
  ...field,
  read: (cursor, draft, wire) => {
    draft.present.add(field.name);
    field.read(cursor, draft, wire);
  },
});
const value = (name: string, wire: number, read: (cursor: Cursor, draft: AttributeDraft) => void) =>
  valued(one(name, wire, read));
const spend = (cursor: Cursor): void => cursor.spend('maxAttributeValues');

const unsupported = (name: string) =>
  refused<AttributeDraft>(name, (where) => new OnnxAttributeMalformed(where, 'is not supported'));

const FIELDS = fields<AttributeDraft>(
  [
    ATTRIBUTE.name,
    text('name', (draft, name) => {
      draft.name = name;
    }),
  ],
  [
    ATTRIBUTE.f,
    value('f', FIXED32, (cursor, draft) => {
      draft.f = cursor.float();
    }),
  ],
  [
    ATTRIBUTE.i,
    value('i', VARINT, (cursor, draft) => {
      draft.i = cursor.integer('i');
    }),
  ],
  [
    ATTRIBUTE.s,
    value('s', BYTES, (cursor, draft) => {
      draft.s = cursor.text('maxTextBytes');
    }),
  ],
  [
    ATTRIBUTE.t,
    value('t', BYTES, (cursor, draft) => {
      draft.t = decodeTensor(cursor, 't').tensor;
    }),
  ],
  [
    ATTRIBUTE.g,
    value('g', BYTES, (cursor, draft) => {
      draft.g = draft.readGraph(cursor);
    }),
  ],
  [
    ATTRIBUTE.floats,
    valued(
      numbers('floats', FIXED32, (cursor, draft) => {
        spend(cursor);
        draft.floats.push(cursor.float());
      }),
    ),
  ],
  [
    ATTRIBUTE.ints,
    valued(
      numbers('ints', VARINT, (cursor, draft) => {
        spend(cursor);
        draft.ints.push(cursor.integer('ints'));
      }),
    ),
  ],
  [
    ATTRIBUTE.strings,
    valued(
      many('strings', (cursor, draft) => {
        spend(cursor);
        draft.strings.push(cursor.text('maxTextBytes'));
      }),
    ),
  ],
  [ATTRIBUTE.tensors, unsupported('tensors')],
  [ATTRIBUTE.graphs, unsupported('graphs')],
  [ATTRIBUTE.docString, ignored('doc_string')],
  [ATTRIBUTE.typeProto, unsupported('tp')],
  [ATTRIBUTE.typeProtos, unsupported('type_protos')],
  [
    ATTRIBUTE.type,
    integer('type', (draft, type) => {
      draft.type = type;
    }),
  ],
  [ATTRIBUTE.refAttrName, refused('ref_attr_name', (where) => new OnnxFunctionUnsupported(where))],
  [ATTRIBUTE.sparseTensor, refused('sparse_tensor', (where) => new OnnxSparseTensor(where))],
  [ATTRIBUTE.sparseTensors, refused('sparse_tensors', (where) => new OnnxSparseTensor(where))],
);

/** The value field and the finished attribute behind each type number; absent scalars are protobuf's defaults. */
type Finish = (draft: AttributeDraft) => Attribute | undefined;
const FINISH: ReadonlyMap<number, readonly [field: string, finish: Finish]> = new Map<
  number,
  readonly [string, Finish]
>([
  [ATTRIBUTE_TYPE.float, ['f', ({ f }) => ({ type: 'float', value: f })]],
  [ATTRIBUTE_TYPE.int, ['i', ({ i }) => ({ type: 'int', value: i })]],
  [ATTRIBUTE_TYPE.string, ['s', ({ s }) => ({ type: 'string', value: s })]],
  [ATTRIBUTE_TYPE.tensor, ['t', ({ t }) => (t === undefined ? undefined : { type: 'tensor', value: t })]],
  [ATTRIBUTE_TYPE.graph, ['g', ({ g }) => (g === undefined ? undefined : { type: 'graph', value: g })]],
  [ATTRIBUTE_TYPE.floats, ['floats', ({ floats }) => ({ type: 'floats', value: floats })]],
  [ATTRIBUTE_TYPE.ints, ['ints', ({ ints }) => ({ type: 'ints', value: ints })]],
  [ATTRIBUTE_TYPE.strings, ['strings', ({ strings }) => ({ type: 'strings', value: strings })]],
]);

function finish(cursor: Cursor, draft: AttributeDraft): Attribute {
  const row = FINISH.get(draft.type);
  if (row === undefined) throw new OnnxAttributeMalformed(cursor.where(), `has the type number ${draft.type}`);
  const [field, make] = row;
  const stray = [...draft.present].find((name) => name !== field);
  if (stray !== undefined)
    throw new OnnxAttributeMalformed(cursor.where(), `has type ${field} and a value in ${stray}`);
  const attribute = make(draft);
  if (attribute === undefined) throw new OnnxAttributeMalformed(cursor.where(), `has type ${field} but no value`);
  return attribute;
}

/** Reads an AttributeProto. @throws {OnnxAttributeMalformed} {@link OnnxFunctionUnsupported} */
export function decodeAttribute(
  cursor: Cursor,
  index: number,
  readGraph: (cursor: Cursor) => Graph,
): { readonly name: string; readonly attribute: Attribute } {
  const empty: AttributeDraft = {
    name: '',
    type: 0,
    present: new Set(),
    f: 0,
    i: 0,
    s: '',
    t: undefined,
    g: undefined,
    floats: [],
    ints: [],
    strings: [],
    readGraph,
  };
  return cursor.message(FIELDS, empty, 'attribute', index, (draft) => ({
    name: draft.name,
    attribute: finish(cursor, draft),
  }));
}
