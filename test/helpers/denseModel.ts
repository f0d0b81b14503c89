import { encodeModel } from '../../node/core/onnx/encode.ts';
import type { Graph, Node, ValueInfo } from '../../node/core/onnx/model.ts';
import { type Tensor, tensor } from '../../node/core/tensor/tensor.ts';
import { Seeded } from './seeded.ts';

export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Node['attributes'] = new Map(),
): Node => ({ op, domain: '', name: '', inputs, outputs, attributes });

/** The ONNX file (IR 10, opset 21) of a graph. */
export const onnxFile = (graph: Omit<Graph, 'name'>): Uint8Array =>
  encodeModel({
    irVersion: 10,
    producerName: 'assay-test',
    producerVersion: '',
    opsets: [{ domain: '', version: 21 }],
    graph: { name: 'test', ...graph },
    metadata: new Map(),
  });

export interface DenseModel {
  readonly file: Uint8Array;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** `layers` square MatMul + Relu layers of float32: x [N, width] to y [N, width]; 4 * width^2 bytes of weights each. */
export function denseModel(width: number, layers: number, seed = 1): DenseModel {
  const random = new Seeded(seed);
  const initializers = new Map<string, Tensor>();
  const nodes: Node[] = [];
  const scale = 2 / Math.sqrt(width);
  for (let layer = 0; layer < layers; layer++) {
    const weights = Float32Array.from({ length: width * width }, () => (random.unit() - 0.5) * scale);
    initializers.set(`w${layer}`, tensor('float32', [width, width], weights));
    const [from, to] = [layer === 0 ? 'x' : `h${layer}`, layer === layers - 1 ? 'y' : `h${layer + 1}`];
    nodes.push(node('MatMul', [from, `w${layer}`], [`m${layer}`]), node('Relu', [`m${layer}`], [to]));
  }
  const inputs: ValueInfo[] = [{ name: 'x', dtype: 'float32', dims: ['N', width] }];
  const outputs: ValueInfo[] = [{ name: 'y', dtype: 'float32', dims: ['N', width] }];
  return { file: onnxFile({ nodes, inputs, outputs, initializers }), inputs, outputs };
}
