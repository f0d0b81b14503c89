import { Writer } from 'protobufjs/minimal.js';
import { invariant } from '../errors.ts';
import { DTYPES, type Tensor, tensorBytes } from '../tensor/tensor.ts';
import { BYTES, FIXED32, VARINT } from './cursor.ts';
import {
  ATTRIBUTE,
  ATTRIBUTE_TYPE,
  DIM,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './fields.ts';
import type { Attribute, Dim, Graph, Model, Node, ValueInfo } from './model.ts';

type Write = (writer: Writer) => void;

const tag = (writer: Writer, field: number, wire: number): Writer => writer.uint32((field << 3) | wire);

function message(writer: Writer, field: number, write: Write): void {
  tag(writer, field, BYTES).fork();
  write(writer);
  writer.ldelim();
}

function text(writer: Writer, field: number, value: string): void {
  invariant(value.isWellFormed(), `a name or text is not well-formed Unicode: ${JSON.stringify(value.slice(0, 80))}`);
  tag(writer, field, BYTES).string(value);
}

/** Empty names are left out: absent and empty mean the same. */
function optionalText(writer: Writer, field: number, value: string): void {
  if (value !== '') text(writer, field, value);
}

function integer(writer: Writer, field: number, value: number): void {
  invariant(Number.isSafeInteger(value), `${value} in field ${field} is not an integer below 2^53`);
  tag(writer, field, VARINT).int64(value);
}

const float = (writer: Writer, field: number, value: number): void => {
  tag(writer, field, FIXED32).float(value);
};

function writeTensor(writer: Writer, tensor: Tensor, name: string): void {
  for (const dim of tensor.dims) integer(writer, TENSOR.dims, dim);
  integer(writer, TENSOR.dataType, DTYPES[tensor.dtype].onnx);
  optionalText(writer, TENSOR.name, name);
  tag(writer, TENSOR.rawData, BYTES).bytes(tensorBytes(tensor));
}

function writeDim(writer: Writer, dim: Dim): void {
  if (typeof dim === 'number') integer(writer, DIM.value, dim);
  else if (dim !== null) text(writer, DIM.param, dim);
}

function writeType(writer: Writer, { dtype, dims }: Omit<ValueInfo, 'name'>): void {
  message(writer, TYPE.tensor, (type) => {
    integer(type, TENSOR_TYPE.elemType, DTYPES[dtype].onnx);
    if (dims === null) return;
    message(type, TENSOR_TYPE.shape, (shape) => {
      for (const dim of dims) message(shape, SHAPE.dim, (inner) => writeDim(inner, dim));
    });
  });
}

function writeValue(writer: Writer, value: ValueInfo): void {
  text(writer, VALUE_INFO.name, value.name);
  message(writer, VALUE_INFO.type, (type) => writeType(type, value));
}

/** Writes the value of an attribute; lists are not packed, as in proto2. */
function writeAttributeValue(writer: Writer, attribute: Attribute, irVersion: number): void {
  const { type, value } = attribute;
  if (type === 'float') float(writer, ATTRIBUTE.f, value);
  else if (type === 'int') integer(writer, ATTRIBUTE.i, value);
  else if (type === 'string') text(writer, ATTRIBUTE.s, value);
  else if (type === 'tensor') message(writer, ATTRIBUTE.t, (inner) => writeTensor(inner, value, ''));
  else if (type === 'graph') message(writer, ATTRIBUTE.g, (inner) => writeGraph(inner, value, irVersion));
  else if (type === 'floats') for (const element of value) float(writer, ATTRIBUTE.floats, element);
  else if (type === 'ints') for (const element of value) integer(writer, ATTRIBUTE.ints, element);
  else for (const element of value) text(writer, ATTRIBUTE.strings, element);
}

function writeNode(writer: Writer, node: Node, irVersion: number): void {
  for (const name of node.inputs) text(writer, NODE.input, name);
  for (const name of node.outputs) text(writer, NODE.output, name);
  optionalText(writer, NODE.name, node.name);
  text(writer, NODE.opType, node.op);
  for (const [name, attribute] of node.attributes) {
    message(writer, NODE.attribute, (inner) => {
      text(inner, ATTRIBUTE.name, name);
      writeAttributeValue(inner, attribute, irVersion);
      integer(inner, ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.type]);
    });
  }
  optionalText(writer, NODE.domain, node.domain);
}

/** Up to IR 3 every initializer is an input as well. */
const listedInputs = (graph: Graph, irVersion: number): readonly ValueInfo[] =>
  irVersion > 3
    ? graph.inputs
    : [...graph.inputs, ...[...graph.initializers].map(([name, { dtype, dims }]) => ({ name, dtype, dims }))];

function writeGraph(writer: Writer, graph: Graph, irVersion: number): void {
  for (const node of graph.nodes) message(writer, GRAPH.node, (inner) => writeNode(inner, node, irVersion));
  optionalText(writer, GRAPH.name, graph.name);
  for (const [name, tensor] of graph.initializers) {
    message(writer, GRAPH.initializer, (inner) => writeTensor(inner, tensor, name));
  }
  for (const input of listedInputs(graph, irVersion)) message(writer, GRAPH.input, (inner) => writeValue(inner, input));
  for (const output of graph.outputs) message(writer, GRAPH.output, (inner) => writeValue(inner, output));
}

/**
 * The canonical bytes of a model: fields in ascending order, tensors as raw little-endian data, lists and maps in
 * their given order, empty names left out. Equal models give equal bytes, and decoding them gives an equal model.
 */
export function encodeModel(model: Model): Uint8Array {
  const writer = new Writer();
  integer(writer, MODEL.irVersion, model.irVersion);
  optionalText(writer, MODEL.producerName, model.producerName);
  optionalText(writer, MODEL.producerVersion, model.producerVersion);
  message(writer, MODEL.graph, (graph) => writeGraph(graph, model.graph, model.irVersion));
  for (const { domain, version } of model.opsets) {
    message(writer, MODEL.opsetImport, (opset) => {
      text(opset, OPSET.domain, domain);
      integer(opset, OPSET.version, version);
    });
  }
  for (const [key, value] of model.metadata) {
    message(writer, MODEL.metadata, (entry) => {
      text(entry, ENTRY.key, key);
      text(entry, ENTRY.value, value);
    });
  }
  // The library may hand out a piece of a larger pool; the copy owns its buffer.
  return new Uint8Array(writer.finish(true));
}
