import type { Address, Digest } from '../../core/codec/hex.ts';
import { sameAddress } from '../../core/codec/hex.ts';
import { type SignedReceipt, verifyReceipt } from '../../core/codec/receipt.ts';
import type { Sha256 } from '../../core/codec/sha256.ts';
import { ProtocolError } from '../../core/errors.ts';
import { runProgram } from '../../core/exact/interpreter.ts';
import type { Program } from '../../core/exact/program.ts';
import { tensorCommitment } from '../../core/merkle/tensorCommitment.ts';
import type { Tensor } from '../../core/tensor/tensor.ts';

/** Everything a stranger needs to check one answer, apart from the artifact that the CID names. */
export interface Answer {
  readonly model: string;
  readonly cid: string;
  readonly feeWei: bigint;
  readonly hotKey: Address;
  readonly input: Tensor;
  readonly output: Tensor;
  readonly receipt: SignedReceipt;
}

/** What the receipt must say for the answer to be the one asked for. */
export interface Expected {
  readonly jobId: Digest;
  readonly versionId: bigint;
  readonly programRoot: Digest;
  readonly worker: Address;
}

/** A receipt that claims something else than what was asked or answered. */
export class ReceiptMismatch extends ProtocolError {
  override readonly code = 'RECEIPT_MISMATCH';
}

/** Checks form, signature and roots: cheap, without the model. @throws {ReceiptMismatch} ReceiptForged SignatureMalformed */
export function checkReceipt(answer: Answer, expected: Partial<Expected>, sha256: Sha256): void {
  const { receipt } = answer.receipt;
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['jobId', receipt.jobId, expected.jobId],
    ['versionId', receipt.versionId, expected.versionId],
    ['programRoot', receipt.programRoot, expected.programRoot],
    ['inputRoot', receipt.inputRoot, tensorCommitment(answer.input, { sha256 })],
    ['outputRoot', receipt.outputRoot, tensorCommitment(answer.output, { sha256 })],
  ];
  for (const [name, actual, wanted] of facts)
    if (wanted !== undefined && actual !== wanted) throw mismatch(name, actual, wanted);
  if (expected.worker !== undefined && !sameAddress(receipt.worker, expected.worker))
    throw mismatch('worker', receipt.worker, expected.worker);
  verifyReceipt(answer.receipt, answer.hotKey);
}

const mismatch = (name: string, actual: unknown, wanted: unknown): ReceiptMismatch =>
  new ReceiptMismatch({
    what: 'The receipt does not belong to this answer',
    why: `its ${name} is ${actual}, expected ${wanted}`,
    fix: 'Do not accept the answer; keep the receipt as evidence and ask another worker.',
    meta: { name, actual, wanted },
  });

/** Where a claimed output leaves the program's. */
export interface Divergence {
  /** Flat row-major index of the first differing element. */
  readonly element: number;
  readonly row: number;
  /** Undefined where the claim has elements that the program's output has not. */
  readonly expected: number | bigint | undefined;
  readonly claimed: number | bigint | undefined;
  readonly differing: number;
}

/** Re-executes the program in exact integers. Undefined: the claim is true, bit for bit, type and shape included. */
export function reexecute(program: Program, answer: Pick<Answer, 'input' | 'output'>): Divergence | undefined {
  const { output } = runProgram(program, answer.input as Tensor<'uint8'>);
  const claim = answer.output;
  const alike = claim.dtype === output.dtype && claim.dims.join() === output.dims.join();
  let first: number | undefined;
  let differing = 0;
  for (let i = 0; i < Math.max(output.data.length, claim.data.length); i++) {
    if (alike && output.data[i] === claim.data[i]) continue;
    first ??= i;
    differing += 1;
  }
  if (first === undefined) return undefined;
  const perRow = output.data.length / (output.dims[0] ?? 1);
  return {
    element: first,
    row: Math.floor(first / perRow),
    expected: output.data[first],
    claimed: claim.data[first],
    differing,
  };
}
