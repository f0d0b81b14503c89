/** The middle of an odd number of values; the upper middle of an even one. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
