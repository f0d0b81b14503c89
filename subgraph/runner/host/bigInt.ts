import { DeterministicError } from '../errors.ts';
import { dividedBy, normalise } from '../number/bigDecimal.ts';
import { newDecimal, readDecimal } from '../wasm/decimal.ts';
import type { HostNamespace } from './context.ts';

/** Beyond this a mapping is attacking its host. */
const MAX_BITS = 435_412;

function divisor(value: bigint): bigint {
  if (value === 0n) throw new DeterministicError('attempted to divide a BigInt by zero');
  return value;
}

function power(base: bigint, exponent: number): bigint {
  const bits = (base < 0n ? -base : base).toString(2).length;
  if (bits * exponent > MAX_BITS) throw new DeterministicError('the power of a BigInt is too large');
  return base ** BigInt(exponent);
}

export function parseInteger(text: string): bigint {
  if (text.length > 100_000 || !/^[+-]?\d+$/.test(text))
    throw new DeterministicError(`${JSON.stringify(text.slice(0, 80))} is not an integer`);
  return BigInt(text.replace(/^\+/, ''));
}

/** `bigInt.*`: division truncates toward zero, bit operations see two's complement. */
export const bigIntHost: HostNamespace = (context) => {
  const binary =
    (operation: (x: bigint, y: bigint) => bigint) =>
    (x: number, y: number): number =>
      context.heap.newBigInt(operation(context.heap.bigInt(x), context.heap.bigInt(y)));
  const withByte =
    (operation: (x: bigint, n: number) => bigint) =>
    (x: number, n: number): number =>
      context.heap.newBigInt(operation(context.heap.bigInt(x), n & 0xff));
  return {
    'bigInt.plus': binary((x, y) => x + y),
    'bigInt.minus': binary((x, y) => x - y),
    'bigInt.times': binary((x, y) => x * y),
    'bigInt.dividedBy': binary((x, y) => x / divisor(y)),
    'bigInt.mod': binary((x, y) => x % divisor(y)),
    'bigInt.bitOr': binary((x, y) => x | y),
    'bigInt.bitAnd': binary((x, y) => x & y),
    'bigInt.pow': withByte(power),
    'bigInt.leftShift': withByte((x, n) => x << BigInt(n)),
    'bigInt.rightShift': withByte((x, n) => x >> BigInt(n)),
    'bigInt.fromString': (text: number) => context.heap.newBigInt(parseInteger(context.heap.string(text))),
    'bigInt.dividedByDecimal': (x: number, y: number) => {
      const { heap } = context;
      return newDecimal(heap, dividedBy(normalise(heap.bigInt(x), 0), readDecimal(heap, y)));
    },
  };
};
