import { invariant, ProtocolError } from '../errors.ts';
import type { Node } from '../onnx/model.ts';
import { describeNode } from '../ops/errors.ts';
import type { Emit, NamedType, TensorType } from '../ops/op.ts';
import { isFloat } from '../ops/rule.ts';
import { checkNode } from '../ops/table.ts';

/** An operator between the loss and a trained value that has no gradient rule. */
export class GradientUnsupported extends ProtocolError {
  override readonly code = 'GRADIENT_UNSUPPORTED';
  constructor(node: Node, opset: number) {
    super({
      what: `No gradient can be computed through ${describeNode(node, opset)}`,
      why: 'the operator table has no gradient rule for it',
      fix: 'Freeze the parameters before this operator, or build the model without it.',
      meta: { op: node.op, domain: node.domain, opset },
    });
  }
}

export interface BackwardRequest {
  /** The forward pass in topological order. */
  readonly nodes: readonly Node[];
  /** Types of every value of the forward pass (`inferGraph`). */
  readonly types: ReadonlyMap<string, TensorType>;
  /** Where differentiation starts: value name to the name of the loss's gradient by it. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Values whose gradients are asked for. Everything that does not lead to them is pruned. */
  readonly wanted: readonly string[];
  readonly emit: Emit;
}

/** Values through which a change of a wanted value can reach the loss. */
function dependents(nodes: readonly Node[], wanted: readonly string[], types: BackwardRequest['types']): Set<string> {
  const reached = new Set(wanted);
  for (const node of nodes) {
    if (!node.inputs.some((name) => reached.has(name))) continue;
    for (const name of node.outputs) if (isFloat(types.get(name)?.dtype ?? 'bool')) reached.add(name);
  }
  return reached;
}

/**
 * Reverse-mode differentiation: one walk from the last node to the first over the rows of the operator table. What it
 * emits are plain ONNX nodes of the same opset, so the result runs wherever the model runs.
 * @returns name of the gradient of each wanted value; a value the seeds do not depend on is absent
 * @throws {GradientUnsupported} naming the first operator on the way that has no rule
 */
export function backward({ nodes, types, seeds, wanted, emit }: BackwardRequest): Map<string, string> {
  const needed = dependents(nodes, wanted, types);
  const parts = new Map<string, string[]>([...seeds].map(([name, gradient]) => [name, [gradient]]));
  const total = (name: string): string | undefined => {
    const terms = parts.get(name);
    if (terms === undefined || terms.length < 2) return terms?.[0];
    const sum = emit.node(terms.length === 2 ? 'Add' : 'Sum', terms);
    parts.set(name, [sum]);
    return sum;
  };
  const named = (name: string): NamedType | undefined => (name === '' ? undefined : { ...types.get(name)!, name });

  for (const node of nodes.toReversed()) {
    const wantedInputs = node.inputs.map((name) => needed.has(name));
    if (!wantedInputs.includes(true) || !node.outputs.some((name) => parts.has(name) && needed.has(name))) continue;
    const { vjp } = checkNode(node, emit.opset);
    if (vjp === undefined) throw new GradientUnsupported(node, emit.opset);
    const gradients = vjp({
      node,
      opset: emit.opset,
      inputs: node.inputs.map(named),
      outputs: node.outputs.map((name) => named(name)!),
      gradients: node.outputs.map(total),
      wanted: wantedInputs,
      emit,
    });
    invariant(gradients.length === node.inputs.length, `${node.op} gives one gradient per input`);
    gradients.forEach((gradient, index) => {
      const name = node.inputs[index]!;
      if (gradient !== undefined && wantedInputs[index]) parts.set(name, [...(parts.get(name) ?? []), gradient]);
    });
  }
  return new Map(
    wanted.flatMap((name): [string, string][] => {
      const gradient = total(name);
      return gradient === undefined ? [] : [[name, gradient]];
    }),
  );
}
