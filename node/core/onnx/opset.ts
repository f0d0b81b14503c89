import { describe, subgraphs } from './checkModel.ts';
import { OnnxAttributeUnsupported, OnnxOpsetUnsupported, OnnxOpUnsupported } from './errors.ts';
import type { Attribute, Graph, Model, Node } from './model.ts';

/**
 * Versions of ai.onnx whose changes were checked against the op table. Rows must follow each change of an operator
 * within this range, because a row counts until the next one of its name.
 */
export const OPSETS = { oldest: 7, newest: 26 } as const;

/** What the reader needs to know of a row of the op table: an `Op` of core/ops fits. */
export interface OperatorRule {
  readonly op: string;
  readonly domain: string;
  readonly since: number;
  readonly attributes: Readonly<Record<string, Attribute['type']>>;
}

/** Finds the row for an operator at the version of its domain that the model imports. */
export type ResolveOperator = (op: string, domain: string, opset: number) => OperatorRule | undefined;

/** The row with the highest `since` not above `opset`. */
export function resolveSince<R extends Pick<OperatorRule, 'since'>>(rows: readonly R[], opset: number): R | undefined {
  let best: R | undefined;
  for (const row of rows) if (row.since <= opset && (best === undefined || row.since > best.since)) best = row;
  return best;
}

/** A resolver over a table of rows. */
export function resolverOf<R extends OperatorRule>(
  table: readonly R[],
): (op: string, domain: string, opset: number) => R | undefined {
  const rows = Map.groupBy(table, ({ op, domain }) => `${domain}:${op}`);
  return (op, domain, opset) => resolveSince(rows.get(`${domain}:${op}`) ?? [], opset);
}

/** The version of `domain` that the model imports. @throws {OnnxOpsetUnsupported} when it imports none */
export function opsetOf(model: Pick<Model, 'opsets'>, domain = ''): number {
  const found = model.opsets.find((opset) => opset.domain === domain);
  if (found === undefined) throw new OnnxOpsetUnsupported(domain, 'is not imported');
  return found.version;
}

function checkAttributes(node: Node, rule: OperatorRule, where: string, opset: number): void {
  for (const [name, { type }] of node.attributes) {
    const expected = Object.hasOwn(rule.attributes, name) ? rule.attributes[name] : undefined;
    if (expected === type) continue;
    const why = expected === undefined ? 'there is no support for it' : `it is ${type}, expected ${expected}`;
    throw new OnnxAttributeUnsupported(node.op, node.domain, opset, where, name, why);
  }
}

function checkGraph(graph: Graph, model: Model, resolve: ResolveOperator): void {
  for (const [index, node] of graph.nodes.entries()) {
    const where = describe(node, index);
    const opset = opsetOf(model, node.domain);
    const rule = resolve(node.op, node.domain, opset);
    if (rule === undefined) throw new OnnxOpUnsupported(node.op, node.domain, opset, where);
    checkAttributes(node, rule, where, opset);
    for (const inner of subgraphs(node)) checkGraph(inner, model, resolve);
  }
}

/**
 * Admits a model whose every operator and attribute, subgraphs included, has a row for the imported version.
 * @throws {OnnxOpsetUnsupported} when ai.onnx is outside {@link OPSETS}
 * @throws {OnnxOpUnsupported} {@link OnnxAttributeUnsupported} naming op, domain, version and attribute
 */
export function checkOperators(model: Model, resolve: ResolveOperator): void {
  const version = opsetOf(model);
  if (version < OPSETS.oldest || version > OPSETS.newest) {
    throw new OnnxOpsetUnsupported('', `has version ${version}, supported are ${OPSETS.oldest} to ${OPSETS.newest}`, {
      version,
    });
  }
  checkGraph(model.graph, model, resolve);
}
