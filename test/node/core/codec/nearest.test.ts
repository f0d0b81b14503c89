import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editDistance, nearest } from '../../../../node/core/codec/nearest.ts';

describe('nearest', () => {
  it('counts edits; neighbours swapped are one', () => {
    assert.equal(editDistance('digits', 'digits'), 0);
    assert.equal(editDistance('digts', 'digits'), 1);
    assert.equal(editDistance('dgiits', 'digits'), 1);
    assert.equal(editDistance('', 'abc'), 3);
  });
  it('names what was meant, and nothing when nothing is near', () => {
    assert.equal(nearest('digts', ['iris', 'digits']), 'digits');
    assert.equal(nearest('zebra', ['iris', 'digits']), undefined);
    assert.equal(nearest('x', []), undefined);
  });
});
