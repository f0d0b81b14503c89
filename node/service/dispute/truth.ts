import type { Digest } from '../../core/codec/hex.ts';
import type { Truth } from '../../core/dispute/challengerMove.ts';
import type { CommittedValue, ProgramCommitment } from '../../core/dispute/programCommitment.ts';
import { commitTrace, traceOf } from '../../core/dispute/traceCommitment.ts';
import { ExactInputRefused } from '../../core/exact/errors.ts';
import { checkInput, runProgram } from '../../core/exact/interpreter.ts';
import { commitTensor } from '../../core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';

/**
 * What the program says of an input, in exact integers by the interpreter: a stake hangs on it, so no runtime's kernels are
 * trusted, not even for steps whose faults the output would hide.
 */
export function truthOf(program: ProgramCommitment, input: Tensor): Truth {
  try {
    checkInput(program.program, input);
  } catch (error) {
    if (!(error instanceof ExactInputRefused)) throw error;
    const element = error.meta?.['element'];
    // No step has a value then: the proof needs the input alone.
    const value: CommittedValue = { tensor: input, committed: commitTensor(input, { sha256: program.sha256 }) };
    return { own: traceOf(program, [value, value]), refused: typeof element === 'number' ? element : 'header' };
  }
  return { own: commitTrace(program, input, runProgram(program.program, input, { trace: true }).trace!) };
}

/** T of the output; undefined when the program takes no such input. */
export const outputRootOf = ({ own, refused }: Truth): Digest | undefined =>
  refused === undefined ? own.values.at(-1)!.committed.digest : undefined;
