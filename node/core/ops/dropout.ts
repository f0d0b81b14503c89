import { type Tensor, tensor } from '../tensor/tensor.ts';
import { type InferCall, type Op, stopGradient } from './op.ts';
import { FLOATS, requireInput, tensorAt, typeAt } from './rule.ts';

/** Whether the node drops anything: `training_mode` is an input since opset 12. */
function requireInference(call: InferCall): void {
  if (call.inputs[2] === undefined) return;
  const { value } = typeAt(call, 2, ['bool']);
  requireInput(
    call,
    value !== undefined && Number(value.data[0]) === 0,
    'it is in training mode, or whether it is is not known before the run',
  );
}

const mask = (dims: readonly number[], count: number): Tensor => tensor('bool', dims, new Uint8Array(count).fill(1));

/**
 * As in inference: what comes in goes out, and the mask keeps everything. Training with it would need randomness that
 * no other machine could repeat.
 */
const dropout = (since: number): Op => ({
  op: 'Dropout',
  domain: '',
  since,
  inputs: since < 12 ? [1, 1] : [1, 3],
  outputs: since < 10 ? [1, 1] : [1, 2],
  attributes: since < 12 ? { ratio: 'float' } : { seed: 'int' },
  infer: (call) => {
    const { dtype, dims } = typeAt(call, 0, FLOATS);
    requireInference(call);
    const kept = call.node.outputs.length > 1 ? [{ dtype: 'bool', dims } as const] : [];
    return [{ dtype, dims }, ...kept];
  },
  forward: (call) => {
    const x = tensorAt(call, 0);
    return call.node.outputs.length > 1 ? [x, mask(x.dims, x.data.length)] : [x];
  },
  vjp: (call) => [call.gradients[0], ...stopGradient(call).slice(1)],
});

export const DROPOUT: readonly Op[] = [7, 10, 12, 13].map(dropout);
