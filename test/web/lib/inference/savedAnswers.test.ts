import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Answer } from '../../../../node/core/codec/answerFile.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { keepAnswer, savedAnswers } from '../../../../web/lib/inference/savedAnswers.ts';
import { honest } from '../../../helpers/savedAnswer.ts';

const answer = honest();
const named = (model: string): Answer => ({ ...answer, model });
const ofBytes = (count: number): Answer => ({
  ...named('large'),
  output: tensor('uint8', [count], new Uint8Array(count)),
});

describe('receipts that this browser keeps', () => {
  const entries = new Map<string, string>();
  const known = Object.getOwnPropertyDescriptor(globalThis, 'localStorage');
  before(() => {
    const value = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, text: string) => void entries.set(key, text),
      removeItem: (key: string) => void entries.delete(key),
    };
    Object.defineProperty(globalThis, 'localStorage', { value, configurable: true });
  });
  beforeEach(() => entries.clear());
  after(() => known !== undefined && Object.defineProperty(globalThis, 'localStorage', known));
  const models = (): string[] => savedAnswers().map(({ model }) => model);

  it('are the newest, newest first', () => {
    for (let i = 0; i < 55; i++) keepAnswer(named(`m${i}`));
    assert.equal(models().length, 50);
    assert.equal(models()[0], 'm54');
  });

  it('are not pushed out by an answer that is too large to keep', () => {
    keepAnswer(named('evidence'));
    for (const count of [900_000, 2_000_000]) {
      assert.equal(keepAnswer(ofBytes(count)), false);
      assert.deepEqual(models(), ['evidence']);
    }
    keepAnswer(ofBytes(300_000));
    assert.deepEqual(models(), ['large', 'evidence']);
  });

  it('are read again without what somebody else wrote there', () => {
    keepAnswer(named('mine'));
    const [mine] = JSON.parse(entries.get('assay.answers')!) as string[];
    for (const text of ['{', '7', '{}', JSON.stringify([7, null, 'x', '{}', mine])]) {
      entries.set('assay.answers', text);
      assert.deepEqual(models(), text.includes('assay-answer') ? ['mine'] : []);
    }
  });
});
