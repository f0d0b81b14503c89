import { invariant } from '../errors.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import { checkModel, subgraphs } from './checkModel.ts';
import type { Attribute, Dim, Graph, Model, Node, OpsetImport, ValueInfo } from './model.ts';

/** Attributes whose JavaScript value does not tell their ONNX type. */
export const int = (value: number): Attribute => ({ type: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value });
/** Rounded to float32, which is what the file can hold. */
export const float = (value: number): Attribute => ({ type: 'float', value: Math.fround(value) });
export const floats = (value: readonly number[]): Attribute => ({ type: 'floats', value: value.map(Math.fround) });
export const strings = (value: readonly string[]): Attribute => ({ type: 'strings', value });

/**
 * An attribute, or a value that stands for one: an integer is an int, any other number a float, a string a string, a
 * non-empty list what its elements are, a tensor a tensor, a graph a graph. Write `float(1)` for a float that
 * happens to be whole, and `ints([])` for an empty list.
 */
export type AttributeValue = Attribute | number | string | readonly number[] | readonly string[] | Tensor | Graph;

function fromList(value: readonly (number | string)[], name: string): Attribute {
  invariant(
    value.length > 0,
    `attribute ${name}: an empty list has no type, write ints([]), floats([]) or strings([])`,
  );
  if (value.every((element) => typeof element === 'string')) return strings(value);
  const elements = value.filter((element) => typeof element === 'number');
  invariant(elements.length === value.length, `attribute ${name} mixes numbers and strings`);
  return elements.every(Number.isInteger) ? ints(elements) : floats(elements);
}

/** The attribute that `value` stands for. `name` is for the complaint only. */
export function attribute(value: AttributeValue, name = ''): Attribute {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number') return Number.isInteger(value) ? int(value) : float(value);
  if (Array.isArray(value)) return fromList(value as readonly (number | string)[], name);
  if ('dtype' in value) return { type: 'tensor', value };
  if ('nodes' in value) return { type: 'graph', value };
  return value as Attribute;
}

export interface NodeOptions {
  /** Name of the first output; made unique when it is taken. @default the operator's name in lower case */
  readonly name?: string;
  /** @default '' (ai.onnx) */
  readonly domain?: string;
}

export interface ModelOptions {
  /** Version of ai.onnx. @default 17 */
  readonly opset?: number;
  /** @default 8, which every runtime since 2021 reads */
  readonly irVersion?: number;
  /** Further domains. */
  readonly opsets?: readonly OpsetImport[];
  readonly producerName?: string;
  readonly producerVersion?: string;
}

/**
 * Writes a graph node by node. Values are their names: what a method returns is what later nodes take.
 * @example
 * const g = graphBuilder('mlp');
 * const x = g.input('x', 'float32', ['N', 64]);
 * const y = g.node('Gemm', [x, g.constant('w', w), g.constant('b', b)], { transB: 1 });
 * g.output(g.node('Relu', [y]), 'float32', ['N', 10], 'y');
 * const bytes = encodeModel(g.model());
 */
export interface GraphBuilder {
  readonly opset: number;
  /** Declares an input under exactly this name. */
  readonly input: (name: string, dtype: DType, dims: readonly Dim[] | null) => string;
  /** Adds an initializer; the answered name differs from `name` when that is taken. */
  readonly constant: (name: string, value: Tensor) => string;
  /** Adds a node with one output and answers its name. '' omits an optional input. */
  readonly node: (
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: NodeOptions,
  ) => string;
  /** Adds a node with `count` outputs. */
  readonly nodes: (
    count: number,
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, AttributeValue>>,
    options?: NodeOptions,
  ) => string[];
  /**
   * Declares `value` as output. With a `name` other than the value's, the value is handed on through an Identity node,
   * so that the output bears exactly that name.
   */
  readonly output: (value: string, dtype: DType, dims: readonly Dim[] | null, name?: string) => string;
  /**
   * Copies the nodes and initializers of a finished graph under their own names. Its inputs are the caller's to declare
   * (or to compute) under their names, and its outputs his to use; do both before names are made up.
   */
  readonly adopt: (graph: Graph) => void;
  /** A name that nothing in this graph or the graphs around it bears: `hint` itself, or `hint_2`, `hint_3`... */
  readonly unique: (hint: string) => string;
  /** A builder for a subgraph, e.g. the body of a Scan: it sees the values so far, and shares the supply of names. */
  readonly subgraph: (name: string) => GraphBuilder;
  readonly graph: () => Graph;
  /** The finished model, checked like one that was read. @throws what {@link checkModel} throws */
  readonly model: (metadata?: Readonly<Record<string, string>>) => Model;
}

/** Names in use by a graph and all graphs around and inside it. */
class Names {
  readonly #taken = new Set<string>();
  /** Next suffix to try for each hint, so that n names cost n steps. */
  readonly #next = new Map<string, number>();

  reserve(name: string): string {
    invariant(name !== '', 'a value needs a name');
    invariant(!this.#taken.has(name), `the name ${name} is taken`);
    this.#taken.add(name);
    return name;
  }

  claim(name: string): void {
    this.#taken.add(name);
  }

  unique(hint: string): string {
    if (hint !== '' && !this.#taken.has(hint)) return this.reserve(hint);
    let suffix = this.#next.get(hint) ?? 2;
    while (this.#taken.has(`${hint}_${suffix}`)) suffix++;
    this.#next.set(hint, suffix + 1);
    return this.reserve(`${hint}_${suffix}`);
  }
}

/** Reserves the names inside a subgraph, which its siblings may bear as well. */
function claimAll(graph: Graph, names: Names): void {
  for (const { name } of graph.inputs) names.claim(name);
  for (const name of graph.initializers.keys()) names.claim(name);
  for (const node of graph.nodes) {
    for (const output of node.outputs) names.claim(output);
    for (const inner of subgraphs(node)) claimAll(inner, names);
  }
}

function build(name: string, options: ModelOptions, names: Names): GraphBuilder {
  const nodes: Node[] = [];
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  const initializers = new Map<string, Tensor>();
  const opset = options.opset ?? 17;

  const addNodes: GraphBuilder['nodes'] = (count, op, values, attributes = {}, { name: hint, domain = '' } = {}) => {
    const results = Array.from({ length: count }, () => names.unique(hint ?? op.toLowerCase()));
    const made = Object.entries(attributes).map(([key, value]) => [key, attribute(value, key)] as const);
    nodes.push({ op, domain, name: '', inputs: [...values], outputs: results, attributes: new Map(made) });
    return results;
  };
  const graph = (): Graph => ({
    name,
    nodes: [...nodes],
    inputs: [...inputs],
    outputs: [...outputs],
    initializers: new Map(initializers),
  });
  return {
    opset,
    input(value, dtype, dims) {
      inputs.push({ name: names.reserve(value), dtype, dims });
      return value;
    },
    constant(hint, value) {
      const unique = names.unique(hint);
      initializers.set(unique, value);
      return unique;
    },
    node: (op, values, attributes, nodeOptions) => addNodes(1, op, values, attributes, nodeOptions)[0]!,
    nodes: addNodes,
    output(value, dtype, dims, as = value) {
      if (as !== value) {
        nodes.push({
          op: 'Identity',
          domain: '',
          name: '',
          inputs: [value],
          outputs: [names.reserve(as)],
          attributes: new Map(),
        });
      }
      outputs.push({ name: as, dtype, dims });
      return as;
    },
    adopt(other) {
      for (const [key, value] of other.initializers) initializers.set(names.reserve(key), value);
      for (const node of other.nodes) {
        for (const output of node.outputs) if (output !== '') names.reserve(output);
        for (const inner of subgraphs(node)) claimAll(inner, names);
      }
      nodes.push(...other.nodes);
    },
    unique: (hint) => names.unique(hint),
    subgraph: (inner) => build(inner, options, names),
    graph,
    model(metadata = {}) {
      const model: Model = {
        irVersion: options.irVersion ?? 8,
        producerName: options.producerName ?? 'assay',
        producerVersion: options.producerVersion ?? '',
        opsets: [{ domain: '', version: opset }, ...(options.opsets ?? [])],
        graph: graph(),
        metadata: new Map(Object.entries(metadata)),
      };
      checkModel(model);
      return model;
    },
  };
}

/** Starts the main graph of a model. */
export const graphBuilder = (name: string, options: ModelOptions = {}): GraphBuilder =>
  build(name, options, new Names());
