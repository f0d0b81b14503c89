import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { divergenceText } from '../../../node/cli/divergence.ts';

const at = { element: 7, coordinates: [1, 2], row: 1, expected: 8, claimed: 9, differing: 1 };

describe('divergenceText', () => {
  it('says where, what was claimed, what is true and how much differs', () => {
    assert.equal(divergenceText(at), 'element 7 at [1, 2] is 9, the program gives 8; 1 element differs');
    assert.match(divergenceText({ ...at, differing: 3 }), /; 3 elements differ$/);
  });

  it('has words for elements that one side lacks', () => {
    assert.match(divergenceText({ ...at, claimed: undefined }), /is missing, the program gives 8/);
    const more = divergenceText({ ...at, coordinates: undefined, expected: undefined });
    assert.match(more, /^element 7 is 9, the program gives none/);
  });
});
