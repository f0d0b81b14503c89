import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnswerFileMalformed, decodeAnswer, encodeAnswer } from '../../../../node/core/codec/answerFile.ts';
import { honest } from '../../../helpers/savedAnswer.ts';

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
