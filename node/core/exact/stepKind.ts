import type { Tensor } from '../tensor/tensor.ts';
import type { Emitter } from './emitter.ts';
import type { Fetch, Read, Step, StepOp, StepProof, ValueFacts } from './step.ts';

/** Everything this project knows about one step operator: one row of `STEP_KINDS`, one section of docs/program.md. */
export interface StepKind {
  readonly op: StepOp;
  /** Names of the attributes in use, by position. The others must be 0. */
  readonly attributes: Readonly<Record<number, string>>;
  /**
   * Proves that the step computes the same bits on every machine for every source within its facts.
   * @throws {ExactProofFailed} naming `where`, the value and the bound
   */
  readonly prove: (step: Step, sources: readonly ValueFacts[], where: string) => StepProof;
  /** The step on whole tensors; `sources` have the element counts that were proven. @returns [rows, ...outDims] */
  readonly run: (step: Step, proof: StepProof, sources: readonly Tensor[], rows: number) => Tensor;
  /** What one element of the output (index over all rows) is computed from, in the order of the evidence. */
  readonly reads: (step: Step, element: number) => readonly Read[];
  /** The element from those reads alone, in plain big integers: the twin of the Solidity referee. */
  readonly element: (step: Step, element: number, fetch: Fetch) => number;
  /** Sums of the chunks of a dot product of more than 4096 products; undefined for shorter ones and other steps. */
  readonly chunkSums?: (step: Step, element: number, fetch: Fetch) => readonly bigint[] | undefined;
  /** Writes the step as ONNX nodes; constants are named `step<j>.<suffix>`. */
  readonly emit: (step: Step, emitter: Emitter, name: string) => void;
  /** The constants of a step from what `emit` wrote. @throws {ExactModelMalformed} when one is absent or of another shape */
  readonly constants: (step: Step, written: (suffix: string) => Tensor) => Step['constants'];
}
