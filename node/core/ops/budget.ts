import { DTYPES, elementCount } from '../tensor/tensor.ts';
import { SizeBudgetExceeded } from './errors.ts';
import type { TensorType } from './op.ts';

/** How much a model may ask for: a file of 79 bytes can ask for gigabytes. */
export interface SizeBudget {
  /** Bytes of one tensor. */
  readonly tensorBytes: number;
  /** Bytes of all values that the nodes produce, freed or not. */
  readonly totalBytes: number;
  /** Multiplications of all matrix products and convolutions. */
  readonly multiplications: number;
}

/** Enough for the models this project trains; small enough that a hostile one fails in seconds. */
export const DEFAULT_BUDGET: SizeBudget = {
  tensorBytes: 2 ** 28,
  totalBytes: 2 ** 31,
  multiplications: 2 ** 33,
};

/** Takes the cost of a node, before it is allocated, off what is left of a budget. */
export type Charge = (what: string, outputs: readonly TensorType[], multiplications: number) => void;

const bytesOf = (type: TensorType): number => elementCount(type.dims) * DTYPES[type.dtype].bytes;

/** A counter over `budget`. The answer throws {@link SizeBudgetExceeded} on the node that overdraws it. */
export function meter(budget: SizeBudget): Charge {
  let bytes = 0;
  let multiplications = 0;
  return (what, outputs, work) => {
    for (const output of outputs) {
      const size = bytesOf(output);
      if (size > budget.tensorBytes)
        throw new SizeBudgetExceeded(`a result of ${what}`, size, budget.tensorBytes, 'bytes');
      bytes += size;
    }
    multiplications += work;
    if (bytes > budget.totalBytes)
      throw new SizeBudgetExceeded(`everything up to ${what}`, bytes, budget.totalBytes, 'bytes');
    if (multiplications > budget.multiplications) {
      throw new SizeBudgetExceeded(
        `everything up to ${what}`,
        multiplications,
        budget.multiplications,
        'multiplications',
      );
    }
  };
}

/** Charges the arithmetic `times` over, for the body of a loop; its values are freed after every pass. */
export const repeated =
  (charge: Charge, times: number): Charge =>
  (what, outputs, work) =>
    charge(what, outputs, work * times);
