import type { Answer } from '../../core/codec/answerFile.ts';
import type { Address, Digest } from '../../core/codec/hex.ts';
import { type ReceiptDomain, verifyReceipt } from '../../core/codec/receipt.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { type Divergence, firstDifference } from '../../core/dispute/firstDifference.ts';
import { ReceiptMismatch, requireFacts, requireRoot } from '../../core/dispute/verifyClaim.ts';
import { runProgram } from '../../core/exact/interpreter.ts';
import type { Program } from '../../core/exact/program.ts';

/** What the receipt must say for the answer to be the one asked for. */
export interface Expected {
  readonly jobId: Digest;
  readonly versionId: bigint;
  readonly programRoot: Digest;
  readonly worker: Address;
  readonly domain: ReceiptDomain;
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

/** What the court allows between a receipt's date and its filing, seconds. Twin: contracts/disputes/ReceiptCourt.sol. */
const MAX_SKEW_SECONDS = 900n;

/**
 * Checks the date of a receipt that no job carries: until when it can be challenged follows from the date alone, so a worker
 * who dates it wrong could get away with a lie.
 * @param now chain time
 * @throws {ReceiptMismatch}
 */
export function checkDate({ receipt: { receipt } }: Pick<Answer, 'receipt'>, now: bigint): void {
  const { issuedAt } = receipt;
  const skew = issuedAt > now ? issuedAt - now : now - issuedAt;
  if (skew <= MAX_SKEW_SECONDS) return;
  throw new ReceiptMismatch('issuedAt', issuedAt, `${now} within ${MAX_SKEW_SECONDS} seconds`);
}
