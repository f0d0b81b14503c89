import type { Reading, Value } from '../reading.ts';
import { spread } from './binary.ts';

/** Constants from here down hide an element from the softmax behind them. */
export const HIDDEN = -1e4;

/** Whether some constants hide elements, as attention masks do, and others do not. */
export const isMask = (constants: Float64Array): boolean =>
  constants.some((c) => c <= HIDDEN) && constants.some((c) => c > HIDDEN / 100);

/** The value without the elements that the constants, in its logical order, hide. */
export function masked(r: Reading, value: Value, constants: Float64Array): Value {
  const whole = r.complete(r.settle(value));
  const hidden = r.scattered(
    whole,
    constants.map((c) => (c <= HIDDEN ? 1 : 0)),
  );
  return r.over(whole, r.add({ kind: 'mask', hidden }, [whole.node], r.network.nodes[whole.node]!.dims));
}

/** Where(constant, value, very negative) and the other way round. */
function readWhere(r: Reading): Value {
  r.numbers({});
  const isFirst = r.isConstant(2);
  if (!r.isConstant(0) || r.isConstant(1) === isFirst)
    throw r.refuse('it selects by a computed condition, or between two computed values');
  const value = r.value(isFirst ? 1 : 2);
  const other = spread(r, value, isFirst ? 2 : 1, true);
  const condition = spread(r, value, 0);
  const constants = condition.map((chosen, at) => ((chosen !== 0) === isFirst ? 0 : other[at]!));
  if (constants.some((c) => c !== 0 && c > HIDDEN))
    throw r.refuse('it sets elements to something else than minus infinity');
  return isMask(constants) ? masked(r, value, constants) : value;
}

export const MASK_RULES: Readonly<Record<string, (reading: Reading) => Value>> = { Where: readWhere };
