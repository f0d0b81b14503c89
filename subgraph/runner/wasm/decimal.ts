import { DeterministicError } from '../errors.ts';
import { type BigDecimal, normalise } from '../number/bigDecimal.ts';
import type { AscHeap } from './heap.ts';

/** `{ digits: BigInt, exp: BigInt }`; a mapping can make one that is not normalised. */
export function readDecimal(heap: AscHeap, pointer: number): BigDecimal {
  const exponent = heap.bigInt(heap.u32(pointer + 4));
  if (exponent > 100_000n || exponent < -100_000n)
    throw new DeterministicError(`the exponent ${exponent} of a BigDecimal is out of range`);
  return normalise(heap.bigInt(heap.u32(pointer)), Number(exponent));
}

export const newDecimal = (heap: AscHeap, { digits, exponent }: BigDecimal): number =>
  heap.newObject('BigDecimal', [heap.newBigInt(digits), heap.newBigInt(BigInt(exponent))]);
