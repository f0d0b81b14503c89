import type { Attribute, Graph, Model, Node } from '../../../../node/core/onnx/model.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';

/** Small models written by hand, for tests of the operator table. */

export const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Node => ({ op, domain: '', name: '', inputs, outputs, attributes: new Map(Object.entries(attributes)) });

export const graph = (
  nodes: readonly Node[],
  inputs: Readonly<Record<string, DType>>,
  outputs: readonly string[],
  initializers: Readonly<Record<string, Tensor>> = {},
): Graph => ({
  name: 'test',
  nodes,
  inputs: Object.entries(inputs).map(([name, dtype]) => ({ name, dtype, dims: null })),
  outputs: outputs.map((name) => ({ name, dtype: 'float32', dims: null })),
  initializers: new Map(Object.entries(initializers)),
});

export const model = (body: Graph, opset = 17): Model => ({
  irVersion: 8,
  producerName: 'test',
  producerVersion: '',
  opsets: [{ domain: '', version: opset }],
  graph: body,
  metadata: new Map(),
});

/** A tensor from nested or flat numbers. */
export function t(dtype: DType, dims: readonly number[], values: readonly number[]): Tensor {
  const data = DTYPES[dtype].make(values.length);
  values.forEach((value, i) => {
    (data as { [index: number]: number | bigint })[i] = dtype === 'int64' || dtype === 'uint64' ? BigInt(value) : value;
  });
  return tensor(dtype, dims, data);
}
export const f32 = (dims: readonly number[], values: readonly number[]): Tensor => t('float32', dims, values);
export const i64 = (dims: readonly number[], values: readonly number[]): Tensor => t('int64', dims, values);

export const values = (x: Tensor | undefined): number[] => Array.from((x as Tensor).data, Number);
