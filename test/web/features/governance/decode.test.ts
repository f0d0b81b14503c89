import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Abi, encodeFunctionData, keccak256, stringToBytes, toFunctionSelector } from 'viem';
import { readGovernance } from '../../../../node/chain/assay/governance.ts';
import type { Address, Hex } from '../../../../node/core/codec/hex.ts';
import { decodeCall, mentioned } from '../../../../web/features/governance/decode.ts';
import { describeAction } from '../../../../web/features/governance/describe.ts';
import type { Facts } from '../../../../web/features/governance/facts.ts';
import { assayGovernorAbi } from '../../../../web/generated/abi/assayGovernor.ts';
import { assayTokenAbi } from '../../../../web/generated/abi/assayToken.ts';
import { auditPoolAbi } from '../../../../web/generated/abi/auditPool.ts';
import { courtAbi } from '../../../../web/generated/abi/court.ts';
import { jobMarketAbi } from '../../../../web/generated/abi/jobMarket.ts';
import { modelRegistryAbi } from '../../../../web/generated/abi/modelRegistry.ts';
import { parametersAbi } from '../../../../web/generated/abi/parameters.ts';
import { timelockControllerAbi } from '../../../../web/generated/abi/timelockController.ts';
import { workerRegistryAbi } from '../../../../web/generated/abi/workerRegistry.ts';
import { CONTRACTS, FACTS } from './facts.ts';

const ASSAY = 10n ** 18n;
const SOMEBODY = `0x${'5b'.repeat(20)}` as const;

const act = (contract: string, abi: Abi, functionName: string, args: readonly unknown[], valueWei = 0n) => ({
  target: CONTRACTS[contract]!,
  valueWei,
  calldata: encodeFunctionData({ abi, functionName, args } as never),
});
const words = (action: Parameters<typeof describeAction>[0], facts: Facts = FACTS) =>
  describeAction(action, facts).description;

describe('what a proposal does, in words', () => {
  it('live version: old and new with their hashes', () => {
    const { sentence, changes, warnings } = words(act('models', modelRegistryAbi, 'setLive', [1n, 2n]));
    assert.equal(sentence, 'Make version 2 of digits live');
    assert.equal(changes[0]!.before, 'version 1 (SHA-256 0x11111111…111111)');
    assert.equal(changes[0]!.after, 'version 2 (SHA-256 0x22222222…222222)');
    assert.deepEqual(warnings, []);
  });

  it('warns of a version of another model, a float one, an unknown one, and one that is live', () => {
    const of = (model: bigint, version: bigint) =>
      words(act('models', modelRegistryAbi, 'setLive', [model, version])).warnings.join(' ');
    assert.match(of(1n, 3n), /belongs to another model/);
    assert.match(of(2n, 3n), /cannot be disputed/);
    assert.match(of(1n, 99n), /knows no version 99/);
    assert.match(of(1n, 1n), /live already/);
  });

  it('parameter: name, unit, old, new and hard bounds', () => {
    const { sentence, changes } = words(act('parameters', parametersAbi, 'set', [1, 3600n]));
    assert.equal(sentence, 'Set "Thaw" to 1 hour');
    assert.deepEqual(changes, [
      { label: 'Thaw (ThawSeconds)', before: '30 minutes', after: '1 hour' },
      { label: 'Hard bounds', after: '3 seconds to 180 days' },
    ]);
  });

  it('warns of what the contract would refuse', () => {
    const of = (key: number, value: bigint) =>
      words(act('parameters', parametersAbi, 'set', [key, value])).warnings.join(' ');
    assert.match(of(0, 0n), /hard bounds/);
    assert.match(of(1, 700n), /shorter than the longest claim/);
    assert.match(of(4, ASSAY / 2n), /below the highest fee/);
    assert.match(
      words(
        act('parameters', parametersAbi, 'setFeeShares', [{ workerBps: 4000, authorBps: 4000, treasuryBps: 2000 }]),
      ).warnings.join(' '),
      /never falls below 50 %/,
    );
  });

  it('fee shares before and after', () => {
    const { changes } = words(
      act('parameters', parametersAbi, 'setFeeShares', [{ workerBps: 7000, authorBps: 2050, treasuryBps: 950 }]),
    );
    assert.deepEqual(changes, [
      { label: 'Worker', before: '80 %', after: '70 %' },
      { label: 'Author', before: '15 %', after: '20.5 %' },
      { label: 'Treasury', before: '5 %', after: '9.5 %' },
    ]);
  });

  it('treasury: how much to whom, and what is left', () => {
    const { sentence, changes } = words(act('token', assayTokenAbi, 'transfer', [SOMEBODY, 250n * ASSAY]));
    assert.match(sentence, /^Pay 250 ASSAY from the treasury to 0x5B/i);
    assert.equal(changes[0]!.after.toLowerCase(), SOMEBODY);
    assert.deepEqual(changes[2], { label: 'Treasury', before: '1,000 ASSAY', after: '750 ASSAY' });
    assert.match(
      words(act('token', assayTokenAbi, 'transfer', [SOMEBODY, 2000n * ASSAY])).warnings.join(' '),
      /holds only 1,000 ASSAY/,
    );
  });

  it('rights of contracts, audit rules, settings, the guardian and roles', () => {
    const calls: readonly (readonly [ReturnType<typeof act>, RegExp])[] = [
      [act('workers', workerRegistryAbi, 'setLocker', [SOMEBODY, true]), /^Let .* lock stake$/],
      [act('workers', workerRegistryAbi, 'setSlasher', [SOMEBODY, false]), /^No longer let .* slash stake$/],
      [act('court', courtAbi, 'setSubject', [SOMEBODY, true]), /file claims/],
      [act('market', jobMarketAbi, 'setEvaluator', [SOMEBODY, true]), /decide about jobs/],
      [act('governor', assayGovernorAbi, 'setVotingPeriod', [86_400]), /"Voting period" to 1 day/],
      [act('governor', assayGovernorAbi, 'setVotingDelay', [60]), /"Voting delay" to 1 minute/],
      [act('governor', assayGovernorAbi, 'setProposalThreshold', [ASSAY]), /"Votes needed to propose" to 1 ASSAY/],
      [act('governor', assayGovernorAbi, 'updateQuorumNumerator', [5n]), /"Quorum" to 5 % of the supply/],
      [act('governor', assayGovernorAbi, 'setLateQuorumVoteExtension', [60]), /to 1 minute/],
      [act('timelock', timelockControllerAbi, 'updateDelay', [120n]), /"Delay of the timelock" to 2 minutes/],
      [act('governor', assayGovernorAbi, 'setProposalGuardian', [SOMEBODY]), /the guardian$/],
      [
        act('timelock', timelockControllerAbi, 'grantRole', [keccak256(stringToBytes('PROPOSER_ROLE')), SOMEBODY]),
        /^Give PROPOSER_ROLE at the timelock/,
      ],
      [act('models', modelRegistryAbi, 'retire', [1n]), /^Retire digits$/],
      [act('token', assayTokenAbi, 'burn', [ASSAY]), /^Burn 1 ASSAY/],
      [act('token', assayTokenAbi, 'approve', [SOMEBODY, ASSAY]), /take up to 1 ASSAY/],
      [act('token', assayTokenAbi, 'delegate', [SOMEBODY]), /vote with the treasury/],
    ];
    for (const [action, expected] of calls) assert.match(words(action).sentence, expected);
    const rules = {
      bondWei: ASSAY,
      baseFeeWei: 1n,
      missWei: 1n,
      canaryWei: 1n,
      auditBps: 200,
      seats: 3,
      startSeconds: 60,
      commitSeconds: 60,
      revealSeconds: 60,
      canarySeconds: 60,
      contestSeconds: 60,
      thawSeconds: 60,
    };
    const audit = words(act('auditPool', auditPoolAbi, 'setRules', [rules]));
    assert.equal(audit.changes.length, 12);
    assert.deepEqual(audit.changes[0], { label: 'Audits: bond', before: '100 ASSAY', after: '1 ASSAY' });
  });

  it('a function without words of its own is shown with its arguments', () => {
    const { sentence, changes } = words(act('token', assayTokenAbi, 'transferFrom', [SOMEBODY, SOMEBODY, 7n]));
    assert.equal(sentence, 'Call transferFrom of ASSAY token');
    assert.deepEqual(changes.at(-1), { label: 'value', after: '7' });
  });

  it('looks into what the governor relays', () => {
    const inner = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [SOMEBODY, ASSAY] });
    const { inner: calls } = words(act('governor', assayGovernorAbi, 'relay', [CONTRACTS['token'], 0n, inner]));
    assert.match(calls[0]!.description.sentence, /^Pay 1 ASSAY/);
  });

  it('relays within relays end somewhere', () => {
    let data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'burn', args: [1n] }) as Hex;
    for (let depth = 0; depth < 50; depth++)
      data = encodeFunctionData({
        abi: assayGovernorAbi,
        functionName: 'relay',
        args: [CONTRACTS['governor']!, 0n, data],
      });
    assert.ok(
      JSON.stringify(words({ target: CONTRACTS['governor']!, valueWei: 0n, calldata: data }).inner.length) === '1',
    );
  });
});

describe('calls that nobody understands', () => {
  const raw = (target: Address, calldata: Hex, valueWei = 0n) => words({ target, calldata, valueWei });

  it('of a stranger: selector and a warning', () => {
    const { sentence, warnings } = raw(SOMEBODY, '0xdeadbeef00');
    assert.match(sentence, /^Unknown call 0xdeadbeef of 0x5b/i);
    assert.match(warnings.join(' '), /no contract of the protocol/);
  });

  it('of ours with an unknown function, with broken arguments, with too many bytes', () => {
    assert.match(raw(CONTRACTS['models']!, '0xdeadbeef').warnings.join(' '), /does not know that function/);
    const setLive = encodeFunctionData({ abi: modelRegistryAbi, functionName: 'setLive', args: [1n, 2n] });
    assert.match(raw(CONTRACTS['models']!, setLive.slice(0, 60) as Hex).sentence, /^Unknown call/);
    assert.match(raw(CONTRACTS['models']!, `${setLive}00ff`).warnings.join(' '), /more bytes than this call needs/);
  });

  it('plain ether', () => {
    const { sentence, changes } = raw(SOMEBODY, '0x', ASSAY);
    assert.match(sentence, /^Send ether/);
    assert.equal(changes[0]!.after, '1 ETH');
  });

  it('any bytes at all: never throws', () => {
    let seed = 7;
    const byte = (): string => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return (seed % 256).toString(16).padStart(2, '0');
    };
    const selectors = [modelRegistryAbi, parametersAbi, assayTokenAbi, assayGovernorAbi, auditPoolAbi].flatMap((abi) =>
      (abi as Abi).filter((item) => item.type === 'function').map((item) => toFunctionSelector(item)),
    );
    const targets = Object.values(CONTRACTS);
    for (let run = 0; run < 1500; run++) {
      const length = run % 200;
      const tail = Array.from({ length }, byte).join('');
      const target = targets[run % targets.length]!;
      raw(target, `${selectors[run % selectors.length]!}${tail}`, BigInt(run % 3));
      raw(target, `0x${tail}`);
    }
  });
});

describe('the same calls as the node encodes', () => {
  const reads = readGovernance({ client: undefined as never, addresses: CONTRACTS as never } as never);

  it('setLive and setVotingPeriod of the adapter', () => {
    const live = reads.setLiveAction(1n as never, 2n as never);
    const call = decodeCall(live, CONTRACTS);
    assert.equal(call.signature, 'setLive(uint256,uint256)');
    assert.deepEqual(mentioned([call]), { models: ['1'], versions: ['2'] });
    assert.match(words(reads.votingPeriodAction(86_400)).sentence, /1 day/);
  });
});
