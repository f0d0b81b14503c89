import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { toHex } from '../../../../node/core/codec/hex.ts';
import { sha256 } from '../../../../node/core/codec/sha256.ts';
import {
  type Claim,
  type ClaimFacts,
  judgeClaim,
  openClaim,
  ReceiptMismatch,
  verifyClaim,
} from '../../../../node/core/dispute/verifyClaim.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { modelFromProgram } from '../../../../node/core/exact/modelFromProgram.ts';
import { programRoot } from '../../../../node/core/exact/program.ts';
import { encodeModel } from '../../../../node/core/onnx/encode.ts';
import type { Tensor } from '../../../../node/core/tensor/tensor.ts';
import { randomInput, randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { changedAt, signedClaim } from '../../../helpers/signedClaim.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const SEED = 53;
const random = new Seeded(SEED);
const program = randomProgram(random, { maxWidth: 20 });
const input = randomInput(random, program, 2);
const honest = signedClaim(program, input);
const zero = `0x${'00'.repeat(32)}` as Digest;

const mismatch = (name: string, why: RegExp) => (error: unknown) => {
  assert(error instanceof ReceiptMismatch, String(error));
  assert.equal(error.meta?.['name'], name);
  assert.match(error.why, why);
  return true;
};

describe('verifyClaim', () => {
  it(`a true claim is equal, with its output at hand or not (seed ${SEED})`, () => {
    const { output, ...withheld } = honest;
    const root = honest.receipt.receipt.outputRoot;
    for (const claim of [honest, withheld])
      assert.deepEqual(verifyClaim(claim), { equal: true, computedRoot: root, claimedRoot: root });
    assert.equal(output.dims[0], 2);
  });

  it('a signed lie is false and named: every single element', () => {
    const computedRoot = honest.receipt.receipt.outputRoot;
    for (let at = 0; at < honest.output.data.length; at++) {
      const lie = signedClaim(program, input, (output) => changedAt(output, at));
      const verdict = verifyClaim(lie);
      assert.equal(verdict.equal, false);
      assert.equal(verdict.computedRoot, computedRoot);
      assert.equal(verdict.divergence?.element, at);
      assert.equal(verdict.divergence.expected, honest.output.data[at]);
      assert.equal(verdict.divergence.claimed, lie.output.data[at]);
      assert.equal(verdict.divergence.differing, 1);
    }
  });

  it('a signed lie is false without its output too, only not named', () => {
    const { output, ...withheld } = signedClaim(program, input, (value) => changedAt(value, 0));
    const verdict = verifyClaim(withheld);
    assert.equal(verdict.equal, false);
    assert.equal(verdict.divergence, undefined);
    assert.notEqual(output.data[0], honest.output.data[0]);
  });

  it('lies about type and shape are found', () => {
    const reshaped = (output: Tensor): Tensor => ({ ...output, dims: [output.data.length] });
    assert.equal(verifyClaim(signedClaim(program, input, reshaped)).equal, false);
  });

  it('an answer to an input that the program does not take is false, whatever it says', () => {
    const wrong = { ...input, dims: [1, input.data.length] };
    const claim = {
      ...honest,
      input: wrong,
      receipt: signedClaim(program, input, undefined, {
        inputRoot: openRoot(wrong),
      }).receipt,
    };
    const verdict = verifyClaim(claim);
    assert.equal(verdict.equal, false);
    assert.match(verdict.refused?.why ?? '', /shape/);
    assert.equal(verdict.computedRoot, undefined);
  });

  it('error: ReceiptMismatch on an output that is not the signed one, naming the element', () => {
    const at = honest.output.data.length - 1;
    const swapped = { ...honest, output: changedAt(honest.output, at) };
    assert.throws(
      () => verifyClaim(swapped),
      mismatch('outputRoot', new RegExp(`element ${at} of the output at hand`)),
    );
    const truth = { ...signedClaim(program, input, (output) => changedAt(output, 0)), output: honest.output };
    assert.throws(() => verifyClaim(truth), mismatch('outputRoot', /expected 0x[0-9a-f]{64}$/));
  });

  it('error: ReceiptMismatch on another input, program, artifact or fact', () => {
    const other = randomProgram(new Seeded(SEED + 1), { maxWidth: 20 });
    const artifact = encodeModel(modelFromProgram(other));
    const cases: readonly (readonly [string, Claim, ClaimFacts])[] = [
      ['inputRoot', { ...honest, input: changedAt(input, 0) }, {}],
      ['programRoot', { ...honest, artifact }, {}],
      ['artifact', honest, { sha256: zero }],
      ['programRoot', honest, { programRoot: zero }],
      ['versionId', honest, { versionId: 4n }],
      ['jobId', honest, { jobId: `0x${'01'.repeat(32)}` as Digest }],
      ['worker', honest, { worker: testSigner('thief').address }],
    ];
    for (const [name, claim, facts] of cases)
      assert.throws(() => verifyClaim(claim, facts), mismatch(name, /expected/), name);
  });

  it('all facts may be given, and hold', () => {
    const facts = {
      jobId: zero,
      versionId: 3n,
      programRoot: programRoot(program),
      worker: testSigner('owner').address,
      sha256: toHex(sha256(honest.artifact)) as Digest,
    };
    assert.equal(verifyClaim(honest, facts).equal, true);
  });

  it('error: RECEIPT_FORGED on a receipt that somebody else signed, or that was changed later', () => {
    assert.throws(() => verifyClaim({ ...honest, signer: testSigner('thief').address }), { code: 'RECEIPT_FORGED' });
    const receipt = { ...honest.receipt, receipt: { ...honest.receipt.receipt, versionId: 9n } };
    assert.throws(() => verifyClaim({ ...honest, receipt }), { code: 'RECEIPT_FORGED' });
  });

  it('error: a hostile artifact is refused before anything runs', () => {
    for (const length of [0, 1, 100, honest.artifact.length - 1])
      assert.throws(() => verifyClaim({ ...honest, artifact: honest.artifact.subarray(0, length) }));
  });

  it('the run in between is anybody’s: openClaim, run, judgeClaim', () => {
    const open = openClaim(honest);
    const { output } = runProgram(open.program, input);
    assert.equal(judgeClaim(open, output).equal, true);
    assert.equal(judgeClaim(open, changedAt(output, 1)).divergence?.element, 1);
    assert.throws(() => judgeClaim(open, undefined), /an accepted input was run/);
  });
});

function openRoot(value: Tensor): Digest {
  return signedClaim(program, input, () => value).receipt.receipt.outputRoot;
}
