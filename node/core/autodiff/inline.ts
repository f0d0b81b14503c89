import type { GraphBuilder } from '../onnx/build.ts';
import type { Graph, Node } from '../onnx/model.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A graph copied into a builder under fresh names. */
export interface Inlined {
  readonly nodes: readonly Node[];
  /** Constants that the copy brought along, under their new names. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** New name of each value of the original. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * Copies the nodes of `graph` into `builder`. Values in `given` (its inputs, and the parameters that are to be trained)
 * are replaced by values of the builder; other initializers become constants. Subgraphs must not refer to values
 * outside themselves: the operators that autodiff knows have none.
 */
export function inlineGraph(builder: GraphBuilder, graph: Graph, given: ReadonlyMap<string, string>): Inlined {
  const names = new Map(given);
  const constants = new Map<string, Tensor>();
  for (const [name, value] of graph.initializers) {
    if (names.has(name)) continue;
    const copy = builder.constant(name, value);
    names.set(name, copy);
    constants.set(copy, value);
  }
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? '' : names.get(name)!));
    const attributes = Object.fromEntries(node.attributes);
    const options = { name: node.outputs[0]!, domain: node.domain };
    const outputs = builder.nodes(node.outputs.length, node.op, inputs, attributes, options);
    node.outputs.forEach((name, index) => {
      names.set(name, outputs[index]!);
    });
    nodes.push({ ...node, inputs, outputs });
  }
  return { nodes, constants, names };
}
