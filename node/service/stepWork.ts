import type { Step } from '../core/exact/step.ts';

const product = (dims: readonly number[]): number => dims.reduce((all, dim) => all * dim, 1);

/** Multiplications with addition that one sample of a step takes; steps without products count their outputs. */
export function stepWork({ outDims, constants }: Step): number {
  const [weights] = constants;
  if (weights === undefined || weights.dims.length < 2) return product(outDims);
  // Every output element is a sum over one column of the weights, however the layer is laid out.
  const channels = outDims.at(-1)!;
  return (product(outDims) / channels) * product(weights.dims);
}
