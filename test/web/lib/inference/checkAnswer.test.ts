import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../../../../node/core/codec/answerFile.ts';
import { type Receipt, type ReceiptDomain, receiptDigest } from '../../../../node/core/codec/receipt.ts';
import { type AnswerFacts, checkAnswer, deliverableOf } from '../../../../web/lib/inference/checkAnswer.ts';
import { ProblemError } from '../../../../web/lib/problem.ts';
import { honest, hot, ROOT } from '../../../helpers/savedAnswer.ts';
import { changedAt } from '../../../helpers/signedClaim.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const answer = honest();
const { issuedAt } = answer.receipt.receipt;

const facts = (changed: Partial<AnswerFacts> = {}): AnswerFacts => ({
  claim: { versionId: 3n, modelId: 1n, cid: answer.cid, sha256: ROOT, programRoot: ROOT, sizeBytes: 1 },
  hotKey: hot.address,
  worker: answer.receipt.receipt.worker,
  domain: answer.receipt.domain,
  chainTime: issuedAt + 5n,
  jobId: ROOT,
  judge: async () => ({ equal: true, agreed: true }),
  ...changed,
});

/** The worker signs this receipt instead, for another network if given. */
function resigned(changed: Partial<Receipt>, network: Partial<ReceiptDomain> = {}): Answer {
  const domain = { ...answer.receipt.domain, ...network };
  const receipt = { ...answer.receipt.receipt, ...changed };
  const signature = hot.signDigest(receiptDigest(receipt, domain));
  return { ...answer, receipt: { receipt, domain, signature } };
}

/** Judges what must not get that far. */
const neverJudged = facts({ judge: () => assert.fail('recomputed an answer whose receipt does not hold') });
const OTHER = `0x${'cd'.repeat(32)}` as const;

describe('checking an answer in the browser', () => {
  it('an honest one passes every check, each told once and in order', async () => {
    const told: string[] = [];
    const verdict = await checkAnswer(answer, facts(), ({ title }) => told.push(title));
    assert.equal(verdict.genuine, true);
    assert.equal(verdict.right, true);
    assert.deepEqual(
      told,
      verdict.checks.map(({ title }) => title),
    );
    assert.equal(told.length, 8);
    assert.ok(verdict.checks.every(({ state }) => state === 'passed'));
  });

  const refusals: readonly (readonly [string, Answer, AnswerFacts, RegExp])[] = [
    ['another version', resigned({ versionId: 4n }), neverJudged, /this version/],
    ['another program', resigned({ programRoot: OTHER }), neverJudged, /this version/],
    ['another job', resigned({ jobId: OTHER }), neverJudged, /this job/],
    ['another worker', resigned({ worker: hot.address }), neverJudged, /this job/],
    ['another chain', resigned({}, { chainId: 1n }), neverJudged, /this job/],
    ['another market', resigned({}, { verifyingContract: hot.address }), neverJudged, /this job/],
    ['another input', { ...answer, input: changedAt(answer.input, 0) }, neverJudged, /this input/],
    ['another output', { ...answer, output: changedAt(answer.output, 0) }, neverJudged, /this answer/],
    ['a key that is not registered', answer, { ...neverJudged, hotKey: testSigner('other').address }, /registered/],
    [
      'a receipt changed after it was signed',
      { ...answer, receipt: { ...answer.receipt, receipt: { ...answer.receipt.receipt, issuedAt: issuedAt + 1n } } },
      neverJudged,
      /signed it/,
    ],
    ['a date of the future', answer, { ...neverJudged, chainTime: issuedAt - 901n }, /date/],
    ['a new answer of an old date', answer, { ...neverJudged, fresh: true, chainTime: issuedAt + 901n }, /date/],
    ['a date too old for a court', answer, { ...neverJudged, chainTime: issuedAt + 31n * 86_400n }, /date/],
  ];
  for (const [name, given, known, title] of refusals)
    it(`refuses ${name}, and recomputes nothing`, async () => {
      const verdict = await checkAnswer(given, known, () => undefined);
      assert.equal(verdict.genuine, false);
      assert.equal(verdict.right, undefined);
      assert.match(verdict.checks.at(-1)!.title, title);
      assert.equal(verdict.checks.at(-1)!.state, 'failed');
    });

  it('a signed falsehood is genuine and not right', async () => {
    const judge = async () => ({ equal: false, agreed: true });
    const verdict = await checkAnswer(answer, facts({ judge }), () => undefined);
    assert.equal(verdict.genuine, true);
    assert.equal(verdict.right, false);
  });

  it('two recomputations that differ accuse nobody', async () => {
    const judge = async () => ({ equal: false, agreed: false });
    const verdict = await checkAnswer(answer, facts({ judge }), () => undefined);
    assert.equal(verdict.genuine, true);
    assert.equal(verdict.right, undefined);
  });

  it('a recomputation that was stopped accuses nobody, and says why', async () => {
    const problem = { what: 'The model was stopped', why: 'it did not finish', fix: 'Try again.' };
    const judge = () => Promise.reject(new ProblemError(problem));
    const verdict = await checkAnswer(answer, facts({ judge }), () => undefined);
    assert.equal(verdict.right, undefined);
    assert.equal(verdict.problem?.what, problem.what);
  });

  it('the deliverable of a job is the digest of its receipt', () => {
    assert.match(deliverableOf(answer), /^0x[0-9a-f]{64}$/);
    assert.notEqual(deliverableOf(answer), deliverableOf(resigned({ issuedAt: issuedAt + 1n })));
  });
});
