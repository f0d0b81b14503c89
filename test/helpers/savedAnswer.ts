import type { Answer } from '../../node/core/codec/answerFile.ts';
import type { Digest } from '../../node/core/codec/hex.ts';
import { type Receipt, receiptDigest } from '../../node/core/codec/receipt.ts';
import { runProgram } from '../../node/core/exact/interpreter.ts';
import { tensorCommitment } from '../../node/core/merkle/tensorCommitment.ts';
import { tensor } from '../../node/core/tensor/tensor.ts';
import { randomProgram } from './randomProgram.ts';
import { Seeded } from './seeded.ts';
import { testSigner } from './testSigner.ts';

export const program = randomProgram(new Seeded(7));
export const hot = testSigner('hot');
export const ROOT = `0x${'ab'.repeat(32)}` as Digest;

/** An honest worker's answer by `program`. */
export function honest(): Answer {
  const { dims, lo, dtype } = program.input;
  const count = dims.reduce((product, dim) => product * dim, 2);
  const array = (dtype === 'uint8' ? new Uint8Array(count) : new Int8Array(count)).fill(Math.max(lo, 1));
  const input = tensor(dtype, [2, ...dims], array);
  const { output } = runProgram(program, input);
  const receipt: Receipt = {
    jobId: ROOT,
    versionId: 3n,
    programRoot: ROOT,
    inputRoot: tensorCommitment(input),
    outputRoot: tensorCommitment(output),
    worker: testSigner('owner').address,
    issuedAt: 1_790_000_000n,
  };
  const domain = { chainId: 31337n, verifyingContract: testSigner('market').address };
  return {
    model: 'digits',
    cid: 'bafkreigh2akiscaildc',
    feeWei: 10n ** 15n,
    hotKey: hot.address,
    input,
    output,
    receipt: { receipt, domain, signature: hot.signDigest(receiptDigest(receipt, domain)) },
  };
}
