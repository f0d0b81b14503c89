import { ProtocolError } from '../errors.ts';
import { quote } from '../onnx/errors.ts';
import type { Node } from '../onnx/model.ts';

/** `Gemm (domain ai.onnx, opset 17)`, with the node's name when it has one. */
export function describeNode(node: Pick<Node, 'op' | 'domain' | 'name'>, opset: number): string {
  const name = node.name === '' ? '' : ` of node ${quote(node.name)}`;
  const [op, domain] = [node.op, node.domain || 'ai.onnx'].map((text) => quote(text).slice(1, -1));
  return `${op}${name} (domain ${domain}, opset ${opset})`;
}

/** Types, shapes or attribute values that the operator's specification does not allow. */
export class OpInputRefused extends ProtocolError {
  override readonly code = 'OP_INPUT_REFUSED';
  constructor(node: Pick<Node, 'op' | 'domain' | 'name'>, opset: number, why: string) {
    super({
      what: `Operator ${describeNode(node, opset)} cannot take its inputs`,
      why,
      fix: 'Check the model with the tool that wrote it, and the shapes of the inputs you feed.',
      meta: { op: node.op, domain: node.domain, opset },
    });
  }
}

/** A model that asks for more memory or arithmetic than the caller allows. */
export class SizeBudgetExceeded extends ProtocolError {
  override readonly code = 'SIZE_BUDGET_EXCEEDED';
  constructor(what: string, needed: number, allowed: number, unit: string) {
    super({
      what: 'The model is too large to run',
      why: `${what} needs ${needed} ${unit}, the budget is ${allowed}`,
      fix: 'Feed smaller inputs, use a smaller model, or raise the budget if you trust its author.',
      meta: { needed, allowed, unit },
    });
  }
}

/** Inputs that are not those the graph declares. */
export class GraphInputRefused extends ProtocolError {
  override readonly code = 'GRAPH_INPUT_REFUSED';
  constructor(input: string, why: string) {
    super({
      what: `Input ${quote(input)} was refused`,
      why,
      fix: "Feed exactly the graph's inputs with their declared element types and shapes.",
      meta: { input },
    });
  }
}
