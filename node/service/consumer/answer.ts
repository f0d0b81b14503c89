import type { Answer } from '../../core/codec/answerFile.ts';
import type { Address, Digest } from '../../core/codec/hex.ts';
import { verifyReceipt } from '../../core/codec/receipt.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { type Divergence, firstDifference } from '../../core/dispute/firstDifference.ts';
import { requireFacts, requireRoot } from '../../core/dispute/verifyClaim.ts';
import { runProgram } from '../../core/exact/interpreter.ts';
import type { Program } from '../../core/exact/program.ts';

/** What the receipt must say for the answer to be the one asked for. */
export interface Expected {
  readonly jobId: Digest;
  readonly versionId: bigint;
  readonly programRoot: Digest;
  readonly worker: Address;
}

/** Checks form, signature and roots: cheap, without the model. @throws {ReceiptMismatch} ReceiptForged SignatureMalformed */
export function checkReceipt(answer: Answer, expected: Partial<Expected>, sha256: Sha256): void {
  requireFacts(answer.receipt, expected);
  requireRoot(answer.receipt, 'inputRoot', answer.input, sha256);
  requireRoot(answer.receipt, 'outputRoot', answer.output, sha256);
  verifyReceipt(answer.receipt, answer.hotKey);
}

/** Re-executes the program in exact integers. Undefined: the claim is true, bit for bit, type and shape included. */
export const reexecute = (
  program: Program,
  { input, output }: Pick<Answer, 'input' | 'output'>,
): Divergence | undefined => firstDifference(runProgram(program, input).output, output);
