import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { ReceiptMismatch } from '../../../../node/core/dispute/verifyClaim.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 } from '../../../../node/host.ts';
import { checkDate, checkReceipt, reexecute } from '../../../../node/service/consumer/answer.ts';
import { honest, hot, program, ROOT } from '../../../helpers/savedAnswer.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

describe('checkReceipt', () => {
  it('accepts what was asked for', () =>
    checkReceipt(
      honest(),
      {
        jobId: ROOT,
        versionId: 3n,
        programRoot: ROOT,
        worker: testSigner('owner').address,
        domain: honest().receipt.domain,
      },
      nativeSha256,
    ));

  for (const expected of [
    { jobId: `0x${'00'.repeat(32)}` as Digest },
    { versionId: 4n },
    { programRoot: `0x${'00'.repeat(32)}` as Digest },
    { worker: hot.address },
    { domain: { ...honest().receipt.domain, chainId: 1n } },
    { domain: { ...honest().receipt.domain, verifyingContract: hot.address } },
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

describe('checkDate', () => {
  const { issuedAt } = honest().receipt.receipt;
  it('takes a receipt of a quarter of an hour before or after', () => {
    for (const now of [issuedAt - 900n, issuedAt, issuedAt + 900n]) checkDate(honest(), now);
  });
  it('error: ReceiptMismatch on a date that would end its window early or late', () => {
    for (const now of [issuedAt - 901n, issuedAt + 901n])
      assert.throws(() => checkDate(honest(), now), { code: 'RECEIPT_MISMATCH' });
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
