import type { Graph, Model, Node, ValueInfo } from '../onnx/model.ts';
import { opsetOf } from '../onnx/opset.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';
import { type Charge, DEFAULT_BUDGET, meter, operationsOf, repeated, type SizeBudget } from './budget.ts';
import { describeNode, GraphInputRefused } from './errors.ts';
import type { Op, TensorType } from './op.ts';
import { requireInput } from './rule.ts';
import { checkNode } from './table.ts';

/** Constants up to this many elements are computed during inference, so that shapes made of shapes are known. */
const FOLDED_ELEMENTS = 1024;

export const typeOf = (value: Tensor): TensorType => ({ dtype: value.dtype, dims: value.dims, value });

export interface Inference {
  readonly opset: number;
  readonly charge: Charge;
}

/** The row of a node and the types of its outputs, charged before anything is allocated. */
export function inferNode(
  node: Node,
  inputs: readonly (TensorType | undefined)[],
  scope: ReadonlyMap<string, TensorType>,
  { opset, charge }: Inference,
): { readonly row: Op; readonly outputs: readonly TensorType[] } {
  const row = checkNode(node, opset);
  const call = {
    node,
    opset,
    inputs,
    inferGraph: (graph: Graph, types: readonly TensorType[], times: number) => {
      const inner = inferGraph(graph, types, scope, { opset, charge: repeated(charge, times) });
      return graph.outputs.map((output) => inner.get(output.name)!);
    },
  };
  const outputs = row.infer(call);
  charge(describeNode(node, opset), outputs, operationsOf(outputs, row.work?.(call, outputs) ?? 0));
  return { row, outputs };
}

/** Computes outputs of small constants, so that e.g. Shape -> Gather -> Concat -> Reshape has a known shape. */
function fold(
  node: Node,
  opset: number,
  row: Op,
  inputs: readonly (TensorType | undefined)[],
  outputs: readonly TensorType[],
) {
  const small = (type: TensorType) => elementCount(type.dims) <= FOLDED_ELEMENTS;
  const known = inputs.every((input) => input === undefined || (input.value !== undefined && small(input)));
  if (!known || !outputs.every(small) || [...node.attributes.values()].some(({ type }) => type === 'graph'))
    return outputs;
  const runGraph = () => [];
  return row.forward({ node, opset, inputs: inputs.map((input) => input?.value), outputs, runGraph }).map(typeOf);
}

/** Types of every value of a graph by name, those of the enclosing scope included. */
export function inferGraph(
  graph: Graph,
  inputs: readonly TensorType[],
  outer: ReadonlyMap<string, TensorType>,
  inference: Inference,
): Map<string, TensorType> {
  const types = new Map(outer);
  for (const [name, value] of graph.initializers) types.set(name, typeOf(value));
  graph.inputs.forEach((input, index) => {
    types.set(input.name, inputs[index]!);
  });
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => (name === '' ? undefined : types.get(name)));
    const missing = node.inputs.find((name, index) => name !== '' && given[index] === undefined);
    requireInput(
      { node, opset: inference.opset },
      missing === undefined,
      `value ${JSON.stringify(missing)} is not defined`,
    );
    const { row, outputs } = inferNode(node, given, types, inference);
    const folded = fold(node, inference.opset, row, given, outputs);
    node.outputs.forEach((name, index) => {
      if (name !== '') types.set(name, folded[index]!);
    });
  }
  return types;
}

/** Checks one fed type against its declaration; `symbols` remembers what each symbolic dimension turned out to be. */
function checkInput(declared: ValueInfo, type: TensorType, symbols: Map<string, number>): void {
  const refuse = (why: string) => new GraphInputRefused(declared.name, why);
  if (type.dtype !== declared.dtype) throw refuse(`it is ${type.dtype}, the graph declares ${declared.dtype}`);
  if (declared.dims === null) return;
  const shape = `shape [${type.dims.join(', ')}] does not fit [${declared.dims.map((dim) => dim ?? '?').join(', ')}]`;
  if (declared.dims.length !== type.dims.length) throw refuse(shape);
  declared.dims.forEach((dim, axis) => {
    const actual = type.dims[axis]!;
    const expected = typeof dim === 'string' ? (symbols.get(dim) ?? actual) : (dim ?? actual);
    if (typeof dim === 'string') symbols.set(dim, expected);
    if (actual !== expected) throw refuse(shape);
  });
}

/** Fed types in the graph's order. @throws {GraphInputRefused} on a missing, unknown or misfitting input. */
export function orderInputs(graph: Graph, fed: ReadonlyMap<string, TensorType>): TensorType[] {
  const unknown = [...fed.keys()].find((name) => !graph.inputs.some((input) => input.name === name));
  if (unknown !== undefined) throw new GraphInputRefused(unknown, 'the graph has no such input');
  const symbols = new Map<string, number>();
  return graph.inputs.map((declared) => {
    const type = fed.get(declared.name);
    if (type === undefined) throw new GraphInputRefused(declared.name, 'it is missing');
    checkInput(declared, type, symbols);
    return type;
  });
}

/**
 * Type and shape of every value of a model, nothing allocated but small constants.
 * @param shapes dimensions of every graph input (their element types are declared)
 * @throws {OnnxOpUnsupported} {@link OpInputRefused} {@link GraphInputRefused} {@link SizeBudgetExceeded}
 */
export function inferModelShapes(
  model: Model,
  shapes: ReadonlyMap<string, readonly number[]>,
  budget: SizeBudget = DEFAULT_BUDGET,
): ReadonlyMap<string, TensorType> {
  const { graph } = model;
  const dtypes = new Map(graph.inputs.map((input) => [input.name, input.dtype]));
  const fed = new Map(
    [...shapes].map(([name, dims]): [string, TensorType] => [name, { dtype: dtypes.get(name) ?? 'float32', dims }]),
  );
  return inferGraph(graph, orderInputs(graph, fed), new Map(), { opset: opsetOf(model), charge: meter(budget) });
}
