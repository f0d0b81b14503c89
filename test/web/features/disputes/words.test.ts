import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { moveText, resultOf, stateOf } from '../../../../web/features/disputes/words.ts';

const claim = { outcome: 'PENDING', verdict: 'PENDING', openGames: 0, windowEndsAt: '100' } as const;

describe('words for a dispute', () => {
  it('tell what it is now', () => {
    assert.equal(stateOf(claim, 99)[0], 'Open to challenges');
    assert.equal(stateOf(claim, 100)[0], 'Waits for its end');
    assert.equal(stateOf({ ...claim, openGames: 1 }, 100)[0], 'Being played');
    assert.equal(stateOf({ ...claim, verdict: 'FALLEN' }, 100)[0], 'Proven false, ending');
    assert.equal(stateOf({ ...claim, outcome: 'STANDS' }, 100)[0], 'Claim stands');
  });

  it('survive values of a newer index', () => {
    assert.equal(resultOf('NEW' as never)[0], 'Ended');
    assert.equal(moveText('NEW' as never), 'moved');
  });
});
