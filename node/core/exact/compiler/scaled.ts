import type { Affine } from './foldWork.ts';
import { boundsOf, type FloatNode, type FloatOp, isUnbounded, type OpOf } from './ir.ts';

/** Element `index` of a list that repeats. */
export const at = (list: Float64Array, index: number): number => list[index % list.length]!;

/** The operator with the affine map of its output folded in; undefined where that is not possible. */
export function scaledOutput(op: FloatOp, { scale, shift }: Affine): FloatOp | undefined {
  const bounds = boundsOf(op);
  if (bounds !== undefined && !isUnbounded(bounds)) return undefined;
  const factor = scale[0]!;
  const isPlain = scale.length === 1 && factor > 0 && shift[0] === 0;
  if (op.kind === 'dense' || op.kind === 'conv') {
    if (scale.length !== 1 && scale.length !== op.n) return undefined;
    const each = op.weight.length / op.n;
    return {
      ...op,
      weight: op.weight.map((w, i) => w * at(scale, Math.floor(i / each))),
      bias: op.bias.map((b, i) => b * at(scale, i) + at(shift, i)),
    };
  }
  if (op.kind === 'layerNorm') {
    if (scale.length !== 1 && scale.length !== op.k) return undefined;
    return {
      ...op,
      gamma: op.gamma.map((g, i) => g * at(scale, i)),
      beta: op.beta.map((b, i) => b * at(scale, i) + at(shift, i)),
    };
  }
  if (op.kind === 'add' && scale.length === 1) {
    const factors = [op.factors[0] * factor, op.factors[1] * factor] as const;
    return { ...op, factors, shift: op.shift * factor + shift[0]! };
  }
  if ((op.kind === 'avgPool' || op.kind === 'matmul') && isPlain) return { ...op, scale: op.scale * factor };
  return undefined;
}

/** The operator with the affine map of its source folded in; undefined where that is not possible. */
export function scaledInput({ op }: FloatNode, which: number, { scale, shift }: Affine): FloatOp | undefined {
  const factor = scale[0]!;
  const isPositive = scale.length === 1 && factor > 0;
  if (op.kind === 'dense') {
    if (op.k % scale.length !== 0) return undefined;
    const bias = op.bias.map((b, n) => {
      let sum = b;
      for (let i = 0; i < op.k; i++) sum += op.weight[n * op.k + i]! * at(shift, i);
      return sum;
    });
    return { ...op, bias, weight: op.weight.map((w, i) => w * at(scale, i % op.k)) };
  }
  if (op.kind === 'conv') return scaledImage(op, scale, shift);
  if (op.kind === 'add' && scale.length === 1) {
    const [first, second] = op.factors;
    const factors = which === 0 ? ([first * factor, second] as const) : ([first, second * factor] as const);
    return { ...op, factors, shift: op.shift + op.factors[which]! * shift[0]! };
  }
  if (op.kind === 'softmax' && isPositive) return { ...op, scale: op.scale * factor };
  if (op.kind === 'layerNorm' && isPositive) return { ...op, eps: op.eps / (factor * factor) };
  if (op.kind === 'matmul' && isPositive && shift[0] === 0 && which < 2) return { ...op, scale: op.scale * factor };
  return undefined;
}

/** A shift goes into the bias only where no padding takes its place. */
function scaledImage(op: OpOf<'conv'>, scale: Float64Array, shift: Float64Array): FloatOp | undefined {
  const { geometry, groups, n } = op;
  const { channels, height, width, kernel, strides, padTop, padLeft, output } = geometry;
  const isInside =
    padTop === 0 &&
    padLeft === 0 &&
    (output[0] - 1) * strides[0] + kernel[0] <= height &&
    (output[1] - 1) * strides[1] + kernel[1] <= width;
  if (channels % scale.length !== 0 || (!isInside && shift.some((value) => value !== 0))) return undefined;
  const depth = channels / groups;
  const each = op.weight.length / n;
  const channelOf = (i: number): number => Math.floor((Math.floor(i / each) * groups) / n) * depth + (i % depth);
  const bias = Float64Array.from(op.bias);
  for (let i = 0; i < op.weight.length; i++) bias[Math.floor(i / each)]! += op.weight[i]! * at(shift, channelOf(i));
  return { ...op, bias, weight: op.weight.map((w, i) => w * at(scale, channelOf(i))) };
}
