import { ProtocolError } from '../../errors.ts';
import { describe } from '../../onnx/checkModel.ts';
import type { Graph, Model, Node } from '../../onnx/model.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { type Charge, DEFAULT_BUDGET, meter } from '../../ops/budget.ts';
import { inferNode, typeOf } from '../../ops/infer.ts';
import type { TensorType } from '../../ops/op.ts';
import { supportedOperators } from '../../ops/table.ts';
import { type Tensor, tensor } from '../../tensor/tensor.ts';
import { ExactOpUnsupported } from '../errors.ts';
import type { Activation } from '../program.ts';
import { folded } from './fold.ts';
import type { FloatNode } from './ir.ts';
import { type Network, Reading, type Value } from './reading.ts';
import { BINARY_RULES } from './rules/binary.ts';
import { IMAGE_RULES } from './rules/image.ts';
import { JOIN_RULES } from './rules/join.ts';
import { LINEAR_RULES } from './rules/linear.ts';
import { MASK_RULES } from './rules/mask.ts';
import { MOVE_RULES } from './rules/move.ts';
import { NORMALISE_RULES } from './rules/normalise.ts';
import { POOL_RULES } from './rules/pool.ts';
import { UNARY_RULES } from './rules/unary.ts';
import { reshaped, shapeOf, singleBatchAt, type View, viewOf } from './view.ts';

/** A float model as real operators over samples, each of which becomes one step. Node 0 is the input. */
export interface FloatNetwork {
  readonly input: { readonly name: string; readonly dims: readonly number[] };
  readonly outputName: string;
  readonly nodes: readonly FloatNode[];
  /** `scale x + shift` of the input's elements that node 0 stands for; length 1 or the sample. */
  readonly units: { readonly scale: Float64Array; readonly shift: Float64Array };
  /** Id of the node whose elements are the output, in the output's order. */
  readonly output: number;
  /** Dimensions of an output sample. */
  readonly outputDims: readonly number[];
  /** A last Softmax or LogSoftmax, left to the client. */
  readonly activation: Activation;
}

type Rule = (reading: Reading) => Value | readonly Value[];

/** One row per operator that the exact compiler reads. */
export const FLOAT_RULES: Readonly<Record<string, Rule>> = {
  ...LINEAR_RULES,
  ...IMAGE_RULES,
  ...POOL_RULES,
  ...BINARY_RULES,
  ...UNARY_RULES,
  ...NORMALISE_RULES,
  ...MOVE_RULES,
  ...JOIN_RULES,
  ...MASK_RULES,
};

/** Oldest version of ai.onnx whose operators the rules read as later versions define them. */
const OLDEST_OPSET = 11;
/** Rows that stand for the batch while shapes are worked out: a prime that hardly is a dimension too. */
const BATCH = 1009;
const SUPPORTED = `Supported are ${Object.keys(FLOAT_RULES).join(', ')}, in a graph from one input to one output.`;
/** Operators in front of folding, twice as many as a program has steps. */
const MAX_NODES = 8192;
const FREE: Charge = () => undefined;

/**
 * Reads a float model; what can be folded together is.
 * @throws {ExactOpUnsupported} naming op, domain, version and node
 */
export function floatNetworkOf(model: Model): FloatNetwork {
  const { graph } = model;
  const opset = opsetOf(model);
  const { name, rows, dims } = readInput(graph, opset);
  const batch = typeof rows === 'number' ? rows : BATCH;
  const network: Network = {
    opset,
    batch,
    nodes: [{ name, op: { kind: 'input' }, sources: [], dims }],
    values: new Map([[name, { node: 0, view: viewOf(batch, dims), stages: [] }]]),
    constants: new Map(graph.initializers),
    settled: new Map(),
  };
  const charge = meter(DEFAULT_BUDGET);
  for (const [index, node] of graph.nodes.entries()) readNode(network, node, index, charge);
  const output = graph.outputs[0]!;
  const end = readEnd(network, output.name);
  if (network.nodes.length > MAX_NODES)
    throw modelRefused(
      `it has ${network.nodes.length} operators, at most ${MAX_NODES}`,
      'Give a smaller model.',
      opset,
    );
  const steps = folded(network.nodes, end.node);
  if (steps.nodes.length < 2) throw modelRefused('it computes nothing', SUPPORTED, opset);
  checkMasks(steps.nodes, opset);
  const last = withDims(steps.nodes[steps.output]!, end.dims);
  return {
    input: { name, dims },
    outputName: output.name,
    ...steps,
    nodes: steps.nodes.with(steps.output, last),
    outputDims: end.dims,
    activation: end.activation,
  };
}

/** What a mask hides may only be weighed by a softmax. */
function checkMasks(nodes: readonly FloatNode[], opset: number): void {
  const isHidden = (id: number): boolean => nodes[id]!.op.kind === 'mask';
  const wrong = nodes.find(({ op, sources }) => op.kind !== 'softmax' && sources.some(isHidden));
  if (wrong !== undefined || isHidden(nodes.length - 1))
    throw modelRefused(
      `elements that a mask sets to minus infinity are read by ${JSON.stringify((wrong ?? nodes.at(-1)!).name)}`,
      'Mask in front of a softmax.',
      opset,
    );
}

/** The last node in the shape that the model gives its output, where the node's step may have it. */
function withDims(node: FloatNode, dims: readonly number[]): FloatNode {
  const { op } = node;
  if (dims.length < 1 || dims.length > 3) return node;
  if (op.kind === 'gather') {
    const source: View = { offset: op.base, dims: [node.dims.map((size, at) => ({ size, stride: op.strides[at]! }))] };
    const view = reshaped(source, dims);
    if (view === undefined || view.dims.some((axes) => axes.length > 1)) return node;
    return { ...node, dims, op: { ...op, strides: view.dims.map(([axis]) => axis?.stride ?? 0) } };
  }
  const isFree = ['add', 'addConstant', 'pointwise', 'argmax'].includes(op.kind);
  const row = op.kind === 'dense' ? op.n : op.kind === 'softmax' || op.kind === 'layerNorm' ? op.k : undefined;
  return isFree || row === dims.at(-1) ? { ...node, dims } : node;
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

function readNode(network: Network, node: Node, index: number, charge: Charge): void {
  const { opset, constants, values } = network;
  const domain = node.domain === '' ? 'ai.onnx' : node.domain;
  const meta = { op: node.op, domain, opset, node: describe(node, index) };
  const refuse = (why: string, fix = SUPPORTED): ExactOpUnsupported =>
    new ExactOpUnsupported(`${meta.node} of domain ${domain}, version ${opset}: ${why}`, fix, meta);
  const given = node.inputs.filter((name) => name !== '');
  const isKnown = node.domain === '' && supportedOperators(node.op, '', opset) !== undefined;
  if (isKnown && (given.every((name) => constants.has(name)) || node.op === 'Shape')) {
    computeConstant(network, node, charge, refuse);
    return;
  }
  const rule = node.domain === '' && Object.hasOwn(FLOAT_RULES, node.op) ? FLOAT_RULES[node.op] : undefined;
  if (rule === undefined) throw refuse('this operator has no exact twin');
  const missing = given.find((name) => !constants.has(name) && !values.has(name));
  if (missing !== undefined) throw refuse(`its input ${JSON.stringify(missing)} is not defined`);
  const types = isKnown ? inferred(network, node, FREE, refuse) : [];
  const made = ([rule(new Reading(network, node, refuse))].flat() as Value[]).map((value) => ({
    ...value,
    view: singleBatchAt(value.view),
  }));
  for (const [at, name] of node.outputs.entries()) {
    const value = made[at];
    if (name === '' || value === undefined) continue;
    const shape = shapeOf(value.view);
    if (types[at] !== undefined && String(types[at].dims) !== String(shape))
      throw refuse(`its output has shape [${types[at].dims.join(', ')}], its twin [${shape.join(', ')}]`);
    values.set(name, value);
  }
}

/** Types of the outputs by the operator table, which checks attributes and shapes. */
function inferred(
  { opset, constants, values }: Network,
  node: Node,
  charge: Charge,
  refuse: (why: string) => ExactOpUnsupported,
): readonly TensorType[] {
  const types = node.inputs.map((name): TensorType | undefined => {
    const constant = constants.get(name);
    if (constant !== undefined) return typeOf(constant);
    const value = values.get(name);
    return value && { dtype: 'float32', dims: shapeOf(value.view) };
  });
  try {
    return inferNode(node, types, new Map(), { opset, charge }).outputs;
  } catch (error) {
    if (error instanceof ProtocolError) throw refuse(error.why);
    throw error;
  }
}

/** A node whose result does not depend on the input, or on its shape alone. */
function computeConstant(
  network: Network,
  node: Node,
  charge: Charge,
  refuse: (why: string) => ExactOpUnsupported,
): void {
  const { constants, values, opset } = network;
  if (node.op === 'Shape') {
    const of = values.get(node.inputs[0]!);
    const dims = of === undefined ? constants.get(node.inputs[0]!)?.dims : shapeOf(of.view);
    if (dims === undefined) throw refuse(`its input ${JSON.stringify(node.inputs[0])} is not defined`);
    const bounds = [...node.attributes].map(([name, { value }]) => [name, value as number] as const);
    const { start = 0, end = dims.length } = Object.fromEntries(bounds) as { start?: number; end?: number };
    const part = dims.slice(start, end);
    constants.set(node.outputs[0]!, tensor('int64', [part.length], BigInt64Array.from(part, BigInt)));
    return;
  }
  const outputs = inferred(network, node, charge, refuse);
  const row = supportedOperators(node.op, '', opset) as ReturnType<typeof inferNode>['row'];
  const inputs = node.inputs.map((name) => constants.get(name));
  if ([...node.attributes.values()].some(({ type }) => type === 'graph')) throw refuse('it holds a graph');
  const results = row.forward({ node, opset, inputs, outputs, runGraph: () => [] });
  for (const [at, name] of node.outputs.entries()) if (name !== '') constants.set(name, results[at] as Tensor);
}

/** The output as a node whose elements are in the output's order. */
function readEnd(
  network: Network,
  name: string,
): { readonly node: number; readonly dims: readonly number[]; readonly activation: Activation } {
  const { opset, values, nodes } = network;
  const value = values.get(name);
  const node: Node = { op: 'Identity', domain: '', name, inputs: [name], outputs: [name], attributes: new Map() };
  const refuse = (why: string, fix = SUPPORTED): ExactOpUnsupported =>
    modelRefused(`its output ${name}: ${why}`, fix, opset);
  if (value === undefined) throw refuse('it does not depend on the input');
  const { pattern } = value;
  const isClients = pattern?.kind === 'softmax' || pattern?.kind === 'logSoftmax';
  const reading = new Reading(network, node, refuse);
  const end = reading.settle(isClients ? pattern.of : reading.plain(value));
  reading.requireRows(end);
  const order = end.view.dims.map((_, dim) => dim);
  const packed = reading.packed(end, order);
  const dims = shapeOf(end.view).slice(1);
  const early = nodes.findIndex(({ op, sources }) => op.kind === 'argmax' && sources.length > 0);
  if (early >= 0 && early !== packed) throw refuse('ArgMax must come last');
  return { node: packed, dims, activation: isClients ? pattern.kind : 'none' };
}
