import type { Tensor } from '../tensor/tensor.ts';

/**
 * Class of the greatest score in each row of [n, classes], the first one on ties (as ArgMax). One integer per row is the
 * class itself: the model ended in ArgMax.
 */
export function predictions(scores: Tensor): Uint32Array {
  const [rows, classes] = [scores.dims[0]!, scores.data.length / scores.dims[0]!];
  if (classes === 1 && (scores.dtype === 'int64' || scores.dtype === 'int32'))
    return Uint32Array.from(scores.data as BigInt64Array | Int32Array, Number);
  return Uint32Array.from({ length: rows }, (_, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (scores.data[row * classes + c]! > scores.data[row * classes + best]!) best = c;
    return best;
  });
}

/** How many predictions equal their labels. */
export function correct(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < predicted.length; i++) if (predicted[i] === labels[i]) count++;
  return count;
}
