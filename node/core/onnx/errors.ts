import { type Complaint, ProtocolError } from '../errors.ts';
import type { ModelBudget } from './budget.ts';

type Meta = NonNullable<Complaint['meta']>;

/** A name from a file, safe to print: quoted, cut at 80 characters, everything but printable ASCII escaped. */
export const quote = (name: string): string =>
  JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name).replace(
    /[^ -~…]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const REFUSED = 'The ONNX file was refused';
const EXPORT_AGAIN = 'Export the model again with the tool that wrote it, and compare the hash of the file.';

/** More of something than {@link ModelBudget} allows; `meta.budget` names the bound. */
export class OnnxBudgetExceeded extends ProtocolError {
  override readonly code = 'ONNX_BUDGET_EXCEEDED';
  constructor(budget: keyof ModelBudget, where: string, actual: number, bound: number) {
    super({
      what: 'The ONNX file is too large',
      why: `${where} needs ${budget} of at least ${actual}, the bound is ${bound}`,
      fix: `Publish a smaller model, or raise ${budget} if you trust its author.`,
      meta: { budget, where, actual, bound },
    });
  }
}

/** Bytes that are not a well-formed protobuf message of the expected fields. */
export class OnnxMalformed extends ProtocolError {
  override readonly code = 'ONNX_MALFORMED';
  constructor(where: string, why: string, cause?: unknown) {
    super({
      what: 'Not an ONNX file, or a damaged one',
      why: `${where}: ${why}`,
      fix: EXPORT_AGAIN,
      meta: { where },
      cause,
    });
  }
}

/** A field that this reader does not know, so its effect on the result is unknown as well. */
export class OnnxFieldUnsupported extends ProtocolError {
  override readonly code = 'ONNX_FIELD_UNSUPPORTED';
  constructor(where: string, why: string) {
    super({
      what: REFUSED,
      why: `${where} ${why}`,
      fix: 'Export the model without this feature, for an IR version of at most 13.',
      meta: { where },
    });
  }
}

/** An IR version outside the supported range. */
export class OnnxIrUnsupported extends ProtocolError {
  override readonly code = 'ONNX_IR_UNSUPPORTED';
  constructor(actual: number | undefined, oldest: number, newest: number) {
    super({
      what: REFUSED,
      why: `its IR version is ${actual ?? 'missing'}, supported are ${oldest} to ${newest}`,
      fix: 'Convert the model with onnx.version_converter, or export it with another version of the tool.',
      meta: { actual, oldest, newest },
    });
  }
}

/** An operator set that is missing, imported twice or outside the supported range. */
export class OnnxOpsetUnsupported extends ProtocolError {
  override readonly code = 'ONNX_OPSET_UNSUPPORTED';
  constructor(domain: string, why: string, meta: Meta = {}) {
    super({
      what: REFUSED,
      why: `operator set ${quote(domain === '' ? 'ai.onnx' : domain)} ${why}`,
      fix: 'Export the model for one supported version of ai.onnx, e.g. opset_version=17.',
      meta: { ...meta, domain },
    });
  }
}

/** A file without a graph, or a graph that computes nothing. */
export class OnnxGraphMissing extends ProtocolError {
  override readonly code = 'ONNX_GRAPH_MISSING';
  constructor(where: string, why: string) {
    super({ what: 'The ONNX file holds no model', why: `${where} ${why}`, fix: EXPORT_AGAIN, meta: { where } });
  }
}

/** Weights outside the file: a path that a runtime would open on the machine that loads the model. */
export class OnnxExternalData extends ProtocolError {
  override readonly code = 'ONNX_EXTERNAL_DATA';
  constructor(where: string) {
    super({
      what: REFUSED,
      why: `${where} keeps data outside the file`,
      fix: 'Save the model as one file: onnx.save(model, path, save_as_external_data=False).',
      meta: { where },
    });
  }
}

/** A sparse tensor: few bytes that stand for any amount of memory. */
export class OnnxSparseTensor extends ProtocolError {
  override readonly code = 'ONNX_SPARSE_TENSOR';
  constructor(where: string) {
    super({
      what: REFUSED,
      why: `${where} is a sparse tensor`,
      fix: 'Store the weights as dense initializers.',
      meta: { where },
    });
  }
}

/** Functions local to the model: inlining them can grow without bound. */
export class OnnxFunctionUnsupported extends ProtocolError {
  override readonly code = 'ONNX_FUNCTION_UNSUPPORTED';
  constructor(where: string) {
    super({
      what: REFUSED,
      why: `${where}: functions local to the model are not supported`,
      fix: 'Inline the functions first: onnx.inliner.inline_local_functions(model).',
      meta: { where },
    });
  }
}

/** Training graphs inside the file: nothing here runs them. */
export class OnnxTrainingInfoUnsupported extends ProtocolError {
  override readonly code = 'ONNX_TRAINING_INFO_UNSUPPORTED';
  constructor(where: string) {
    super({
      what: REFUSED,
      why: `${where} describes training, which would not run`,
      fix: 'Export the model for inference only.',
      meta: { where },
    });
  }
}

/** Quantisation parameters beside the graph: a runtime may or may not apply them. */
export class OnnxQuantizationAnnotation extends ProtocolError {
  override readonly code = 'ONNX_QUANTIZATION_ANNOTATION';
  constructor(where: string) {
    super({
      what: REFUSED,
      why: `${where} annotates tensors with quantisation parameters that runtimes may apply or ignore`,
      fix: 'Express the quantisation with QuantizeLinear and DequantizeLinear nodes.',
      meta: { where },
    });
  }
}

/** An element type outside DTYPES. */
export class OnnxElementTypeUnsupported extends ProtocolError {
  override readonly code = 'ONNX_ELEMENT_TYPE_UNSUPPORTED';
  constructor(where: string, elementType: string) {
    super({
      what: REFUSED,
      why: `${where} has elements of type ${elementType}`,
      fix: 'Convert the model to float32, or to integers of 8 bits or more.',
      meta: { where, elementType },
    });
  }
}

/** A value that is no tensor, or whose type is not given. */
export class OnnxTypeUnsupported extends ProtocolError {
  override readonly code = 'ONNX_TYPE_UNSUPPORTED';
  constructor(where: string, why: string) {
    super({
      what: REFUSED,
      why: `${where} ${why}`,
      fix: 'Export the model with plain tensors; onnx.shape_inference.infer_shapes adds missing types.',
      meta: { where },
    });
  }
}

/** Dims and data of a tensor or of a declared shape that contradict each other. */
export class OnnxTensorMalformed extends ProtocolError {
  override readonly code = 'ONNX_TENSOR_MALFORMED';
  constructor(where: string, why: string, meta: Meta = {}) {
    super({ what: REFUSED, why: `${where} ${why}`, fix: EXPORT_AGAIN, meta: { ...meta, where } });
  }
}

/** An attribute without a name or type, with a value of another type, or of a type that is not supported. */
export class OnnxAttributeMalformed extends ProtocolError {
  override readonly code = 'ONNX_ATTRIBUTE_MALFORMED';
  constructor(where: string, why: string) {
    super({ what: REFUSED, why: `${where} ${why}`, fix: EXPORT_AGAIN, meta: { where } });
  }
}

/** A 64-bit integer that a JavaScript number cannot hold exactly. */
export class OnnxIntegerTooLarge extends ProtocolError {
  override readonly code = 'ONNX_INTEGER_TOO_LARGE';
  constructor(where: string, actual: bigint) {
    super({
      what: REFUSED,
      why: `${where} is ${actual}, beyond 2^53`,
      fix: 'Export for opset 13 or newer, where such bounds are tensors, or write the true bound.',
      meta: { where, actual: actual.toString() },
    });
  }
}

/** One name for two things. */
export class OnnxNameDuplicate extends ProtocolError {
  override readonly code = 'ONNX_NAME_DUPLICATE';
  constructor(where: string, kind: string, name: string) {
    super({
      what: REFUSED,
      why: `${where} defines the ${kind} ${quote(name)} a second time`,
      fix: 'Give each value its own name; subgraphs may not reuse names of the graph around them.',
      meta: { where, kind, name },
    });
  }
}

/** A value, node or attribute without the name it needs. */
export class OnnxNameMissing extends ProtocolError {
  override readonly code = 'ONNX_NAME_MISSING';
  constructor(where: string, what: string) {
    super({ what: REFUSED, why: `${where} has ${what}`, fix: EXPORT_AGAIN, meta: { where } });
  }
}

/** Use of a value that nothing has computed at that point. */
export class OnnxValueUndefined extends ProtocolError {
  override readonly code = 'ONNX_VALUE_UNDEFINED';
  constructor(where: string, name: string, why: string) {
    super({
      what: REFUSED,
      why: `${where} uses ${quote(name)}, which ${why}`,
      fix: 'Sort the nodes so that each follows those it depends on, and check the spelling of the name.',
      meta: { where, name },
    });
  }
}

/** An operator that the caller's table has no row for. */
export class OnnxOpUnsupported extends ProtocolError {
  override readonly code = 'ONNX_OP_UNSUPPORTED';
  constructor(op: string, domain: string, opset: number, node: string) {
    super({
      what: `Operator ${quote(op)} is not supported`,
      why: `${node} uses ${quote(op)} of domain ${quote(domain === '' ? 'ai.onnx' : domain)}, version ${opset}`,
      fix: 'Export the model with the operators listed by `assay doctor --operators`.',
      meta: { op, domain, opset, node },
    });
  }
}

/** An attribute that the operator's row does not list, or lists with another type. */
export class OnnxAttributeUnsupported extends ProtocolError {
  override readonly code = 'ONNX_ATTRIBUTE_UNSUPPORTED';
  constructor(op: string, domain: string, opset: number, node: string, attribute: string, why: string) {
    super({
      what: `Attribute ${quote(attribute)} of operator ${quote(op)} is not supported`,
      why: `${node} (domain ${quote(domain === '' ? 'ai.onnx' : domain)}, version ${opset}): ${why}`,
      fix: 'Export the model without this attribute, or for another version of ai.onnx.',
      meta: { op, domain, opset, node, attribute },
    });
  }
}
