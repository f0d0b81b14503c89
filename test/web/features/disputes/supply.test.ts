import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tensorJson } from '../../../../node/core/codec/answerFile.ts';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { commitTensor } from '../../../../node/core/merkle/tensorCommitment.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import type { ClaimDetail, DemandRow } from '../../../../web/features/disputes/query.ts';
import { supplyPlan } from '../../../../web/features/disputes/supply.ts';
import { ProblemError } from '../../../../web/lib/problem.ts';

const input = tensor(
  'uint8',
  [3, 1000],
  Uint8Array.from({ length: 3000 }, (_, at) => at % 251),
);
const word = `0x${'01'.repeat(32)}`;
const claim = {
  id: word,
  receiptJobId: word,
  version: { id: '2', model: { id: '1', slug: 'digits' } },
  programRoot: word,
  inputRoot: commitTensor(input).digest,
  outputRoot: word,
  receiptIssuedAt: '7',
  worker: { id: `0x${'05'.repeat(20)}` },
} as unknown as ClaimDetail;
const demand = { leaf: '2', priceWei: '5' } as DemandRow;

describe('publishing a piece of the input', () => {
  it('takes a tensor or a saved answer, and sends the padded piece with its path', () => {
    const json = tensorJson(input);
    for (const file of [json, { format: 'assay-answer-1', input: json }]) {
      const { args, functionName } = supplyPlan(claim, demand, JSON.stringify(file));
      assert.equal(functionName, 'supplyInput');
      const [, , leaf, header, data, path] = args as [string, unknown, number, string, string, string[]];
      assert.deepEqual([leaf, header.length, data.length, path.length], [2, 2 + 59 * 2, 2 + 1024 * 2, 2]);
    }
  });

  it('says that there is no such piece with the header alone', () => {
    const plan = supplyPlan(claim, { ...demand, leaf: '9' }, JSON.stringify(tensorJson(input)));
    assert.deepEqual((plan.args as unknown[]).slice(4), ['0x', []]);
  });

  it('refuses another input, other files, and claims whose receipt is not public', () => {
    const other = tensor('uint8', [3, 1000], new Uint8Array(3000));
    const text = JSON.stringify(tensorJson(input));
    assert.throws(() => supplyPlan(claim, demand, JSON.stringify(tensorJson(other))), ProblemError);
    for (const file of ['', '[', 'null', '7']) assert.throws(() => supplyPlan(claim, demand, file), ProblemError);
    assert.throws(() => supplyPlan(claim, demand, '{"dtype":"uint8"}'), ProtocolError);
    assert.throws(() => supplyPlan({ ...claim, outputRoot: null }, demand, text), ProblemError);
  });
});
