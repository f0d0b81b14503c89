import type { Digest } from '../codec/hex.ts';
import { sha256 as portable, type Sha256 } from '../codec/sha256.ts';
import { invariant } from '../errors.ts';
import { type Program, programDigests } from '../exact/program.ts';
import { commitConstant, type Fetch, type Operand, type Step } from '../exact/step.ts';
import { listDigest, treeOfDigests } from '../merkle/list.ts';
import { type CommittedTensor, commitTensor } from '../merkle/tensorCommitment.ts';
import { type MerkleTree, rootOf } from '../merkle/tree.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A tensor with what commits to it. */
export interface CommittedValue {
  readonly tensor: Tensor;
  readonly committed: CommittedTensor;
}

/** What the referee takes as established: twin of `IReferee.Facts`. */
export interface Facts {
  readonly programRoot: Digest;
  readonly inputRoot: Digest;
  /** Root of the tree over T_1..T_n. */
  readonly traceRoot: Uint8Array;
  readonly count: number;
}

/** A program with its input and all step outputs, and the trees that open any part of them. */
export interface TraceCommitment {
  readonly program: Program;
  /** Over the program header and the step records. */
  readonly programTree: MerkleTree;
  /** The input, then T_1..T_n. */
  readonly values: readonly CommittedValue[];
  /** Over T_1..T_n. */
  readonly traceTree: MerkleTree;
  readonly facts: Facts;
  readonly sha256: Sha256;
}

/** @param trace outputs of steps 1..n, an honest run's or anybody's claim */
export function commitTrace(
  program: Program,
  input: Tensor,
  trace: readonly Tensor[],
  sha256: Sha256 = portable,
): TraceCommitment {
  invariant(trace.length === program.steps.length, 'a trace has one tensor for each step');
  const values = [input, ...trace].map((tensor) => ({ tensor, committed: commitTensor(tensor, { sha256 }) }));
  const programTree = treeOfDigests(programDigests(program, sha256), sha256);
  const traceTree = treeOfDigests(
    values.slice(1).map(({ committed }) => committed.digest),
    sha256,
  );
  const facts = {
    programRoot: listDigest(programTree, sha256),
    inputRoot: values[0]!.committed.digest,
    traceRoot: rootOf(traceTree),
    count: trace.length,
  };
  return { program, programTree, values, traceTree, facts, sha256 };
}

/** Step `step` (1-based). */
export function stepOf({ program }: TraceCommitment, step: number): Step {
  const found = program.steps[step - 1];
  invariant(found !== undefined, `step ${step} exists`);
  return found;
}

/** Operand of a step: 0 and 1 its sources, 2 and 3 its constants. */
export function operandOf(own: TraceCommitment, step: Step, operand: Operand): CommittedValue {
  if (operand < 2) return own.values[step.sources[operand]!]!;
  const which = (operand - 2) as 0 | 1;
  const [tensor, committed] = [step.constants[which], commitConstant(step, which, own.sha256)];
  invariant(tensor !== undefined && committed !== undefined, `${step.op} has constant ${which}`);
  return { tensor, committed };
}

/** Elements of the operands of a step. */
export const fetchOf =
  (own: TraceCommitment, step: Step): Fetch =>
  (operand, index) =>
    (operand < 2 ? own.values[step.sources[operand]!]!.tensor : step.constants[operand - 2]!).data[index]!;
