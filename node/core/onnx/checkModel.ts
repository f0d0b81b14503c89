import {
  OnnxGraphMissing,
  OnnxNameDuplicate,
  OnnxNameMissing,
  OnnxOpsetUnsupported,
  OnnxValueUndefined,
  quote,
} from './errors.ts';
import type { Graph, Model, Node } from './model.ts';

/** `node 3 "conv1" (Conv)`, for complaints. */
export const describe = (node: Node, index: number): string =>
  `node ${index}${node.name === '' ? '' : ` ${quote(node.name)}`} (${quote(node.op).slice(1, -1)})`;

/** A place in the model, put into words only when somebody complains about it. */
type Where = () => string;

/** Names visible at one point of a graph: its own so far, and those of the graphs around it. */
class Scope {
  readonly #own = new Set<string>();
  readonly #outer: Scope | undefined;
  constructor(outer?: Scope) {
    this.#outer = outer;
  }
  sees(name: string): boolean {
    return this.#own.has(name) || (this.#outer?.sees(name) ?? false);
  }
  owns(name: string): boolean {
    return this.#own.has(name);
  }
  /** @throws {OnnxNameDuplicate} when the name is visible already: subgraphs may not shadow. */
  define(name: string, where: Where): void {
    if (this.sees(name)) throw new OnnxNameDuplicate(where(), 'value', name);
    this.#own.add(name);
  }
}

/** Graphs in the attributes of a node, e.g. the body of a Scan. */
export const subgraphs = (node: Node): Graph[] =>
  [...node.attributes.values()].flatMap((attribute) => (attribute.type === 'graph' ? [attribute.value] : []));

function undefinedValue(graph: Graph, where: string, name: string): OnnxValueUndefined {
  const later = graph.nodes.findIndex((node) => node.outputs.includes(name));
  const why = later < 0 ? 'nothing computes' : `${describe(graph.nodes[later]!, later)} computes only later`;
  return new OnnxValueUndefined(where, name, why);
}

function checkNode(graph: Graph, node: Node, where: Where, scope: Scope, domains: ReadonlySet<string>): void {
  if (!domains.has(node.domain)) throw new OnnxOpsetUnsupported(node.domain, `is used by ${where()} but not imported`);
  for (const name of node.inputs) {
    if (name !== '' && !scope.sees(name)) throw undefinedValue(graph, where(), name);
  }
  for (const inner of subgraphs(node)) {
    checkGraph(inner, () => `${where()}, subgraph ${quote(inner.name)}`, scope, domains);
  }
  if (node.outputs.every((name) => name === '')) throw new OnnxNameMissing(where(), 'no output');
  for (const name of node.outputs) if (name !== '') scope.define(name, where);
}

function checkGraph(graph: Graph, where: Where, outer: Scope | undefined, domains: ReadonlySet<string>): void {
  const scope = new Scope(outer);
  for (const name of [...graph.inputs.map((input) => input.name), ...graph.initializers.keys()]) {
    if (name === '') throw new OnnxNameMissing(where(), 'an input or initializer without a name');
    scope.define(name, where);
  }
  const prefix = (text: string) => (outer === undefined ? text : `${where()}, ${text}`);
  for (const [index, node] of graph.nodes.entries()) {
    checkNode(graph, node, () => prefix(describe(node, index)), scope, domains);
  }
  if (graph.outputs.length === 0) throw new OnnxGraphMissing(where(), 'has no outputs');
  const seen = new Set<string>();
  for (const { name } of graph.outputs) {
    if (!scope.owns(name)) throw undefinedValue(graph, `the output list of ${where()}`, name);
    if (seen.has(name)) throw new OnnxNameDuplicate(`the output list of ${where()}`, 'output', name);
    seen.add(name);
  }
}

/**
 * Checks what the IR specification (docs/IR.md) asks of names: static single assignment across a graph and its
 * subgraphs, sorted nodes, outputs that exist, imported domains. Names of nodes carry no meaning and may repeat.
 * @throws {OnnxNameDuplicate} {@link OnnxNameMissing} {@link OnnxValueUndefined} {@link OnnxOpsetUnsupported}
 *   {@link OnnxGraphMissing}
 */
export function checkModel(model: Model): void {
  const domains = new Set<string>();
  for (const { domain, version } of model.opsets) {
    if (domains.has(domain)) throw new OnnxOpsetUnsupported(domain, 'is imported twice');
    if (version < 1) throw new OnnxOpsetUnsupported(domain, `is imported in version ${version}`, { version });
    domains.add(domain);
  }
  checkGraph(model.graph, () => 'the graph', undefined, domains);
}
