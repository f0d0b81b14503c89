import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Ballot,
  ballotFault,
  castPlan,
  encodeBallot,
  MAX_BALLOT_CHARS,
  parseBallot,
} from '../../../../web/features/governance/ballot.ts';

const BALLOT: Ballot = {
  chainId: 31337,
  governor: `0x${'aa'.repeat(20)}`,
  proposalId: 2n ** 255n,
  support: 'AGAINST',
  voter: `0x${'bb'.repeat(20)}`,
  reason: 'It is <b>worse</b>\nthan before',
  signature: `0x${'cd'.repeat(65)}`,
};
const changed = (part: object): string => JSON.stringify({ ...JSON.parse(encodeBallot(BALLOT)), ...part });

describe('a signed ballot', () => {
  it('is read as it was written', () => assert.deepEqual(parseBallot(encodeBallot(BALLOT)), BALLOT));

  it('is refused when any part is not one', () => {
    const faults: object[] = [
      { type: 'other' },
      { chainId: '1' },
      { chainId: 1.5 },
      { governor: '0x12' },
      { proposalId: '-1' },
      { proposalId: 5 },
      { support: 'toString' },
      { support: 1 },
      { voter: 'javascript:alert(1)' },
      { reason: null },
      { reason: 'x'.repeat(4001) },
      { signature: '0x' },
      { signature: `0x${'cd'.repeat(2001)}` },
      { signature: `0x${'zz'.repeat(65)}` },
    ];
    for (const fault of faults)
      assert.equal(parseBallot(changed(fault)), undefined, JSON.stringify(fault).slice(0, 80));
    for (const text of ['', 'null', '7', '[]', '{', ' '.repeat(MAX_BALLOT_CHARS + 1)])
      assert.equal(parseBallot(text), undefined);
  });

  it('carries nothing else along', () => {
    assert.deepEqual(parseBallot(changed({ gas: 1, __proto__: { support: 'FOR' } })), BALLOT);
  });

  it('belongs to one chain, one DAO and one proposal', () => {
    assert.equal(ballotFault(BALLOT, BALLOT), undefined);
    assert.match(ballotFault(BALLOT, { ...BALLOT, chainId: 1 })!, /for chain 31337/);
    assert.match(ballotFault(BALLOT, { ...BALLOT, governor: BALLOT.voter })!, /another DAO/);
    assert.match(ballotFault(BALLOT, { ...BALLOT, proposalId: 1n })!, /another proposal/);
  });

  it('is sent exactly as it was signed', () => {
    const { args, summary } = castPlan(BALLOT);
    assert.deepEqual(args, [BALLOT.proposalId, 0, BALLOT.voter, BALLOT.reason, '0x', BALLOT.signature]);
    assert.ok(summary[0]!.label.includes(BALLOT.voter), 'the preview names the voter in full');
  });
});
