import type { Digest } from '../../../node/core/codec/hex.ts';
import type { Divergence } from '../../../node/core/dispute/firstDifference.ts';
import type { ProgramInput, ProgramOutput } from '../../../node/core/exact/program.ts';
import type { Tensor } from '../../../node/core/tensor/tensor.ts';
import type { Problem } from '../problem.ts';

/** What the page needs to know of a program to ask for its input and to read its output. */
export interface OpenedProgram {
  readonly input: ProgramInput;
  readonly output: ProgramOutput;
  readonly programRoot: Digest;
  readonly steps: number;
}

export interface LocalRun {
  readonly output: Tensor;
  readonly milliseconds: number;
}

/** A recomputation of a signed answer: by onnxruntime, and by our own interpreter in exact integers. */
export interface Judgement {
  readonly equal: boolean;
  /** Both recomputations came to the same bits. */
  readonly agreed: boolean;
  readonly divergence?: Divergence;
  /** Why the program takes no such input: then every answer to it is false. */
  readonly refused?: string;
}

export type Question =
  | { readonly kind: 'open'; readonly artifact: Uint8Array }
  | { readonly kind: 'run'; readonly input: Tensor }
  | { readonly kind: 'judge'; readonly answer: string; readonly artifact: Uint8Array };

export interface Envelope<Asked> {
  readonly id: number;
  readonly question: Asked;
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly problem: Problem };
