import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { type Receipt, receiptDigest } from '../../../../node/core/codec/receipt.ts';
import { ReceiptMismatch } from '../../../../node/core/dispute/verifyClaim.ts';
import { runProgram } from '../../../../node/core/exact/interpreter.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 } from '../../../../node/host.ts';
import { type Answer, checkReceipt, reexecute } from '../../../../node/service/consumer/answer.ts';
import { AnswerFileMalformed, decodeAnswer, encodeAnswer } from '../../../../node/service/consumer/answerFile.ts';
import { randomProgram } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const program = randomProgram(new Seeded(7));
const hot = testSigner('hot');
const ROOT = `0x${'ab'.repeat(32)}` as Digest;

function honest(): Answer {
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

describe('encodeAnswer / decodeAnswer', () => {
  it('round trip', () => assert.deepEqual(decodeAnswer(encodeAnswer(honest())), honest()));

  const file = JSON.parse(encodeAnswer(honest())) as Record<string, Record<string, unknown>>;
  for (const [name, value] of [
    ['not JSON', '{'],
    ['a list', '[]'],
    ['another format', JSON.stringify({ ...file, format: 'assay-answer-9' })],
    ['no hot key', JSON.stringify({ ...file, hotKey: 'me' })],
    ['a fee in tokens', JSON.stringify({ ...file, feeWei: '0.1' })],
    ['an input without a type', JSON.stringify({ ...file, input: { ...file['input'], dtype: '__proto__' } })],
    ['an input of another size', JSON.stringify({ ...file, input: { ...file['input'], base64: 'AAAA' } })],
    ['an output that is no tensor', JSON.stringify({ ...file, output: null })],
  ] as const) {
    it(`error: AnswerFileMalformed on ${name}`, () => assert.throws(() => decodeAnswer(value), AnswerFileMalformed));
  }
  it('error: RECEIPT_MALFORMED on a receipt that is none', () => {
    assert.throws(() => decodeAnswer(JSON.stringify({ ...file, receipt: {} })), { code: 'RECEIPT_MALFORMED' });
  });
  it('error: TENSOR_MALFORMED on dimensions that overflow', () => {
    assert.throws(
      () => decodeAnswer(JSON.stringify({ ...file, input: { ...file['input'], dims: [2 ** 40, 2 ** 40] } })),
      { code: 'TENSOR_MALFORMED' },
    );
  });
});

describe('checkReceipt', () => {
  it('accepts what was asked for', () =>
    checkReceipt(
      honest(),
      { jobId: ROOT, versionId: 3n, programRoot: ROOT, worker: testSigner('owner').address },
      nativeSha256,
    ));

  for (const expected of [
    { jobId: `0x${'00'.repeat(32)}` as Digest },
    { versionId: 4n },
    { programRoot: `0x${'00'.repeat(32)}` as Digest },
    { worker: hot.address },
  ]) {
    it(`error: ReceiptMismatch on another ${Object.keys(expected)[0]}`, () =>
      assert.throws(() => checkReceipt(honest(), expected, nativeSha256), ReceiptMismatch));
  }
  it('error: ReceiptMismatch when input or output are not the committed ones', () => {
    const answer = honest();
    const other = tensor(answer.output.dtype, answer.output.dims, answer.output.data.slice() as never);
    (other.data as Int32Array)[0] = Number(other.data[0]) + 1;
    assert.throws(() => checkReceipt({ ...answer, output: other }, {}, nativeSha256), ReceiptMismatch);
    assert.throws(() => checkReceipt({ ...answer, input: answer.output }, {}, nativeSha256), ReceiptMismatch);
  });
  it('error: RECEIPT_FORGED when somebody else signed', () => {
    assert.throws(() => checkReceipt({ ...honest(), hotKey: testSigner('thief').address }, {}, nativeSha256), {
      code: 'RECEIPT_FORGED',
    });
  });
});

describe('reexecute', () => {
  it('an honest answer is equal', () => assert.equal(reexecute(program, honest()), undefined));

  it('a lie is found: element, row, both values, count', () => {
    const answer = honest();
    const data = answer.output.data.slice() as Int32Array;
    const at = data.length - 1;
    data[at] = data[at]! + 1;
    const lie = reexecute(program, {
      ...answer,
      output: tensor(answer.output.dtype, answer.output.dims, data as never),
    });
    const coordinates = answer.output.dims.map((dim) => dim - 1);
    const [expected, claimed] = [answer.output.data[at], data[at]];
    assert.deepEqual(lie, { element: at, coordinates, row: 1, expected, claimed, differing: 1 });
  });
});
