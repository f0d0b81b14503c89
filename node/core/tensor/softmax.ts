/**
 * Softmax over rows of `width` logits, in float64 and for people to read: exp is not exactly specified by ECMAScript, so
 * nothing of it is ever hashed, signed or disputed.
 */
export function softmax(logits: ArrayLike<number>, width: number): Float32Array {
  return perRow(logits, width, (exponent, sum) => Math.exp(exponent) / sum);
}

/** Logarithm of {@link softmax}, without its underflow. */
export function logSoftmax(logits: ArrayLike<number>, width: number): Float32Array {
  return perRow(logits, width, (exponent, sum) => exponent - Math.log(sum));
}

/** `of(x - max, sum of exp(x - max))` for every logit of every row. */
function perRow(logits: ArrayLike<number>, width: number, of: (exponent: number, sum: number) => number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    const end = Math.min(start + width, logits.length);
    let most = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) most = Math.max(most, logits[i]!);
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(logits[i]! - most);
    for (let i = start; i < end; i++) result[i] = of(logits[i]! - most, sum);
  }
  return result;
}
