import { int } from '../onnx/build.ts';
import { reduceSum, reshape } from '../ops/gradient.ts';
import type { Emit } from '../ops/op.ts';
import { tensor } from '../tensor/tensor.ts';

export interface LossInputs {
  /** float32 [B, classes]. */
  readonly logits: string;
  /** int64 [B]. */
  readonly labels: string;
  /** float32 [B]: the share of each sample in the loss, 1/B, or 0 for a row that only fills the batch. */
  readonly weights: string;
  readonly classes: number;
}

/**
 * Weighted softmax cross-entropy and its gradient, in the form that keeps its precision: LogSoftmax forwards,
 * (softmax - one-hot) * weight backwards (federated 5.2).
 * @returns names of the scalar loss and of dL/dlogits
 */
export function softmaxCrossEntropy(
  emit: Emit,
  { logits, labels, weights, classes }: LossInputs,
): { readonly loss: string; readonly gradient: string } {
  const logShares = emit.node('LogSoftmax', [logits], { axis: int(1) });
  const depth = emit.constant(tensor('int64', [], BigInt64Array.of(BigInt(classes))));
  const marks = emit.constant(tensor('float32', [2], Float32Array.of(0, 1)));
  const target = emit.node('OneHot', [labels, depth, marks], { axis: int(-1) });
  const column = reshape(emit, weights, [-1, 1]);
  const gradient = emit.node('Mul', [emit.node('Sub', [emit.node('Exp', [logShares]), target]), column]);
  const picked = emit.node('Mul', [emit.node('Mul', [logShares, target]), column]);
  return { loss: emit.node('Neg', [reduceSum(emit, picked, [0, 1], 0)]), gradient };
}
