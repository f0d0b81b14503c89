import { describe } from '../onnx/checkModel.ts';
import type { Graph, Model, Node } from '../onnx/model.ts';
import { opsetOf } from '../onnx/opset.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ExactOpUnsupported } from './errors.ts';
import { FLOAT_RULES } from './floatRules.ts';
import type { Activation } from './program.ts';

/** `y = clip(x W^T + b, lo, hi)`: what every supported float model consists of. */
export interface DenseLayer {
  /** Of the node it came from, for people. */
  readonly name: string;
  readonly k: number;
  readonly n: number;
  /** [N, K], output-major. */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  /** 0 after Relu; -Infinity when nothing clips. */
  readonly lo: number;
  readonly hi: number;
}

export interface FloatNetwork {
  readonly input: { readonly name: string; readonly dims: readonly number[] };
  readonly outputName: string;
  readonly layers: readonly DenseLayer[];
  /** A last Softmax or LogSoftmax, left to the client. */
  readonly activation: Activation;
}

/** A constant operation on elements, `scale * x + shift`, that waits for the layer it can be folded into. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** The model as far as it has been read. */
export interface Chain {
  readonly opset: number;
  /** Rows of the input when the file fixes them. */
  readonly batch: number | undefined;
  readonly constants: Map<string, Tensor>;
  readonly layers: DenseLayer[];
  /** Name and sample shape of the value that the next node must take. */
  value: string;
  dims: readonly number[];
  pending: Affine | undefined;
  activation: Activation;
}

/** A node under the eyes of its rule. */
export interface Reading {
  readonly chain: Chain;
  readonly node: Node;
  readonly refuse: (why: string, fix?: string) => ExactOpUnsupported;
}

/** Oldest version of ai.onnx whose operators the rules read as later versions define them. */
const OLDEST_OPSET = 11;
const SUPPORTED = `Supported are ${Object.keys(FLOAT_RULES).join(', ')}, in one chain and with constant weights.`;

/**
 * Reads a float model as a chain of dense layers; constants around a layer are folded into it.
 * @throws {ExactOpUnsupported} naming op, domain, version and node
 */
export function floatNetworkOf(model: Model): FloatNetwork {
  const { graph } = model;
  const opset = opsetOf(model);
  const { name, rows, dims } = readInput(graph, opset);
  const chain: Chain = {
    opset,
    batch: typeof rows === 'number' ? rows : undefined,
    constants: new Map(graph.initializers),
    layers: [],
    value: name,
    dims,
    pending: undefined,
    activation: 'none',
  };
  for (const [index, node] of graph.nodes.entries()) readNode(chain, node, index);
  const outputName = graph.outputs[0]!.name;
  checkEnd(chain, outputName);
  return { input: { name, dims }, outputName, layers: chain.layers, activation: chain.activation };
}

function modelRefused(why: string, fix: string, opset: number): ExactOpUnsupported {
  return new ExactOpUnsupported(why, fix, { opset });
}

function readInput(
  graph: Graph,
  opset: number,
): { readonly name: string; readonly rows: unknown; readonly dims: readonly number[] } {
  const [input, ...others] = graph.inputs;
  const refuse = (why: string, fix: string): ExactOpUnsupported => modelRefused(why, fix, opset);
  if (opset < OLDEST_OPSET) throw refuse(`it uses ai.onnx ${opset}`, `Export it for ai.onnx ${OLDEST_OPSET} or newer.`);
  if (input === undefined || others.length > 0 || graph.outputs.length !== 1) {
    throw refuse(
      `it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs`,
      'Export a model with one of each.',
    );
  }
  const { name, dtype } = input;
  if (dtype !== 'float32') throw refuse(`its input ${name} is ${dtype}`, 'Export a model that takes float32.');
  const [rows, ...dims] = input.dims ?? [];
  if (dims.length < 1 || dims.length > 3 || !dims.every((dim): dim is number => typeof dim === 'number' && dim > 0)) {
    throw refuse(
      `its input ${name} has shape ${JSON.stringify(input.dims)}`,
      'Export an input of [batch, ...1 to 3 fixed dimensions].',
    );
  }
  return { name, rows, dims };
}

function readNode(chain: Chain, node: Node, index: number): void {
  const domain = node.domain === '' ? 'ai.onnx' : node.domain;
  const meta = { op: node.op, domain, opset: chain.opset, node: describe(node, index) };
  const refuse = (why: string, fix = SUPPORTED): ExactOpUnsupported =>
    new ExactOpUnsupported(`${meta.node} of domain ${domain}, version ${chain.opset}: ${why}`, fix, meta);
  const rule = node.domain === '' && Object.hasOwn(FLOAT_RULES, node.op) ? FLOAT_RULES[node.op] : undefined;
  if (rule === undefined) throw refuse('this operator has no exact twin');
  if (node.op !== 'Constant' && !node.inputs.includes(chain.value)) {
    throw refuse(`it does not take ${JSON.stringify(chain.value)}, the value before it`);
  }
  if (chain.activation !== 'none' && node.op !== 'Identity')
    throw refuse(`it follows ${chain.activation}, which must come last`);
  if (node.outputs.length !== 1) throw refuse(`it has ${node.outputs.length} outputs`);
  rule({ chain, node, refuse });
  if (node.op !== 'Constant') chain.value = node.outputs[0]!;
}

function checkEnd({ layers, value, pending, opset }: Chain, output: string): void {
  if (value !== output) {
    throw modelRefused(
      `the chain ends in ${JSON.stringify(value)}, the output is ${JSON.stringify(output)}`,
      SUPPORTED,
      opset,
    );
  }
  if (layers.length === 0) throw modelRefused('it has no Gemm or MatMul', SUPPORTED, opset);
  if (pending !== undefined) {
    throw modelRefused(
      'it scales or shifts its output after the last activation',
      'Leave this scaling to the client.',
      opset,
    );
  }
}
