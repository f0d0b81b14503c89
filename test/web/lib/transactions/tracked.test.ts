import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keep, parseTracked, type TrackedTransaction } from '../../../../web/lib/transactions/tracked.ts';

const hash = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;
const tracked = (n: number, change: Partial<TrackedTransaction> = {}): TrackedTransaction => ({
  id: hash(n),
  hash: hash(n),
  title: 'Stake',
  chainId: 31337,
  from: `0x${'11'.repeat(20)}`,
  to: `0x${'22'.repeat(20)}`,
  contract: 'token',
  nonce: n,
  input: '0xabcdef01',
  sentAtMs: n,
  sentAtBlock: 5,
  status: 'confirmed',
  ...change,
});

describe('what a browser kept of its transactions', () => {
  it('comes back as it was', () => {
    const list = [
      tracked(2),
      tracked(1, { status: 'reverted', problem: { what: 'a', why: 'b', fix: 'c' }, blockNumber: 7 }),
    ];
    assert.deepEqual(parseTracked(JSON.stringify(list)), list);
  });

  it('is dropped where it has another shape', () => {
    const bad: readonly unknown[] = [
      null,
      5,
      'x',
      [],
      {},
      { ...tracked(1), id: 'javascript:alert(1)' },
      { ...tracked(1), hash: hash(1).toUpperCase() },
      { ...tracked(1), title: 'x'.repeat(201) },
      { ...tracked(1), chainId: -1 },
      { ...tracked(1), nonce: 1.5 },
      { ...tracked(1), from: '0x11' },
      { ...tracked(1), input: '0xZZ' },
      { ...tracked(1), status: 'done' },
      { ...tracked(1), problem: { what: 'a' } },
      { ...tracked(1), problem: null },
      { ...tracked(1), contract: 5 },
    ];
    assert.deepEqual(parseTracked(JSON.stringify([...bad, tracked(9)])), [tracked(9)]);
    for (const text of [null, '', '{', '{}', '"x"', 'null']) assert.deepEqual(parseTracked(text), []);
  });

  it('is limited to fifty, newest first, and never forgets what is pending', () => {
    const many = Array.from({ length: 80 }, (_, i) => tracked(i + 1, { status: i === 0 ? 'pending' : 'confirmed' }));
    const kept = keep(many);
    assert.equal(kept.length, 50);
    assert.equal(kept[0]?.id, hash(80));
    assert.equal(kept.at(-1)?.id, hash(1), 'the oldest is pending');
  });
});
