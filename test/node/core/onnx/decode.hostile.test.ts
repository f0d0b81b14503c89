import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { DEFAULT_BUDGET, type ModelBudget } from '../../../../node/core/onnx/budget.ts';
import { decodeModel } from '../../../../node/core/onnx/decode.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import { OnnxBudgetExceeded, OnnxMalformed, quote } from '../../../../node/core/onnx/errors.ts';
import {
  type Bytes,
  concat,
  fixed32,
  lie,
  msg,
  num,
  raw,
  repeat,
  str,
  tag,
  varint,
} from '../../../helpers/protobuf.ts';

const FLOAT = 1;
const dim = (...parts: readonly Bytes[]) => msg(1, ...parts);
const tensorType = (element: number, ...dims: readonly Bytes[]) => msg(2, msg(1, num(1, element), msg(2, ...dims)));
const value = (name: string, type: Bytes = tensorType(FLOAT, dim(num(1, 1)))) => concat(str(1, name), type);
const X = msg(11, value('x'));
const Y = msg(12, value('y'));
const node = (op: string, inputs: readonly string[], outputs: readonly string[], ...rest: readonly Bytes[]) =>
  msg(1, ...inputs.map((name) => str(1, name)), ...outputs.map((name) => str(2, name)), str(4, op), ...rest);
const attribute = (...parts: readonly Bytes[]) => msg(5, ...parts);
const COPY = node('Identity', ['x'], ['y']);
const OPSET = msg(8, str(1, ''), num(2, 17));
const IR = num(1, 8);
const file = (...graph: readonly Bytes[]) => concat(IR, msg(7, ...graph), OPSET);
/** A model that copies x to y, with additions to its graph. */
const plain = (...more: readonly Bytes[]) => file(COPY, X, Y, ...more);
const around = (...more: readonly Bytes[]) => concat(plain(), ...more);
const tensor = (...parts: readonly Bytes[]) => msg(5, str(8, 'w'), ...parts);
const dims = (...sizes: readonly (number | bigint)[]) => concat(...sizes.map((size) => num(1, size)));
/** The contents of a subgraph. */
const copyTo = (name: string) => concat(node('Identity', ['x'], [name]), msg(12, value(name)));
/** A model whose node has the given attributes. */
const withAttribute = (...parts: readonly Bytes[]) => file(node('Op', ['x'], ['y'], attribute(...parts)), X, Y);

function nested(depth: number): Bytes {
  let inner = concat(node('Identity', ['x'], ['z']), str(2, 'g'), msg(12, value('z')));
  for (let level = 0; level < depth; level++) {
    const name = `y${level}`;
    inner = concat(node('If', ['x'], [name], attribute(str(1, 'b'), msg(6, inner), num(20, 5))), msg(12, value(name)));
  }
  return file(inner, X);
}

/** Messages within messages of a kind that the reader passes over. */
function nestedFunctions(depth: number): Bytes {
  let inner = node('f0', ['x'], ['y']);
  for (let level = 0; level < depth; level++) inner = concat(str(1, `f${level}`), msg(7, inner));
  return around(msg(25, inner));
}

/** [what it is, its bytes, the code of the refusal, words that the message must contain]. */
const CORPUS: readonly (readonly [string, Bytes, string, ...string[]])[] = [
  // Not protobuf.
  ['no bytes at all', raw(), 'ONNX_MALFORMED', 'empty'],
  ['text', new TextEncoder().encode('<html>404 Not Found</html>'), 'ONNX_MALFORMED'],
  ['zeros', new Uint8Array(1000), 'ONNX_MALFORMED', 'field 0'],
  ['a gzip file', raw(0x1f, 0x8b, 8, 0, 0, 0, 0, 0), 'ONNX_MALFORMED'],
  ['a file cut in the middle', plain().subarray(0, 20), 'ONNX_MALFORMED', 'announces'],
  ['a file cut inside a number', concat(tag(1, 0), raw(0x88)), 'ONNX_MALFORMED', 'ends inside'],
  ['a group', concat(IR, raw((7 << 3) | 3, (7 << 3) | 4)), 'ONNX_MALFORMED', 'wire type 3'],
  ['an end of a group', concat(IR, raw((7 << 3) | 4)), 'ONNX_MALFORMED', 'wire type 4'],
  ['wire type 7', concat(IR, raw((7 << 3) | 7)), 'ONNX_MALFORMED', 'wire type 7'],
  ['a graph as a number', concat(IR, num(7, 1)), 'ONNX_MALFORMED', 'graph has wire type 0'],
  ['a number as bytes', str(1, 'eight'), 'ONNX_MALFORMED', 'ir_version has wire type 2'],
  ['a name as float', file(fixed32(2, 1)), 'ONNX_MALFORMED', 'name has wire type 5'],
  ['a tag beyond 32 bits', concat(raw(0xf8, 0xff, 0xff, 0xff, 0xff, 0x7f), IR), 'ONNX_MALFORMED'],
  ['an overlong tag', concat(raw(0x88, 0x80, 0x00), varint(8)), 'ONNX_MALFORMED', 'more bytes than it needs'],
  ['an overlong length', concat(IR, tag(7, 2), varint(2, 3), raw(0, 0)), 'ONNX_MALFORMED', 'more bytes than it needs'],
  ['an overlong value', concat(tag(1, 0), varint(8, 4)), 'ONNX_MALFORMED', 'more bytes than it needs'],
  ['a value of eleven bytes', concat(tag(1, 0), varint(8, 11)), 'ONNX_MALFORMED', 'more than ten bytes'],
  ['a value of 65 bits', concat(tag(1, 0), raw(...Array(9).fill(0xff), 3)), 'ONNX_MALFORMED', 'more than 64 bits'],
  ['a length past the end', concat(IR, lie(7, 100, raw(1, 2, 3))), 'ONNX_MALFORMED', 'announces 100 bytes where 3'],
  ['a length past the message', file(lie(1, 60, str(4, 'Relu')), X, Y), 'ONNX_MALFORMED', 'announces'],
  ['a length of 2^31 - 1', concat(IR, lie(7, 2 ** 31 - 1)), 'ONNX_MALFORMED', 'announces 2147483647'],
  ['a length of 2^32', concat(IR, lie(7, 2 ** 32)), 'ONNX_MALFORMED'],
  ['a negative length', concat(IR, lie(7, -1)), 'ONNX_MALFORMED'],
  ['a float past the end', file(node('Op', ['x'], ['y'], lie(5, 3, tag(2, 5), raw(0, 0)))), 'ONNX_MALFORMED'],
  ['a name that is not UTF-8', file(msg(2, raw(0xc3, 0x28)), COPY, X, Y), 'ONNX_MALFORMED', 'UTF-8'],
  ['a long name that is not UTF-8', file(msg(2, new Uint8Array(100).fill(0xff))), 'ONNX_MALFORMED', 'UTF-8'],
  ['a surrogate in a name', file(msg(2, raw(0xed, 0xa0, 0x80)), COPY, X, Y), 'ONNX_MALFORMED', 'UTF-8'],
  ['two graphs', concat(plain(), msg(7, COPY, X, Y)), 'ONNX_MALFORMED', 'graph occurs twice'],
  ['two IR versions', around(num(1, 3)), 'ONNX_MALFORMED', 'ir_version occurs twice'],
  ['two operators of one node', file(node('Op', ['x'], ['y'], str(4, 'Other'))), 'ONNX_MALFORMED', 'op_type occurs'],
  ['two raw data', plain(tensor(num(2, 2), dims(1), msg(9, raw(1)), msg(9, raw(2)))), 'ONNX_MALFORMED', 'raw_data'],
  ['packed floats cut short', plain(tensor(num(2, 1), dims(1), msg(4, raw(0, 0, 0)))), 'ONNX_MALFORMED', 'packed'],
  ['packed numbers cut short', plain(tensor(num(2, 6), dims(1), msg(5, raw(0x80)))), 'ONNX_MALFORMED', 'packed'],
  ['an unknown field of the model', around(num(30, 1)), 'ONNX_FIELD_UNSUPPORTED', 'field 30'],
  ['an unknown field of a node', file(node('Op', ['x'], ['y'], str(31, '')), X, Y), 'ONNX_FIELD_UNSUPPORTED'],
  ['a field number near 2^29', around(num(2 ** 29 - 1, 1)), 'ONNX_FIELD_UNSUPPORTED'],
  ['device configurations', file(node('Op', ['x'], ['y'], msg(10)), X, Y), 'ONNX_FIELD_UNSUPPORTED', 'device'],
  ['a configuration', around(msg(26)), 'ONNX_FIELD_UNSUPPORTED', 'configuration'],
  ['a segmented tensor', plain(tensor(num(2, 1), dims(1), msg(3, num(1, 0)))), 'ONNX_FIELD_UNSUPPORTED', 'segment'],
  // Versions.
  ['no IR version', concat(msg(7, COPY, X, Y), OPSET), 'ONNX_IR_UNSUPPORTED', 'missing'],
  ['IR version 2', concat(num(1, 2), msg(7, COPY, X, Y), OPSET), 'ONNX_IR_UNSUPPORTED', 'is 2'],
  ['IR version 14', concat(num(1, 14), msg(7, COPY, X, Y), OPSET), 'ONNX_IR_UNSUPPORTED', 'is 14'],
  ['a negative IR version', concat(num(1, -1), msg(7, COPY, X, Y), OPSET), 'ONNX_IR_UNSUPPORTED', '-1'],
  ['no operator set', concat(IR, msg(7, COPY, X, Y)), 'ONNX_OPSET_UNSUPPORTED', 'ai.onnx'],
  ['one operator set twice', around(msg(8, str(1, 'ai.onnx'), num(2, 11))), 'ONNX_OPSET_UNSUPPORTED', 'twice'],
  ['operator set 0', concat(IR, msg(7, COPY, X, Y), msg(8)), 'ONNX_OPSET_UNSUPPORTED', 'version 0'],
  ['a foreign domain', file(node('Op', ['x'], ['y'], str(7, 'evil')), X, Y), 'ONNX_OPSET_UNSUPPORTED', 'evil'],
  // What is not a plain graph.
  ['no graph', concat(IR, OPSET), 'ONNX_GRAPH_MISSING'],
  ['a graph without outputs', file(COPY, X), 'ONNX_GRAPH_MISSING', 'no outputs'],
  ['external data', plain(tensor(num(2, 1), dims(1), msg(13, str(1, 'location')))), 'ONNX_EXTERNAL_DATA', '"w"'],
  ['an external location', plain(tensor(num(2, 1), dims(1), num(14, 1))), 'ONNX_EXTERNAL_DATA', '"w"'],
  ['an unknown location', plain(tensor(num(2, 1), dims(1), num(14, 77))), 'ONNX_EXTERNAL_DATA'],
  ['a location within an attribute', withAttribute(str(1, 'value'), msg(5, num(14, 1))), 'ONNX_EXTERNAL_DATA', 'value'],
  ['a sparse tensor of 2^40 elements', plain(msg(15, msg(1), num(3, 2 ** 40))), 'ONNX_SPARSE_TENSOR'],
  ['a sparse attribute', withAttribute(str(1, 'v'), msg(22, num(3, 2 ** 40)), num(20, 11)), 'ONNX_SPARSE_TENSOR'],
  ['sparse attributes', withAttribute(str(1, 'v'), msg(23), num(20, 12)), 'ONNX_SPARSE_TENSOR'],
  ['a sparse input', file(COPY, msg(11, value('x', msg(2, msg(8)))), Y), 'ONNX_SPARSE_TENSOR'],
  ['a function', around(msg(25, str(1, 'f'))), 'ONNX_FUNCTION_UNSUPPORTED'],
  ['3,000 functions within each other', nestedFunctions(3000), 'ONNX_FUNCTION_UNSUPPORTED'],
  ['an overload', file(node('Op', ['x'], ['y'], str(8, 'v2')), X, Y), 'ONNX_FUNCTION_UNSUPPORTED', 'overload'],
  [
    'a reference to an attribute',
    withAttribute(str(1, 'a'), str(21, 'outer'), num(20, 2)),
    'ONNX_FUNCTION_UNSUPPORTED',
  ],
  ['training', around(msg(20)), 'ONNX_TRAINING_INFO_UNSUPPORTED'],
  ['a quantisation annotation', plain(msg(14, str(1, 'x'))), 'ONNX_QUANTIZATION_ANNOTATION'],
  // Types.
  ['a string tensor', plain(tensor(num(2, 8), dims(1), str(6, 'a'))), 'ONNX_ELEMENT_TYPE_UNSUPPORTED', 'STRING'],
  [
    'a float16 tensor',
    plain(tensor(num(2, 10), dims(1), msg(9, raw(0, 0)))),
    'ONNX_ELEMENT_TYPE_UNSUPPORTED',
    'FLOAT16',
  ],
  ['a bfloat16 input', file(COPY, msg(11, value('x', tensorType(16))), Y), 'ONNX_ELEMENT_TYPE_UNSUPPORTED', 'BFLOAT16'],
  ['an int4 tensor', plain(tensor(num(2, 22), dims(2), msg(9, raw(0)))), 'ONNX_ELEMENT_TYPE_UNSUPPORTED', 'INT4'],
  ['element type 99', plain(tensor(num(2, 99), dims(1))), 'ONNX_ELEMENT_TYPE_UNSUPPORTED', '99'],
  ['no element type', plain(tensor(dims(1))), 'ONNX_ELEMENT_TYPE_UNSUPPORTED', 'UNDEFINED'],
  ['a sequence', file(COPY, msg(11, value('x', msg(2, msg(4)))), Y), 'ONNX_TYPE_UNSUPPORTED', 'sequence_type'],
  ['a map', file(COPY, msg(11, value('x', msg(2, msg(5)))), Y), 'ONNX_TYPE_UNSUPPORTED', 'map_type'],
  ['an optional', file(COPY, msg(11, value('x', msg(2, msg(9)))), Y), 'ONNX_TYPE_UNSUPPORTED', 'optional_type'],
  ['an opaque type', file(COPY, msg(11, value('x', msg(2, msg(7)))), Y), 'ONNX_TYPE_UNSUPPORTED', 'opaque_type'],
  ['an input without a type', file(COPY, msg(11, str(1, 'x')), Y), 'ONNX_TYPE_UNSUPPORTED', '"x"'],
  // Tensors that lie.
  ['a short tensor', plain(tensor(num(2, 1), dims(2), msg(9, raw(0, 0, 0, 0)))), 'ONNX_TENSOR_MALFORMED', '1 of 2'],
  ['a long tensor', plain(tensor(num(2, 2), dims(1), msg(9, raw(0, 0)))), 'ONNX_TENSOR_MALFORMED', '2 of 1'],
  ['half an element', plain(tensor(num(2, 1), dims(1), msg(9, raw(0, 0, 0)))), 'ONNX_TENSOR_MALFORMED', '0.75 of 1'],
  [
    'a tensor of 2^25 floats in no bytes',
    plain(tensor(num(2, 1), dims(2 ** 12, 2 ** 12))),
    'ONNX_TENSOR_MALFORMED',
    '0 of',
  ],
  ['a negative dimension', plain(tensor(num(2, 1), dims(-1), msg(9))), 'ONNX_TENSOR_MALFORMED', '-1'],
  ['a negative dimension beside zero', plain(tensor(num(2, 1), dims(0, -5))), 'ONNX_TENSOR_MALFORMED', '-5'],
  [
    'a declared dimension below zero',
    file(COPY, X, msg(12, value('y', tensorType(1, dim(num(1, -1)))))),
    'ONNX_TENSOR_MALFORMED',
  ],
  [
    'a dimension with size and name',
    file(COPY, X, msg(12, value('y', tensorType(1, dim(num(1, 1), str(2, 'N')))))),
    'ONNX_TENSOR_MALFORMED',
  ],
  [
    'typed and raw data',
    plain(tensor(num(2, 1), dims(1), msg(9, raw(0, 0, 0, 0)), fixed32(4, 1))),
    'ONNX_TENSOR_MALFORMED',
  ],
  ['floats in int32_data', plain(tensor(num(2, 1), dims(1), num(5, 1))), 'ONNX_TENSOR_MALFORMED', 'float32'],
  ['256 as uint8', plain(tensor(num(2, 2), dims(1), num(5, 256))), 'ONNX_TENSOR_MALFORMED', '256'],
  ['-129 as int8', plain(tensor(num(2, 3), dims(1), msg(5, varint(-129)))), 'ONNX_TENSOR_MALFORMED', '-129'],
  ['2 as bool', plain(tensor(num(2, 9), dims(1), num(5, 2))), 'ONNX_TENSOR_MALFORMED', 'no bool'],
  ['2 as raw bool', plain(tensor(num(2, 9), dims(1), msg(9, raw(2)))), 'ONNX_TENSOR_MALFORMED', 'neither 0 nor 1'],
  [
    'an initializer of another type than its input',
    plain(msg(11, value('w')), tensor(num(2, 2), dims(1), msg(9, raw(1)))),
    'ONNX_TENSOR_MALFORMED',
  ],
  ['a dimension of 2^60', plain(tensor(num(2, 1), dims(2n ** 60n))), 'ONNX_INTEGER_TOO_LARGE', '1152921504606846976'],
  [
    'dimensions that overflow 2^64',
    plain(tensor(num(2, 1), dims(2 ** 52, 2 ** 52))),
    'ONNX_BUDGET_EXCEEDED',
    'maxTensorElements',
  ],
  ['2^31 elements', plain(tensor(num(2, 2), dims(2 ** 31))), 'ONNX_BUDGET_EXCEEDED', '2147483648'],
  ['a large dimension beside zero', plain(tensor(num(2, 1), dims(0, 2 ** 50))), 'ONNX_BUDGET_EXCEEDED'],
  [
    '65,536 doubles of nothing, a thousand times',
    plain(repeat(1000, tensor(num(2, 11), dims(2 ** 16)))),
    'ONNX_TENSOR_MALFORMED',
  ],
  ['rank 9', plain(tensor(num(2, 1), dims(1, 1, 1, 1, 1, 1, 1, 1, 1))), 'ONNX_BUDGET_EXCEEDED', 'maxDims'],
  [
    'a declared rank of 9',
    file(COPY, X, msg(12, value('y', tensorType(1, ...Array<Bytes>(9).fill(dim()))))),
    'ONNX_BUDGET_EXCEEDED',
    'maxDims',
  ],
  // Attributes.
  ['an attribute without a name', withAttribute(num(3, 1), num(20, 2)), 'ONNX_NAME_MISSING'],
  ['an attribute without a type', withAttribute(str(1, 'a'), num(3, 1)), 'ONNX_ATTRIBUTE_MALFORMED', '"a"', '(Op)'],
  ['an attribute of type 99', withAttribute(str(1, 'a'), num(20, 99)), 'ONNX_ATTRIBUTE_MALFORMED', '99'],
  [
    'an int with a float',
    withAttribute(str(1, 'a'), fixed32(2, 1), num(20, 2)),
    'ONNX_ATTRIBUTE_MALFORMED',
    'value in f',
  ],
  ['two values', withAttribute(str(1, 'a'), num(3, 1), num(8, 1), num(20, 2)), 'ONNX_ATTRIBUTE_MALFORMED', 'ints'],
  [
    'a tensor attribute without a tensor',
    withAttribute(str(1, 'a'), num(20, 4)),
    'ONNX_ATTRIBUTE_MALFORMED',
    'no value',
  ],
  ['a list of graphs', withAttribute(str(1, 'a'), msg(11), num(20, 10)), 'ONNX_ATTRIBUTE_MALFORMED', 'graphs'],
  ['a list of tensors', withAttribute(str(1, 'a'), msg(10), num(20, 9)), 'ONNX_ATTRIBUTE_MALFORMED', 'tensors'],
  ['a type attribute', withAttribute(str(1, 'a'), msg(14), num(20, 13)), 'ONNX_ATTRIBUTE_MALFORMED', 'tp'],
  [
    'block size 2^63 - 1',
    withAttribute(str(1, 'blocksize'), num(3, 2n ** 63n - 1n), num(20, 2)),
    'ONNX_INTEGER_TOO_LARGE',
    'blocksize',
  ],
  [
    'the least int64',
    withAttribute(str(1, 'a'), num(8, -(2n ** 63n)), num(20, 7)),
    'ONNX_INTEGER_TOO_LARGE',
    '-9223372036854775808',
  ],
  [
    'one attribute twice',
    file(node('Op', ['x'], ['y'], ...Array<Bytes>(2).fill(attribute(str(1, 'a'), num(20, 2)))), X, Y),
    'ONNX_NAME_DUPLICATE',
    '"a"',
  ],
  // Names.
  ['one initializer twice', plain(...Array<Bytes>(2).fill(tensor(num(2, 2), dims(0)))), 'ONNX_NAME_DUPLICATE', '"w"'],
  ['one input twice', plain(X), 'ONNX_NAME_DUPLICATE', '"x"'],
  ['one output of two nodes', plain(COPY), 'ONNX_NAME_DUPLICATE', '"y"'],
  ['one output of one node twice', file(node('Split', ['x'], ['y', 'y']), X, Y), 'ONNX_NAME_DUPLICATE', '"y"'],
  ['one output listed twice', plain(Y), 'ONNX_NAME_DUPLICATE', '"y"'],
  [
    'a node that overwrites an input',
    file(node('Neg', ['x'], ['x']), X, msg(12, value('x'))),
    'ONNX_NAME_DUPLICATE',
    '"x"',
  ],
  [
    'a subgraph that hides a value',
    file(
      node(
        'If',
        ['x'],
        ['y'],
        attribute(str(1, 'b'), msg(6, node('Neg', ['x'], ['x']), msg(12, value('x'))), num(20, 5)),
      ),
      X,
      Y,
    ),
    'ONNX_NAME_DUPLICATE',
    '"x"',
    'subgraph',
  ],
  [
    'a subgraph whose input is a constant',
    file(
      node(
        'If',
        ['x'],
        ['y'],
        attribute(
          str(1, 'b'),
          msg(6, msg(11, value('w')), tensor(num(2, 1), dims(0)), msg(12, value('w'))),
          num(20, 5),
        ),
      ),
      X,
      Y,
    ),
    'ONNX_NAME_DUPLICATE',
    '"w"',
  ],
  ['metadata twice', around(msg(14, str(1, 'k')), msg(14, str(1, 'k'))), 'ONNX_NAME_DUPLICATE', '"k"'],
  ['an unnamed initializer', plain(msg(5, num(2, 2), dims(0))), 'ONNX_NAME_MISSING'],
  ['an unnamed input', plain(msg(11, value(''))), 'ONNX_NAME_MISSING'],
  ['a node without an operator', file(msg(1, str(1, 'x'), str(2, 'y')), X, Y), 'ONNX_NAME_MISSING', 'no operator'],
  ['a node without outputs', plain(node('Neg', ['x'], [])), 'ONNX_NAME_MISSING', 'no output'],
  [
    'an undefined input',
    file(node('Neg', ['ghost'], ['y']), X, Y),
    'ONNX_VALUE_UNDEFINED',
    '"ghost"',
    'nothing computes',
  ],
  ['an undefined output', file(COPY, X, msg(12, value('ghost'))), 'ONNX_VALUE_UNDEFINED', '"ghost"'],
  ['unsorted nodes', file(node('Neg', ['a'], ['y']), node('Neg', ['x'], ['a']), X, Y), 'ONNX_VALUE_UNDEFINED', 'later'],
  ['a circle', file(node('Neg', ['y'], ['a']), node('Neg', ['a'], ['y']), X, Y), 'ONNX_VALUE_UNDEFINED', '"y"'],
  [
    'a value of a subgraph used outside',
    file(
      node(
        'If',
        ['x'],
        ['z'],
        attribute(str(1, 'b'), msg(6, node('Neg', ['x'], ['in']), msg(12, value('in'))), num(20, 5)),
      ),
      node('Neg', ['in'], ['y']),
      X,
      Y,
    ),
    'ONNX_VALUE_UNDEFINED',
    '"in"',
  ],
  [
    'a subgraph that returns an outer value',
    file(node('If', ['x'], ['y'], attribute(str(1, 'b'), msg(6, msg(12, value('x'))), num(20, 5))), X, Y),
    'ONNX_VALUE_UNDEFINED',
    '"x"',
  ],
  // Too much.
  ['five levels of subgraphs', nested(5), 'ONNX_BUDGET_EXCEEDED', 'maxDepth'],
  ['3,000 levels of subgraphs', nested(3000), 'ONNX_BUDGET_EXCEEDED', 'maxDepth'],
  ['20,001 empty nodes', file(repeat(20_001, msg(1, str(4, 'A')))), 'ONNX_BUDGET_EXCEEDED', 'maxNodes'],
  ['200,001 inputs of a node', file(msg(1, repeat(200_001, str(1, '')))), 'ONNX_BUDGET_EXCEEDED', 'maxValues'],
  [
    '100,001 integers',
    withAttribute(str(1, 'a'), msg(8, new Uint8Array(100_001))),
    'ONNX_BUDGET_EXCEEDED',
    'maxAttributeValues',
  ],
  ['a name of 1,025 bytes', file(str(2, 'n'.repeat(1025))), 'ONNX_BUDGET_EXCEEDED', 'maxNameBytes'],
  [
    'a text of 65,537 bytes',
    withAttribute(str(1, 'a'), str(4, 'n'.repeat(65_537))),
    'ONNX_BUDGET_EXCEEDED',
    'maxTextBytes',
  ],
  [
    '4,353 entries of metadata',
    concat(IR, ...Array.from({ length: 4_353 }, (_, i) => msg(14, str(1, `${i}`)))),
    'ONNX_BUDGET_EXCEEDED',
    'maxMetadata',
  ],
  ['33 operator sets', concat(IR, repeat(33, OPSET)), 'ONNX_BUDGET_EXCEEDED', 'maxOpsets'],
];

/** Bytes of heap and buffers in use; a lower bound of what a call allocated when nothing was collected between. */
const inUse = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

function refusal(bytes: Bytes): { error: unknown; milliseconds: number; grown: number } {
  const [memory, start] = [inUse(), performance.now()];
  let error: unknown;
  try {
    decodeModel(bytes);
  } catch (caught) {
    error = caught;
  }
  return { error, milliseconds: performance.now() - start, grown: inUse() - memory };
}

describe('decodeModel on hostile bytes', () => {
  it('default: the corpus differs from a model that is accepted', () => {
    const model = decodeModel(plain());
    assert.deepEqual(decodeModel(encodeModel(model)), model);
    assert.ok(CORPUS.length >= 40);
  });

  for (const [what, bytes, code, ...words] of CORPUS) {
    it(`error: ${code} on ${what}`, () => {
      // The best of three: other processes may hold the machine while one of them runs.
      const attempts = [refusal(bytes), refusal(bytes), refusal(bytes)];
      const { error } = attempts[0]!;
      assert.ok(error instanceof ProtocolError, String(error));
      assert.equal(error.code, code, error.message);
      for (const word of words) assert.ok(error.message.includes(word), `${error.message} lacks ${word}`);
      assert.ok(error.message.length < 1000 && /^[ -~…]*$/.test(error.message), error.message);
      const [milliseconds, grown] = (['milliseconds', 'grown'] as const).map((key) =>
        Math.min(...attempts.map((attempt) => attempt[key])),
      );
      assert.ok(milliseconds! < 50, `${milliseconds} ms`);
      assert.ok(grown! < 50 * 2 ** 20, `${grown} bytes`);
    });
  }

  it('error: ONNX_BUDGET_EXCEEDED on a file over maxBytes, before a byte of it is read', () => {
    const bytes = new Uint8Array(DEFAULT_BUDGET.maxBytes + 1);
    assert.throws(() => decodeModel(bytes), { code: 'ONNX_BUDGET_EXCEEDED' });
  });

  it('error: ONNX_BUDGET_EXCEEDED names each bound of a tighter budget', () => {
    const rich = file(
      node(
        'Op',
        ['x'],
        ['y'],
        attribute(str(1, 'a'), num(8, 1), num(20, 7)),
        attribute(str(1, 'b'), str(4, 'text'), num(20, 3)),
      ),
      node('If', ['x'], ['z'], attribute(str(1, 'g'), msg(6, copyTo('inner')), num(20, 5))),
      X,
      Y,
      tensor(num(2, 1), dims(1), msg(9, raw(0, 0, 0, 0))),
    );
    const bytes = concat(rich, msg(14, str(1, 'k'), str(2, 'value')));
    decodeModel(bytes);
    for (const bound of Object.keys(DEFAULT_BUDGET) as (keyof ModelBudget)[]) {
      assert.throws(
        () => decodeModel(bytes, { ...DEFAULT_BUDGET, [bound]: 0 }),
        (error) => error instanceof OnnxBudgetExceeded && error.meta['budget'] === bound,
        bound,
      );
    }
  });

  it('behavior: does not read past the bytes it was given', () => {
    const bytes = plain();
    const view = concat(bytes, raw(1, 2, 3)).subarray(0, bytes.length);
    assert.deepEqual(decodeModel(view), decodeModel(bytes));
    assert.throws(() => decodeModel(concat(bytes, raw(1)).subarray(0, bytes.length - 1)), OnnxMalformed);
  });

  it('behavior: keeps no reference to the bytes it was given', () => {
    const bytes = plain(tensor(num(2, 2), dims(2), msg(9, raw(7, 8))));
    const model = decodeModel(bytes);
    bytes.fill(0);
    assert.deepEqual(model.graph.initializers.get('w')?.data, new Uint8Array([7, 8]));
  });

  it('behavior: escapes what a terminal would obey', () => {
    assert.equal(quote('a\u001b[2J\u202e"'), '"a\\u001b[2J\\u202e\\""');
    assert.equal(quote('n'.repeat(100)).length, 83);
  });
});
