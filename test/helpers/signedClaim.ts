import { type Receipt, receiptDigest } from '../../node/core/codec/receipt.ts';
import type { Claim } from '../../node/core/dispute/verifyClaim.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../node/core/exact/modelFromProgram.ts';
import { type Program, programRoot } from '../../node/core/exact/program.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { encodeModel } from '../../node/core/onnx/encode.ts';
import { DTYPES, type Tensor } from '../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { testSigner } from './testSigner.ts';

const hot = testSigner('hot');

/** `value` with element `at` changed by the least that is possible. */
export function changedAt(value: Tensor, at: number): Tensor {
  const data = DTYPES[value.dtype].make(value.data.length) as Int32Array;
  data.set(value.data as Int32Array);
  data[at] = data[at]! ^ 1;
  return { ...value, data };
}

/** A claim that a worker signed for real; `lie` makes him sign another output, or other facts. */
export function signedClaim(
  program: Program,
  input: Tensor,
  lie: (output: Tensor) => Tensor = (output) => output,
  facts: Partial<Receipt> = {},
): Claim & { readonly output: Tensor } {
  const output = lie(runProgram(program, input).output);
  const receipt: Receipt = {
    jobId: `0x${'00'.repeat(32)}` as Receipt['jobId'],
    versionId: 3n,
    programRoot: programRoot(program, sha256),
    inputRoot: tensorCommitment(input, { sha256 }),
    outputRoot: tensorCommitment(output, { sha256 }),
    worker: testSigner('owner').address,
    issuedAt: 1_790_000_000n,
    ...facts,
  };
  const domain = { chainId: 31337n, verifyingContract: testSigner('market').address };
  const signature = hot.signDigest(receiptDigest(receipt, domain));
  const artifact = encodeModel(modelFromProgram(program));
  return { artifact, receipt: { receipt, domain, signature }, signer: hot.address, input, output };
}
