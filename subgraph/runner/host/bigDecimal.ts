import {
  type BigDecimal,
  dividedBy,
  equals,
  formatBigDecimal,
  minus,
  parseBigDecimal,
  plus,
  times,
} from '../number/bigDecimal.ts';
import { newDecimal, readDecimal } from '../wasm/decimal.ts';
import type { HostNamespace } from './context.ts';

/** `bigDecimal.*`, with graph-node's 34 digits. */
export const bigDecimalHost: HostNamespace = (context) => {
  const binary =
    (operation: (x: BigDecimal, y: BigDecimal) => BigDecimal) =>
    (x: number, y: number): number =>
      newDecimal(context.heap, operation(readDecimal(context.heap, x), readDecimal(context.heap, y)));
  return {
    'bigDecimal.plus': binary(plus),
    'bigDecimal.minus': binary(minus),
    'bigDecimal.times': binary(times),
    'bigDecimal.dividedBy': binary(dividedBy),
    'bigDecimal.equals': (x: number, y: number) =>
      equals(readDecimal(context.heap, x), readDecimal(context.heap, y)) ? 1 : 0,
    'bigDecimal.toString': (x: number) => context.heap.newString(formatBigDecimal(readDecimal(context.heap, x))),
    'bigDecimal.fromString': (text: number) => newDecimal(context.heap, parseBigDecimal(context.heap.string(text))),
  };
};
