import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseCard } from '../../../../web/features/models/card.ts';

describe('parseCard', () => {
  it('reads the card of the main job', () => {
    const card = parseCard(readFileSync(new URL('../../../../data/digits.card.md', import.meta.url), 'utf8'));
    assert.equal(card.task, 'image-classification');
    assert.deepEqual(card.tags, ['digits', 'exact-integer']);
    assert.deepEqual(card.datasets, ['uci-optical-recognition-of-handwritten-digits']);
    assert.match(card.body, /^# digits/);
    assert.match(card.summary, /^Recognises one handwritten digit\. Input: 64 grey levels/);
  });

  it('reads measurements of a model-index', () => {
    const card = parseCard(`---
model-index:
- name: digits
  results:
  - task:
      type: image-classification
    dataset:
      name: UCI digits
      type: uci
    metrics:
    - type: accuracy
      value: 0.969
    - type: f1
      value: 0.9
license: mit
---
Text`);
    assert.deepEqual(card.results, [
      { metric: 'accuracy', value: '0.969', dataset: 'UCI digits' },
      { metric: 'f1', value: '0.9', dataset: 'UCI digits' },
    ]);
  });

  it('reads dashed lists, quotes and Windows line ends', () => {
    const card = parseCard('---\r\ntags:\r\n- one\r\n- "two"\r\npipeline_tag: \'t\'\r\n---\r\nBody\r\n');
    assert.deepEqual([card.tags, card.task, card.body], [['one', 'two'], 't', 'Body']);
  });

  it('shows hidden characters and cuts what is too long', () => {
    const card = parseCard(`---\npipeline_tag: a\u202eb${'x'.repeat(500)}\ntags: [${'t,'.repeat(500)}]\n---\n`);
    assert.match(card.task!, /^a⟨U\+202E⟩b/);
    assert.ok(card.task!.length < 80);
    assert.ok(card.tags.length <= 16);
  });

  for (const text of ['', '---', '---\n---', '---\n: :\n- \n---', '\u0000', '# only a title'])
    it(`takes ${JSON.stringify(text)} without complaint`, () => assert.equal(typeof parseCard(text).body, 'string'));

  it('is not slow on text that is made to be slow', () => {
    const started = performance.now();
    parseCard(`---\n${'a: [\n'.repeat(50_000)}`);
    parseCard(`${'['.repeat(200_000)}`);
    parseCard(`${'\n \n'.repeat(100_000)}x`);
    assert.ok(performance.now() - started < 2000);
  });
});
