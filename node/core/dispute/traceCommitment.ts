import type { Digest } from '../codec/hex.ts';
import { invariant } from '../errors.ts';
import type { Fetch, Operand, Step } from '../exact/step.ts';
import { treeOfDigests } from '../merkle/list.ts';
import { commitTensor } from '../merkle/tensorCommitment.ts';
import { type MerkleTree, rootOf } from '../merkle/tree.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CommittedValue, ProgramCommitment } from './programCommitment.ts';

/** What the referee takes as established: twin of `IReferee.Facts`. */
export interface Facts {
  readonly programRoot: Digest;
  readonly inputRoot: Digest;
  /** Root of the tree over T_1..T_n. */
  readonly traceRoot: Uint8Array;
  readonly count: number;
}

/** An input and all step outputs, and the trees that open any part of them. */
export interface TraceCommitment {
  readonly program: ProgramCommitment;
  /** The input, then T_1..T_n. */
  readonly values: readonly CommittedValue[];
  /** Over T_1..T_n. */
  readonly tree: MerkleTree;
  readonly facts: Facts;
}

/** @param trace outputs of steps 1..n, an honest run's or anybody's claim */
export function commitTrace(program: ProgramCommitment, input: Tensor, trace: readonly Tensor[]): TraceCommitment {
  const { sha256 } = program;
  invariant(trace.length === program.program.steps.length, 'a trace has one tensor for each step');
  return traceOf(
    program,
    [input, ...trace].map((tensor) => ({ tensor, committed: commitTensor(tensor, { sha256 }) })),
  );
}

/** The trace of these values: the input, then T_1..T_n. */
export function traceOf(program: ProgramCommitment, values: readonly CommittedValue[]): TraceCommitment {
  const digests = values.map(({ committed }) => committed.digest);
  const tree = treeOfDigests(digests.slice(1), program.sha256);
  const facts = {
    programRoot: program.root,
    inputRoot: digests[0]!,
    traceRoot: rootOf(tree),
    count: values.length - 1,
  };
  return { program, values, tree, facts };
}

/** Step `step` (1-based). */
export function stepOf({ program: { program } }: TraceCommitment, step: number): Step {
  const found = program.steps[step - 1];
  invariant(found !== undefined, `step ${step} exists`);
  return found;
}

/** Operand of step `step`: 0 and 1 its sources, 2 and 3 its constants. */
export function operandOf(own: TraceCommitment, step: number, operand: Operand): CommittedValue {
  if (operand < 2) return own.values[stepOf(own, step).sources[operand]!]!;
  const constant = own.program.constants[step - 1]?.[operand - 2];
  invariant(constant !== undefined, `step ${step} has constant ${operand - 2}`);
  return constant;
}

/** Elements of the operands of step `step`. */
export const fetchOf =
  (own: TraceCommitment, step: number): Fetch =>
  (operand, index) =>
    operandOf(own, step, operand).tensor.data[index]!;
