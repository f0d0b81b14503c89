import type { Tensor } from '../tensor/tensor.ts';

/** Where a claimed tensor leaves the computed one. */
export interface Divergence {
  /** Flat row-major index of the first differing element, rows included. */
  readonly element: number;
  /** The same place as coordinates of the computed tensor; undefined where the claim has elements that it has not. */
  readonly coordinates: readonly number[] | undefined;
  readonly row: number;
  /** Undefined where the claim has elements that the program's output has not. */
  readonly expected: number | bigint | undefined;
  readonly claimed: number | bigint | undefined;
  readonly differing: number;
}

/** Where a claimed trace leaves the computed one. */
export interface StepDivergence extends Divergence {
  /** Number of the step as in docs/program.md: 1..n. */
  readonly step: number;
}

/** Coordinates of flat index `at` in a row-major tensor of `dims`. */
export function coordinatesOf(at: number, dims: readonly number[]): number[] {
  let rest = at;
  return dims
    .toReversed()
    .map((dim) => {
      const coordinate = rest % dim;
      rest = Math.floor(rest / dim);
      return coordinate;
    })
    .toReversed();
}

/** Type and shape belong to a tensor: where they differ, every element does. Undefined: equal, bit for bit. */
export function firstDifference(expected: Tensor, claimed: Tensor): Divergence | undefined {
  const alike = claimed.dtype === expected.dtype && claimed.dims.join() === expected.dims.join();
  const length = Math.max(expected.data.length, claimed.data.length);
  let first: number | undefined;
  let differing = 0;
  for (let at = 0; at < length; at++) {
    if (alike && expected.data[at] === claimed.data[at]) continue;
    first ??= at;
    differing++;
  }
  if (first === undefined) return undefined;
  return {
    element: first,
    coordinates: first < expected.data.length ? coordinatesOf(first, expected.dims) : undefined,
    row: Math.floor(first / (expected.data.length / (expected.dims[0] ?? 1))),
    expected: expected.data[first],
    claimed: claimed.data[first],
    differing,
  };
}

/**
 * The first step at which a claimed trace leaves the computed one: from there on nothing the claimant says matters.
 * @param claimed outputs of steps 1..n; an undefined one is unknown and passes
 */
export function firstStepDifference(
  expected: readonly Tensor[],
  claimed: readonly (Tensor | undefined)[],
): StepDivergence | undefined {
  for (const [index, output] of expected.entries()) {
    const claim = claimed[index];
    const difference = claim === undefined ? undefined : firstDifference(output, claim);
    if (difference !== undefined) return { step: index + 1, ...difference };
  }
  return undefined;
}
