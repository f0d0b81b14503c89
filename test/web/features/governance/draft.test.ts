import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readGovernance } from '../../../../node/chain/assay/governance.ts';
import { decodeCall } from '../../../../web/features/governance/decode.ts';
import {
  basisPoints,
  type DraftAction,
  descriptionOf,
  EMPTY_DRAFT,
  encodeAction,
  encodeActions,
  NEW_ACTIONS,
  parseDraft,
} from '../../../../web/features/governance/draft.ts';
import { SETTINGS } from '../../../../web/features/governance/settings.ts';
import { CONTRACTS, FACTS } from './facts.ts';

const SOMEBODY = `0x${'5b'.repeat(20)}`;
const encode = (draft: DraftAction) => {
  const { action, fault } = encodeAction(draft, FACTS) as { action?: Parameters<typeof decodeCall>[0]; fault?: string };
  assert.equal(fault, undefined);
  return decodeCall(action!, CONTRACTS);
};
const faultOf = (draft: DraftAction) => encodeAction(draft, FACTS).fault;

describe('actions of the builder', () => {
  it('are what the node encodes', () => {
    const reads = readGovernance({ client: undefined as never, addresses: CONTRACTS as never } as never);
    const live = encodeAction({ kind: 'live', modelId: '1', versionId: '2' }, FACTS);
    assert.deepEqual(live, { action: reads.setLiveAction(1n as never, 2n as never) });
    const period = encodeAction({ kind: 'setting', functionName: 'setVotingPeriod', value: '86400' }, FACTS);
    assert.deepEqual(period, { action: reads.votingPeriodAction(86_400) });
  });

  it('decode to what was typed', () => {
    const set = encode({ kind: 'parameter', name: 'MaxFeeWei', value: '0.25' });
    assert.deepEqual(
      [set.signature, ...set.args.map(({ value }) => value)],
      ['set(uint8,uint256)', 5, 250_000_000_000_000_000n],
    );
    const shares = encode({ kind: 'shares', worker: '70', author: '20.5', treasury: '9.5' });
    assert.deepEqual(shares.args[0]!.value, { workerBps: 7000, authorBps: 2050, treasuryBps: 950 });
    const pay = encode({ kind: 'pay', to: SOMEBODY, amount: '1.5' });
    assert.deepEqual(pay.args[1]!.value, 1_500_000_000_000_000_000n);
    assert.equal(encode({ kind: 'retire', modelId: '1' }).functionName, 'retire');
    for (const { functionName, unit } of SETTINGS)
      assert.equal(
        encode({ kind: 'setting', functionName, value: unit === 'percent' ? '5' : '77' }).functionName,
        functionName,
      );
    const custom = encode({ kind: 'custom', target: SOMEBODY, ether: '2', calldata: '0xDEADBEEF' });
    assert.deepEqual([custom.selector, custom.action.valueWei], ['0xdeadbeef', 2n * 10n ** 18n]);
  });

  it('are refused with a reason before anything is sent', () => {
    const cases: readonly (readonly [DraftAction, RegExp])[] = [
      [NEW_ACTIONS.live, /Choose a model/],
      [{ kind: 'live', modelId: '1', versionId: '1' }, /live already/],
      [NEW_ACTIONS.retire, /Choose a model/],
      [{ kind: 'parameter', name: 'ThawSeconds', value: '2' }, /hard bounds: 3 seconds to 180 days/],
      [{ kind: 'parameter', name: 'ThawSeconds', value: '752' }, /longest claim/],
      [{ kind: 'parameter', name: 'ThawSeconds', value: '1.5' }, /whole number/],
      [{ kind: 'parameter', name: 'ThawSeconds', value: '1800' }, /already/],
      [{ kind: 'parameter', name: 'MaxFeeWei', value: '1.1' }, /below the highest fee/],
      [{ kind: 'parameter', name: 'Nonsense', value: '1' }, /Choose a parameter/],
      [{ kind: 'shares', worker: '49', author: '40', treasury: '11' }, /worker/],
      [{ kind: 'shares', worker: '50', author: '41', treasury: '9' }, /author/],
      [{ kind: 'shares', worker: '50', author: '29', treasury: '21' }, /treasury/],
      [{ kind: 'shares', worker: '50', author: '20', treasury: '20' }, /add up to 90 %/],
      [{ kind: 'shares', worker: '80', author: '15', treasury: '5' }, /already/],
      [{ kind: 'shares', worker: 'x', author: '15', treasury: '5' }, /three shares/],
      [{ kind: 'pay', to: '0x12', amount: '1' }, /address/],
      [{ kind: 'pay', to: `0x${'0'.repeat(40)}`, amount: '1' }, /zero address/],
      [{ kind: 'pay', to: SOMEBODY, amount: '0' }, /amount/],
      [{ kind: 'pay', to: SOMEBODY, amount: '1001' }, /holds less/],
      [{ kind: 'setting', functionName: 'setVotingPeriod', value: '0' }, /bounds/],
      [{ kind: 'setting', functionName: 'updateQuorumNumerator', value: '11' }, /bounds/],
      [{ kind: 'setting', functionName: 'setVotingPeriod', value: '8' }, /already/],
      [{ kind: 'custom', target: SOMEBODY, ether: '0', calldata: '0x123' }, /even number/],
      [{ kind: 'custom', target: SOMEBODY, ether: '0', calldata: '0x1234' }, /four bytes/],
    ];
    for (const [draft, expected] of cases) assert.match(faultOf(draft) ?? 'accepted', expected);
  });

  it('each sees what those before it leave: lock and fee may rise together, in this order only', () => {
    const lock = { kind: 'parameter', name: 'ClaimLockWei', value: '5' } as const;
    const fee = { kind: 'parameter', name: 'MaxFeeWei', value: '4' } as const;
    assert.deepEqual(
      encodeActions([lock, fee], FACTS).map(({ fault }) => fault === undefined),
      [true, true],
    );
    assert.deepEqual(
      encodeActions([fee, lock], FACTS).map(({ fault }) => fault === undefined),
      [false, true],
    );
  });
});

describe('basis points', () => {
  it('of percent with two decimals', () => {
    assert.equal(basisPoints('12.5'), 1250);
    assert.equal(basisPoints('0.05 %'), 5);
    assert.equal(basisPoints('1.005'), undefined);
    assert.equal(basisPoints('-1'), undefined);
  });
});

describe('stored draft', () => {
  const draft = { title: 'T', body: 'B', actions: [NEW_ACTIONS.pay, NEW_ACTIONS.custom] };
  it('comes back as it was', () => assert.deepEqual(parseDraft(JSON.stringify(draft)), draft));
  it('broken parts count as empty', () => {
    assert.deepEqual(parseDraft('{'), EMPTY_DRAFT);
    assert.deepEqual(parseDraft('null'), EMPTY_DRAFT);
    assert.deepEqual(parseDraft('{"title":5,"actions":[{"kind":"constructor"},{"kind":"pay","to":1},7]}'), EMPTY_DRAFT);
  });
  it('has its title as the first line', () => {
    assert.equal(descriptionOf({ ...draft, title: ' a\n b ' }), '# a b\n\nB');
  });
});
