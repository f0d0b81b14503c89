import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { healthOf } from '../../../web/lib/health.ts';

const meta = (number: number, hasIndexingErrors = false) => ({ block: { number }, hasIndexingErrors });

describe('healthOf', () => {
  it('is well while the index is near the chain', () => {
    assert.equal(healthOf({ meta: meta(95), chainBlock: 100 }).state, 'well');
    assert.equal(healthOf({}).state, 'well');
  });
  it('counts the blocks that are missing', () =>
    assert.deepEqual(healthOf({ meta: meta(90), chainBlock: 100 }), {
      state: 'index-behind',
      blocks: 10,
      indexBlock: 90,
    }));
  it('tells a failing index from a slow one', () =>
    assert.deepEqual(healthOf({ meta: meta(90, true), chainBlock: 100 }), { state: 'index-failing', indexBlock: 90 }));
  it('names what cannot be reached, the index first', () => {
    assert.equal(healthOf({ indexError: new Error('x'), chainError: new Error('y') }).state, 'index-unreachable');
    assert.equal(healthOf({ meta: meta(1), chainError: new Error('y') }).state, 'chain-unreachable');
  });
});
