import type { GraphBuilder } from '../onnx/build.ts';
import type { Emit } from '../ops/op.ts';
import { type Tensor, tensorBytes } from '../tensor/tensor.ts';

const keyOf = (value: Tensor): string => `${value.dtype}[${value.dims.join(',')}]${tensorBytes(value).join(',')}`;
/** Constants above this many elements are not compared. */
const SHARED_ELEMENTS = 16;

/** Lets gradient rules write into a graph builder; equal small constants (axes, zeros) are stored once. */
export function emitterOn(builder: GraphBuilder): Emit {
  const known = new Map<string, string>();
  return {
    opset: builder.opset,
    node: (op, inputs, attributes = {}) => builder.node(op, inputs, attributes),
    nodes: (count, op, inputs, attributes = {}) => builder.nodes(count, op, inputs, attributes),
    constant: (value) => {
      if (value.data.length > SHARED_ELEMENTS) return builder.constant('c', value);
      const key = keyOf(value);
      const name = known.get(key) ?? builder.constant('c', value);
      known.set(key, name);
      return name;
    },
  };
}
