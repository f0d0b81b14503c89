import type { Graph } from '../onnx/model.ts';
import { type DTypeArrays, elementCount, type Tensor, zeros } from '../tensor/tensor.ts';
import type { ForwardCall, InferCall, Op, TensorType } from './op.ts';
import { ALL_TYPES, graphAttribute, intAttribute, requireInput, tensorAt, typeAt } from './rule.ts';

/**
 * Scan over the first axis, forwards: the loop of a training epoch (federated 5.3). Directions and other axes are
 * refused, because nothing here writes them.
 */

interface Parts {
  readonly body: Graph;
  /** Inputs carried from step to step; the rest are cut into steps. */
  readonly states: number;
}

function parts(call: Pick<InferCall, 'node' | 'opset'>, inputs: number): Parts {
  const body = graphAttribute(call, 'body');
  const scanned = intAttribute(call, 'num_scan_inputs');
  requireInput(call, body !== undefined && scanned !== undefined, 'attribute body or num_scan_inputs is missing');
  const states = inputs - scanned;
  requireInput(call, scanned >= 1 && states >= 0, `num_scan_inputs is ${scanned} of ${inputs} inputs`);
  requireInput(
    call,
    body.inputs.length === inputs,
    `its body takes ${body.inputs.length} inputs, it is given ${inputs}`,
  );
  const outputs = call.node.outputs.length;
  requireInput(
    call,
    body.outputs.length === outputs && outputs >= states,
    `its body has ${body.outputs.length} outputs`,
  );
  return { body, states };
}

function infer(call: InferCall): TensorType[] {
  const { body, states } = parts(call, call.inputs.length);
  const types = call.inputs.map((_, index) => typeAt(call, index, ALL_TYPES));
  const steps = types[states]!.dims[0];
  const aligned = types.slice(states).every(({ dims }) => dims.length > 0 && dims[0] === steps);
  requireInput(call, steps !== undefined && aligned, 'scanned inputs differ in their number of steps');
  const given = types.map(({ dtype, dims }, index) => ({ dtype, dims: index < states ? dims : dims.slice(1) }));
  const results = call.inferGraph(body, given, steps);
  return results.map(({ dtype, dims }, index) => {
    if (index >= states) return { dtype, dims: [steps, ...dims] };
    const state = types[index]!;
    const kept = dtype === state.dtype && String(dims) === String(state.dims);
    requireInput(call, kept, `state ${index} enters as ${state.dtype}[${state.dims}] and leaves as ${dtype}[${dims}]`);
    return { dtype, dims };
  });
}

/** Step `index` of a scanned input, not copied. */
function cut(value: Tensor, index: number): Tensor {
  const dims = value.dims.slice(1);
  const size = elementCount(dims);
  return { dtype: value.dtype, dims, data: value.data.subarray(index * size, (index + 1) * size) };
}

function forward(call: ForwardCall): Tensor[] {
  const { body, states } = parts(call, call.inputs.length);
  const inputs = call.inputs.map((_, index) => tensorAt(call, index));
  let state = inputs.slice(0, states);
  const collected = call.outputs.slice(states).map(({ dtype, dims }) => zeros(dtype, dims));
  const steps = inputs[states]!.dims[0]!;
  for (let step = 0; step < steps; step++) {
    const results = call.runGraph(body, [...state, ...inputs.slice(states).map((value) => cut(value, step))]);
    state = results.slice(0, states);
    collected.forEach((out, index) => {
      const part = results[states + index]!;
      (out.data as DTypeArrays['float32']).set(part.data as DTypeArrays['float32'], step * part.data.length);
    });
  }
  return [...state, ...collected];
}

const scan = (since: number): Op => ({
  op: 'Scan',
  domain: '',
  since,
  inputs: [1, 1024],
  outputs: [1, 1024],
  attributes: { body: 'graph', num_scan_inputs: 'int' },
  infer,
  forward,
});

export const SCAN: readonly Op[] = [scan(11)];
