import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeFunctionData } from 'viem';
import { describeAction } from '../../../../web/features/governance/describe.ts';
import { type FactsAnswer, factsOf } from '../../../../web/features/governance/facts.ts';
import type { Action } from '../../../../web/features/governance/proposal.ts';
import { assayGovernorAbi } from '../../../../web/generated/abi/assayGovernor.ts';
import { parametersAbi } from '../../../../web/generated/abi/parameters.ts';
import { CONTRACTS } from './facts.ts';

const NOW: NonNullable<FactsAnswer['protocol']> = {
  workerBps: 7000,
  authorBps: 2500,
  treasuryBps: 500,
  treasuryWei: '5',
  proposalGuardian: `0x${'ab'.repeat(20)}`,
  votingDelaySeconds: '1',
  votingPeriodSeconds: '60',
  proposalThresholdWei: '1',
  quorumPercent: '4',
  lateQuorumExtensionSeconds: '0',
  timelockDelaySeconds: '2',
};
const ANSWER: FactsAnswer = {
  protocol: NOW,
  parameters: [{ id: 'MinStakeWei', value: '9' }],
  auditRules_collection: [{ seats: 2 }],
  models: [{ id: '1', slug: 'digits', liveVersion: { id: '2' } }],
  versions: [],
  parameterChanges: [{ parameter: { id: 'MinStakeWei' }, oldValue: '4' }],
  liveChanges: [],
  settingChanges: [
    { kind: 'WorkerBps', oldValue: '8000', newValue: '7000' },
    { kind: 'AuthorBps', oldValue: '1500', newValue: '2500' },
    { kind: 'VotingPeriodSet', oldValue: '30', newValue: '60' },
    { kind: 'VotingPeriodSet', oldValue: '8', newValue: '30' },
    { kind: 'SlasherSet', oldValue: null, newValue: null },
  ],
  guardians: [{ subject: `0x${'00'.repeat(20)}` }],
};
const before = (action: Action): readonly (string | undefined)[] =>
  describeAction(action, factsOf(ANSWER, CONTRACTS, 3n, true)).description.changes.map((change) => change.before);

describe('how things stood before an execution', () => {
  it('is what the index recorded of it', () => {
    const facts = factsOf(ANSWER, CONTRACTS, 3n, true);
    assert.deepEqual(facts.shares, { workerBps: 8000, authorBps: 1500 });
    assert.deepEqual(facts.settings, { votingPeriodSeconds: 8n });
    assert.deepEqual(facts.parameters, { MinStakeWei: 4n });
    assert.equal(facts.guardian, null);
    assert.equal(facts.treasuryWei, undefined, 'nobody recorded it');
  });

  it('stands beside what it became: shares, also one that stayed', () => {
    const args = [{ workerBps: 7000, authorBps: 2500, treasuryBps: 500 }] as const;
    const calldata = encodeFunctionData({ abi: parametersAbi, functionName: 'setFeeShares', args });
    assert.deepEqual(before({ target: CONTRACTS['parameters']!, valueWei: 0n, calldata }), ['80 %', '15 %', '5 %']);
  });

  it('stands beside what it became: settings and the guardian', () => {
    const period = encodeFunctionData({ abi: assayGovernorAbi, functionName: 'setVotingPeriod', args: [60] });
    assert.equal(before({ target: CONTRACTS['governor']!, valueWei: 0n, calldata: period })[0], '8 seconds');
    const args = [`0x${'cd'.repeat(20)}`] as const;
    const guardian = encodeFunctionData({ abi: assayGovernorAbi, functionName: 'setProposalGuardian', args });
    assert.deepEqual(before({ target: CONTRACTS['governor']!, valueWei: 0n, calldata: guardian }), ['nobody']);
  });

  it('is not how things stand now', () => {
    const facts = factsOf(ANSWER, CONTRACTS, 3n, false);
    assert.deepEqual(facts.shares, { workerBps: 7000, authorBps: 2500, treasuryBps: 500 });
    assert.equal(facts.settings.votingPeriodSeconds, 60n);
    assert.equal(facts.guardian, NOW.proposalGuardian);
    assert.equal(facts.treasuryWei, 5n);
  });

  it('is unknown while the index has not answered', () => {
    const facts = factsOf(undefined, CONTRACTS, 3n, true);
    assert.deepEqual([facts.loaded, facts.shares, facts.settings], [false, undefined, {}]);
  });
});
