import { DTYPES, elementCount } from '../tensor/tensor.ts';
import { SizeBudgetExceeded } from './errors.ts';
import type { TensorType } from './op.ts';

/** How much a model may ask for: a file of 79 bytes can ask for gigabytes. */
export interface SizeBudget {
  /** Bytes of one tensor. */
  readonly tensorBytes: number;
  /** Bytes of all values that the nodes produce, freed or not. */
  readonly totalBytes: number;
  /** Elementary operations: one per element of every result, one per product of matrices, and some for each node. */
  readonly operations: number;
}

/** Enough for the models this project trains; small enough that a hostile one fails in seconds. */
export const DEFAULT_BUDGET: SizeBudget = { tensorBytes: 2 ** 28, totalBytes: 2 ** 31, operations: 2 ** 33 };

/** What visiting a node costs, in operations: a loop of nothing is not free. */
const NODE_OPERATIONS = 1024;

/** Takes the cost of a node, before anything is allocated, off what is left of a budget. */
export type Charge = (what: string, outputs: readonly TensorType[], operations: number) => void;

const bytesOf = (type: TensorType): number => elementCount(type.dims) * DTYPES[type.dtype].bytes;

/** Operations of one visit to a node that does `work` beyond writing its outputs. */
export const operationsOf = (outputs: readonly TensorType[], work: number): number =>
  outputs.reduce((sum, { dims }) => sum + elementCount(dims), NODE_OPERATIONS + work);

/** A counter over `budget`. The answer throws {@link SizeBudgetExceeded} on the node that overdraws it. */
export function meter(budget: SizeBudget): Charge {
  let bytes = 0;
  let operations = 0;
  return (what, outputs, spent) => {
    for (const output of outputs) {
      const size = bytesOf(output);
      if (size > budget.tensorBytes)
        throw new SizeBudgetExceeded(`a result of ${what}`, size, budget.tensorBytes, 'bytes');
      bytes += size;
    }
    operations += spent;
    const sofar = `everything up to ${what}`;
    if (bytes > budget.totalBytes) throw new SizeBudgetExceeded(sofar, bytes, budget.totalBytes, 'bytes');
    if (operations > budget.operations)
      throw new SizeBudgetExceeded(sofar, operations, budget.operations, 'operations');
  };
}

/** Charges the operations `times` over, for the body of a loop; its values are freed after every pass. */
export const repeated =
  (charge: Charge, times: number): Charge =>
  (what, outputs, operations) =>
    charge(what, outputs, operations * times);
