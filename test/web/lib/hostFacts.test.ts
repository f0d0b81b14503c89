import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHostFacts } from '../../../web/lib/hostFacts.ts';

const NOW = 1_800_000_000;
const said = (facts: object): string => JSON.stringify({ name: 'assay', ...facts });

describe('what a worker says of its machine', () => {
  it('is read, and cut down', () => {
    const runtime = 'onnxruntime-node/1.27.0 linux-x64 cpu';
    assert.deepEqual(parseHostFacts(said({ runtime, startedAt: String(NOW - 90) }), NOW), { runtime, upSeconds: 90 });
    const long = parseHostFacts(said({ runtime: '\u202e'.repeat(900), startedAt: String(NOW + 5) }), NOW)!;
    assert.ok(!long.runtime.includes('\u202e') && long.upSeconds === 0);
  });
  it('is nothing where it makes no sense', () => {
    const faulty = [
      {},
      { runtime: 1, startedAt: '1' },
      { runtime: 'x', startedAt: 1 },
      { runtime: 'x', startedAt: '-1' },
    ];
    for (const facts of [...faulty, { runtime: 'x', startedAt: String(NOW + 3600) }])
      assert.equal(parseHostFacts(said(facts), NOW), undefined, JSON.stringify(facts));
    for (const text of ['', 'null', '7', '<html>']) assert.equal(parseHostFacts(text, NOW), undefined, text);
  });
});
