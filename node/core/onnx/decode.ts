import type { Tensor } from '../tensor/tensor.ts';
import { DEFAULT_BUDGET, type ModelBudget } from './budget.ts';
import { checkModel } from './checkModel.ts';
import { BYTES, Cursor } from './cursor.ts';
import { decodeAttribute } from './decodeAttribute.ts';
import { decodeTensor } from './decodeTensor.ts';
import { decodeValue } from './decodeValue.ts';
import {
  OnnxBudgetExceeded,
  OnnxFieldUnsupported,
  OnnxFunctionUnsupported,
  OnnxGraphMissing,
  OnnxIrUnsupported,
  OnnxMalformed,
  OnnxNameDuplicate,
  OnnxNameMissing,
  OnnxQuantizationAnnotation,
  OnnxSparseTensor,
  OnnxTensorMalformed,
  OnnxTrainingInfoUnsupported,
} from './errors.ts';
import { ENTRY, GRAPH, MODEL, NODE, OPSET } from './fields.ts';
import type { Attribute, Graph, Model, Node, OpsetImport, ValueInfo } from './model.ts';
import { fields, ignored, integer, many, one, refused, text } from './rules.ts';

/**
 * IR versions that this reader knows: 3 is the first that tools of the last eight years wrote, 13 the last whose
 * fields were checked against this reader. What later ones of these added is refused by field.
 */
export const IR_VERSIONS = { oldest: 3, newest: 13 } as const;

/** ai.onnx is the long name of the default domain. */
const domainOf = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

interface NodeDraft {
  op: string;
  domain: string;
  name: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Map<string, Attribute>;
  /** Subgraph level of the graph around the node. */
  readonly depth: number;
}

function readName(cursor: Cursor): string {
  cursor.spend('maxValues');
  return cursor.text('maxNameBytes');
}

function readAttribute(cursor: Cursor, { attributes, depth }: NodeDraft): void {
  cursor.spend('maxAttributes');
  const { name, attribute } = decodeAttribute(cursor, attributes.size, (inner) => {
    inner.limit('maxDepth', depth + 1);
    return decodeGraph(inner, 'g', depth + 1);
  });
  if (name === '') throw new OnnxNameMissing(cursor.where(), 'an attribute without a name');
  if (attributes.has(name)) throw new OnnxNameDuplicate(cursor.where(), 'attribute', name);
  attributes.set(name, attribute);
}

const NODE_FIELDS = fields<NodeDraft>(
  [NODE.input, many('input', (cursor, draft) => void draft.inputs.push(readName(cursor)))],
  [NODE.output, many('output', (cursor, draft) => void draft.outputs.push(readName(cursor)))],
  [
    NODE.name,
    text('name', (draft, value) => {
      draft.name = value;
    }),
  ],
  [
    NODE.opType,
    text('op_type', (draft, value) => {
      draft.op = value;
    }),
  ],
  [NODE.attribute, many('attribute', readAttribute)],
  [NODE.docString, ignored('doc_string')],
  [
    NODE.domain,
    text('domain', (draft, value) => {
      draft.domain = domainOf(value);
    }),
  ],
  [
    NODE.overload,
    one('overload', BYTES, (cursor) => {
      if (cursor.text('maxNameBytes') !== '') throw new OnnxFunctionUnsupported(cursor.where('overload'));
    }),
  ],
  [NODE.metadata, ignored('metadata_props')],
  [
    NODE.deviceConfigurations,
    refused('device_configurations', (where) => new OnnxFieldUnsupported(where, 'splits the node over devices')),
  ],
);

function decodeNode(cursor: Cursor, index: number, depth: number): Node {
  const empty: NodeDraft = { op: '', domain: '', name: '', inputs: [], outputs: [], attributes: new Map(), depth };
  return cursor.message(NODE_FIELDS, empty, 'node', index, ({ op, domain, name, inputs, outputs, attributes }) => {
    if (op === '') throw new OnnxNameMissing(cursor.where(), 'no operator');
    return { op, domain, name, inputs, outputs, attributes };
  });
}

interface GraphDraft {
  name: string;
  readonly nodes: Node[];
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly initializers: Map<string, Tensor>;
  readonly depth: number;
}

function readInitializer(cursor: Cursor, { initializers }: GraphDraft): void {
  cursor.spend('maxValues');
  const { name, tensor } = decodeTensor(cursor, 'initializer', initializers.size);
  if (initializers.has(name)) throw new OnnxNameDuplicate(cursor.where(), 'initializer', name);
  initializers.set(name, tensor);
}

function readValue(cursor: Cursor, field: string, values: ValueInfo[]): void {
  cursor.spend('maxValues');
  values.push(decodeValue(cursor, field, values.length));
}

const GRAPH_FIELDS = fields<GraphDraft>(
  [
    GRAPH.node,
    many('node', (cursor, { nodes, depth }) => {
      cursor.spend('maxNodes');
      nodes.push(decodeNode(cursor, nodes.length, depth));
    }),
  ],
  [
    GRAPH.name,
    text('name', (draft, value) => {
      draft.name = value;
    }),
  ],
  [GRAPH.initializer, many('initializer', readInitializer)],
  [GRAPH.docString, ignored('doc_string')],
  [GRAPH.input, many('input', (cursor, { inputs }) => readValue(cursor, 'input', inputs))],
  [GRAPH.output, many('output', (cursor, { outputs }) => readValue(cursor, 'output', outputs))],
  [GRAPH.valueInfo, ignored('value_info')],
  [GRAPH.quantizationAnnotation, refused('quantization_annotation', (where) => new OnnxQuantizationAnnotation(where))],
  [GRAPH.sparseInitializer, refused('sparse_initializer', (where) => new OnnxSparseTensor(where))],
  [GRAPH.metadata, ignored('metadata_props')],
);

/**
 * The inputs that must be fed. Up to IR 3 the initializers are repeated among the inputs; later that spelling means a
 * default that may be overridden, which is read as the constant it is by default.
 */
function fedInputs(cursor: Cursor, { inputs, initializers }: GraphDraft): ValueInfo[] {
  return inputs.filter(({ name, dtype }) => {
    const constant = initializers.get(name);
    if (constant !== undefined && constant.dtype !== dtype) {
      throw new OnnxTensorMalformed(cursor.where(), `declares an input as ${dtype} and gives it as ${constant.dtype}`);
    }
    return constant === undefined;
  });
}

function decodeGraph(cursor: Cursor, field: string, depth: number): Graph {
  const empty: GraphDraft = { name: '', nodes: [], inputs: [], outputs: [], initializers: new Map(), depth };
  return cursor.message(GRAPH_FIELDS, empty, field, undefined, (draft) => {
    const { name, nodes, outputs, initializers } = draft;
    // In a subgraph inputs count by position: none may be dropped, so checkModel refuses the double name.
    const inputs = depth === 0 ? fedInputs(cursor, draft) : draft.inputs;
    return { name, nodes, inputs, outputs, initializers };
  });
}

const OPSET_FIELDS = fields<{ domain: string; version: number }>(
  [
    OPSET.domain,
    text('domain', (draft, value) => {
      draft.domain = domainOf(value);
    }),
  ],
  [
    OPSET.version,
    integer('version', (draft, value) => {
      draft.version = value;
    }),
  ],
);

const ENTRY_FIELDS = fields<{ key: string; value: string }>(
  [
    ENTRY.key,
    text('key', (draft, value) => {
      draft.key = value;
    }),
  ],
  [
    ENTRY.value,
    text(
      'value',
      (draft, value) => {
        draft.value = value;
      },
      'maxTextBytes',
    ),
  ],
);

interface ModelDraft {
  irVersion: number | undefined;
  producerName: string;
  producerVersion: string;
  readonly opsets: OpsetImport[];
  graph: Graph | undefined;
  readonly metadata: Map<string, string>;
}

function readOpset(cursor: Cursor, { opsets }: ModelDraft): void {
  cursor.limit('maxOpsets', opsets.length + 1);
  const empty = { domain: '', version: 0 };
  opsets.push(cursor.message(OPSET_FIELDS, empty, 'opset_import', opsets.length, (draft) => draft));
}

function readMetadata(cursor: Cursor, { metadata }: ModelDraft): void {
  cursor.limit('maxMetadata', metadata.size + 1);
  const empty = { key: '', value: '' };
  const { key, value } = cursor.message(ENTRY_FIELDS, empty, 'metadata_props', metadata.size, (draft) => draft);
  if (metadata.has(key)) throw new OnnxNameDuplicate(cursor.where(), 'metadata key', key);
  metadata.set(key, value);
}

const MODEL_FIELDS = fields<ModelDraft>(
  [
    MODEL.irVersion,
    integer('ir_version', (draft, value) => {
      draft.irVersion = value;
    }),
  ],
  [
    MODEL.producerName,
    text('producer_name', (draft, value) => {
      draft.producerName = value;
    }),
  ],
  [
    MODEL.producerVersion,
    text('producer_version', (draft, value) => {
      draft.producerVersion = value;
    }),
  ],
  [MODEL.domain, ignored('domain')],
  [MODEL.modelVersion, ignored('model_version', 0)],
  [MODEL.docString, ignored('doc_string')],
  [
    MODEL.graph,
    one('graph', BYTES, (cursor, draft) => {
      draft.graph = decodeGraph(cursor, 'graph', 0);
    }),
  ],
  [MODEL.opsetImport, many('opset_import', readOpset)],
  [MODEL.metadata, many('metadata_props', readMetadata)],
  [MODEL.trainingInfo, refused('training_info', (where) => new OnnxTrainingInfoUnsupported(where))],
  [MODEL.functions, refused('functions', (where) => new OnnxFunctionUnsupported(where))],
  [
    MODEL.configuration,
    refused('configuration', (where) => new OnnxFieldUnsupported(where, 'splits the model over devices')),
  ],
);

/**
 * Reads an ONNX file within a budget and checks it: what it returns is bounded, in static single assignment form,
 * sorted, and free of anything outside the file. Fields without effect on the result (documentation, annotations,
 * shapes of inner values, model domain and version) are dropped; every field that is not known is refused.
 * Element data are copied, so the caller may reuse `bytes`.
 *
 * What a runtime should be given is `encodeModel(decodeModel(bytes))`: then it cannot read the bytes in another way.
 * @throws {ProtocolError} one of the classes in errors.ts; nothing else, whatever the bytes
 */
export function decodeModel(bytes: Uint8Array, budget: ModelBudget = DEFAULT_BUDGET): Model {
  if (bytes.length > budget.maxBytes) {
    throw new OnnxBudgetExceeded('maxBytes', 'the file', bytes.length, budget.maxBytes);
  }
  if (bytes.length === 0) throw new OnnxMalformed('the model', 'the file is empty');
  const cursor = new Cursor(bytes, budget);
  const draft: ModelDraft = {
    irVersion: undefined,
    producerName: '',
    producerVersion: '',
    opsets: [],
    graph: undefined,
    metadata: new Map(),
  };
  cursor.root(MODEL_FIELDS, draft);
  const { irVersion, graph } = draft;
  if (irVersion === undefined || irVersion < IR_VERSIONS.oldest || irVersion > IR_VERSIONS.newest) {
    throw new OnnxIrUnsupported(irVersion, IR_VERSIONS.oldest, IR_VERSIONS.newest);
  }
  if (graph === undefined) throw new OnnxGraphMissing('the file', 'has no graph');
  const model: Model = { ...draft, irVersion, graph };
  checkModel(model);
  return model;
}
