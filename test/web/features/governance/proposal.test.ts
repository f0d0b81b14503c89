import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestClaimSeconds, PARAMETERS, parameterFault } from '../../../../web/features/governance/parameters.ts';
import {
  type ProposalRecord,
  shareOf,
  stateOf,
  tallyOf,
  withoutProposer,
  withProposer,
} from '../../../../web/features/governance/proposal.ts';
import { nextStep } from '../../../../web/features/governance/words.ts';
import { FACTS } from './facts.ts';

const BASE: ProposalRecord = {
  status: 'CREATED',
  snapshotAt: '100',
  deadlineAt: '200',
  etaAt: null,
  forWei: '0',
  againstWei: '0',
  abstainWei: '0',
};

describe('state of a proposal', () => {
  it('at the snapshot still pending, at the deadline still active, as OpenZeppelin has it', () => {
    assert.equal(stateOf(BASE, 99, 1n), 'pending');
    assert.equal(stateOf(BASE, 100, 1n), 'pending');
    assert.equal(stateOf(BASE, 101, 1n), 'active');
    assert.equal(stateOf(BASE, 200, 1n), 'active');
    assert.equal(stateOf(BASE, 201, 1n), 'defeated');
  });

  it('a deadline moved by a late quorum keeps it active', () => {
    assert.equal(stateOf({ ...BASE, deadlineAt: '260', forWei: '5' }, 250, 5n), 'active');
    assert.equal(stateOf({ ...BASE, deadlineAt: '260', forWei: '5' }, 261, 5n), 'succeeded');
  });

  it('needs the quorum of for and abstain, and more for than against', () => {
    const after = (forWei: string, againstWei: string, abstainWei: string) =>
      stateOf({ ...BASE, forWei, againstWei, abstainWei }, 300, 10n);
    assert.equal(after('10', '9', '0'), 'succeeded');
    assert.equal(after('10', '10', '0'), 'defeated');
    assert.equal(after('9', '0', '0'), 'defeated');
    assert.equal(after('1', '0', '9'), 'succeeded');
    assert.equal(after('9', '8', '0'), 'defeated', 'votes against do not count for the quorum');
    assert.equal(after('0', '0', '10'), 'defeated');
  });

  it('queued until its time has come, then ready, and never expired', () => {
    const queued = { ...BASE, status: 'QUEUED', etaAt: '300' } as const;
    assert.equal(stateOf(queued, 299, 1n), 'queued');
    assert.equal(stateOf(queued, 300, 1n), 'ready');
    assert.equal(stateOf(queued, 300_000_000, 1n), 'ready');
  });

  it('executed and canceled are final whatever the clock says', () => {
    assert.equal(stateOf({ ...BASE, status: 'EXECUTED' }, 0, 1n), 'executed');
    assert.equal(stateOf({ ...BASE, status: 'CANCELED' }, 150, 1n), 'canceled');
  });

  it('every state says what comes next', () => {
    for (const state of [
      'pending',
      'active',
      'succeeded',
      'defeated',
      'queued',
      'ready',
      'executed',
      'canceled',
    ] as const)
      assert.ok(nextStep(state, { ...BASE, quorumReached: true, majority: false }, undefined).length > 20);
  });
});

describe('votes', () => {
  it('are exact far beyond 2^53', () => {
    const tally = tallyOf(
      { forWei: '600000000000000000000000001', againstWei: '600000000000000000000000000', abstainWei: '0' },
      1n,
    );
    assert.equal(tally.majority, true);
    assert.equal(tally.totalWei, 1_200_000_000_000_000_000_000_000_001n);
    assert.equal(shareOf(tally.forWei, tally.totalWei), 0.5);
  });

  it('a share of nothing is nothing', () => assert.equal(shareOf(5n, 0n), 0));
});

describe('line of the proposer', () => {
  const who = `0x${'Ab'.repeat(20)}` as const;
  it('is written as the governor wants it and not shown', () => {
    const text = withProposer('# Title\n\nWhy\n', who);
    assert.equal(text, `# Title\n\nWhy\n\n#proposer=0x${'ab'.repeat(20)}`);
    assert.equal(withoutProposer(text), '# Title\n\nWhy');
  });
});

describe('bounds of parameters', () => {
  it('longest claim as Parameters.sol counts it: 753 s of the dev profile', () => {
    assert.equal(longestClaimSeconds(FACTS.parameters), 753n);
  });

  it('every bound is inclusive', () => {
    const values = { ...FACTS.parameters, ClaimLockWei: 10n ** 40n, ThawSeconds: 10n ** 12n };
    for (const parameter of PARAMETERS) {
      if (parameter.name === 'ClaimLockWei' || parameter.name === 'ThawSeconds') continue;
      const min = parameter.min === 'floor' ? 3n : parameter.min;
      assert.equal(parameterFault(parameter, min, values, 3n), undefined, parameter.name);
      assert.equal(parameterFault(parameter, parameter.max, values, 3n), undefined, parameter.name);
      assert.match(parameterFault(parameter, parameter.max + 1n, values, 3n)!, /hard bounds/);
      assert.match(parameterFault(parameter, min - 1n, values, 3n)!, /hard bounds/);
    }
  });
});
