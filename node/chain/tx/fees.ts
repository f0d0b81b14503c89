/** Prices of EIP-1559, wei per gas. */
export interface Fees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Room for six full blocks in a row, each raising the base fee by an eighth; never above `cap`. */
export function suggestedFees(baseFeePerGas: bigint, priorityFeePerGas: bigint, cap: bigint): Fees {
  const maxFeePerGas = smaller(cap, 2n * baseFeePerGas + priorityFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(maxFeePerGas, priorityFeePerGas) };
}

/**
 * Fees that replace `last` in every pool: nodes ask for 10 % more on both prices, we give 12.5 %, or today's price
 * when that is higher; never above `cap`.
 */
export function bumpedFees(last: Fees, suggested: Fees, cap: bigint): Fees {
  const maxFeePerGas = smaller(cap, larger(raised(last.maxFeePerGas), suggested.maxFeePerGas));
  const tip = larger(raised(last.maxPriorityFeePerGas), suggested.maxPriorityFeePerGas);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(maxFeePerGas, tip) };
}

const raised = (price: bigint): bigint => price + price / 8n + 1n;

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** True when a pool would take `next` in place of `last`. */
export const replaces = (next: Fees, last: Fees): boolean =>
  next.maxFeePerGas * 10n >= last.maxFeePerGas * 11n &&
  next.maxPriorityFeePerGas * 10n >= last.maxPriorityFeePerGas * 11n;
