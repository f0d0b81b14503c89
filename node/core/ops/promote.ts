import type { Attribute, Graph, Model, Node, ValueInfo } from '../onnx/model.ts';
import { DTYPES, type Tensor } from '../tensor/tensor.ts';

/** Rewrites a model so that everything it computes in float32 is computed in float64. */

export const promoteTensor = (t: Tensor): Tensor =>
  t.dtype === 'float32' ? { dtype: 'float64', dims: t.dims, data: Float64Array.from(t.data as Float32Array) } : t;

const promoteInfo = (info: ValueInfo): ValueInfo => (info.dtype === 'float32' ? { ...info, dtype: 'float64' } : info);

function promoteAttribute(node: Node, name: string, attribute: Attribute): Attribute {
  if (attribute.type === 'tensor') return { type: 'tensor', value: promoteTensor(attribute.value) };
  if (attribute.type === 'graph') return { type: 'graph', value: promoteGraph(attribute.value) };
  const casts = node.op === 'Cast' && name === 'to' && attribute.value === DTYPES.float32.onnx;
  return casts ? { type: 'int', value: DTYPES.float64.onnx } : attribute;
}

const promoteNode = (node: Node): Node => ({
  ...node,
  attributes: new Map([...node.attributes].map(([name, value]) => [name, promoteAttribute(node, name, value)])),
});

const promoteGraph = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map(promoteNode),
  inputs: graph.inputs.map(promoteInfo),
  outputs: graph.outputs.map(promoteInfo),
  initializers: new Map([...graph.initializers].map(([name, value]) => [name, promoteTensor(value)])),
});

export const promoteModel = (model: Model): Model => ({ ...model, graph: promoteGraph(model.graph) });
