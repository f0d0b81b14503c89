import type { Program, ProgramOutput } from '../../../node/core/exact/program.ts';
import { decodeOutput } from '../../../node/core/exact/quantize.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import { safeText } from '../safeText.ts';

export interface Score {
  readonly label: string;
  /** The model's own number. */
  readonly value: number;
  /** Of one; absent when the model does not end in a softmax. */
  readonly share?: number;
}

export interface Reading {
  /** In the order of the outputs. */
  readonly scores: readonly Score[];
  /** Index of the largest. */
  readonly best: number;
}

const MOST_SCORES = 1000;

/** Integers as labels and shares, as the model's metadata says they are meant. */
export function readOutput(output: ProgramOutput, result: Tensor): Reading {
  const values = [...decodeOutput({ output } as Program, result)].slice(0, MOST_SCORES);
  const most = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = output.activation === 'none' ? undefined : weights.map((weight) => weight / total);
  const scores = values.map((value, i) => ({
    label: safeText(output.labels?.[i] ?? String(i), 40),
    value,
    ...(shares === undefined ? {} : { share: shares[i]! }),
  }));
  return { scores, best: values.indexOf(most) };
}
