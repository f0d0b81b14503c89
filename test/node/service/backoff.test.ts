import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from '../../../node/service/backoff.ts';

describe('Backoff', () => {
  it('doubles the wait with every failure in a row up to a bound, per key, and forgets', () => {
    let now = 0;
    const backoff = new Backoff({ monotonic: () => now }, { firstMs: 100, mostMs: 350 });
    assert.ok(backoff.due('a'));
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      backoff.failed('a');
      const from = now;
      while (!backoff.due('a')) now += 50;
      waits.push(now - from);
    }
    assert.deepEqual(waits, [100, 200, 350, 350]);
    backoff.failed('a');
    assert.ok(backoff.due('b'), 'another key is not concerned');
    backoff.forget('a');
    assert.ok(backoff.due('a'));
    backoff.failed('a');
    now += 100;
    assert.ok(backoff.due('a'), 'the count began anew');
  });
});
