import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StoreProviderFailed } from '../../../node/ipfs/errors.ts';
import { Pace } from '../../../node/ipfs/pace.ts';

const LIMITS = { windowMs: 60, minBytesPerSecond: 100_000, blockTimeoutMs: 150 };
const chunk = (bytes: number) => async (): Promise<IteratorResult<Uint8Array>> => ({
  done: false,
  value: new Uint8Array(bytes),
});
const late = (bytes: number, ms: number) => (): Promise<IteratorResult<Uint8Array>> =>
  new Promise((resolve) => setTimeout(() => resolve({ done: false, value: new Uint8Array(bytes) }), ms));

describe('Pace', () => {
  it('does not blame the peer for the time that we take', async () => {
    const pace = new Pace('p', LIMITS);
    for (let i = 0; i < 4; i++) {
      await pace.next(chunk(1));
      const until = performance.now() + 100;
      while (performance.now() < until);
    }
    assert.equal(pace.bytes, 4);
  });

  it('judges every window by itself', async () => {
    const pace = new Pace('p', LIMITS);
    await pace.next(late(1_000_000, 40));
    await assert.rejects(pace.next(late(1, 1000)), StoreProviderFailed);
  });

  it('gives a block its own time, and a new one to the next', async () => {
    const fast = { ...LIMITS, minBytesPerSecond: 0 };
    const pace = new Pace('p', fast);
    for (let i = 0; i < 4; i++) {
      await pace.next(late(10, 70));
      pace.blockDone();
    }
    const slow = new Pace('p', fast);
    await assert.rejects(async () => {
      for (let i = 0; i < 4; i++) await slow.next(late(10, 70));
    }, /a block took longer than 150 ms/);
  });

  it('passes the failure of the source on', async () => {
    const pace = new Pace('p', LIMITS);
    await assert.rejects(
      pace.next(async () => assert.fail('source')),
      /source/,
    );
    await assert.rejects(pace.first(Promise.reject(new RangeError('first'))), RangeError);
  });
});
