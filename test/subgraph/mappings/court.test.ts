import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MappingHarness, TestEvent } from '../../../subgraph/runner/harness.ts';
import { ADDRESSES, address, openMappings, word } from './openMappings.ts';

const [WORKER, CLIENT, CHALLENGER, SUPPLIER] = [address(1), address(2), address(3), address(4)];
const CLAIM = word(0x0c);
const GAME = word(0x0a);
const [WITHDRAWN, WON, LOST] = [3, 1, 0];

const court = (event: string, ...args: unknown[]): TestEvent => ({ source: 'Court', event, args });
const arena = (event: string, ...args: unknown[]): TestEvent => ({ source: 'Arena', event, args });

/** A filed claim and an open game about it. */
const filed = [
  { source: 'TimelockController', event: 'MinDelayChange', args: [0n, 1n] },
  court('ClaimFiled', CLAIM, ADDRESSES.jobCourt, WORKER, CLIENT, 5_000_000_000n, 100n, true),
  arena('GameOpened', GAME, CLAIM, CHALLENGER, 100n, 60n, 10n, 2_000_000_000n),
  court('BondPosted', CLAIM, CHALLENGER, 100n),
];

describe('the court in the index', () => {
  let index: MappingHarness;
  const rewards = () => index.entities('Reward').map(({ kind, account, amountWei }) => [kind, account, amountWei]);
  before(() => {
    index = openMappings();
  });
  after(() => index.close());
  const fresh = async (): Promise<void> => {
    index.close();
    index = openMappings();
    await index.apply(filed);
  };

  it('divides a lost bond between the worker and the treasury', async () => {
    await fresh();
    await index.apply([
      arena('GameEnded', GAME, CLAIM, CHALLENGER, LOST),
      court('BondSettled', CLAIM, CHALLENGER, LOST, 100n),
      court('CourtCredited', WORKER, 80n),
      court('CourtCredited', ADDRESSES.timelock, 20n),
    ]);
    assert.deepEqual(rewards(), [['LOST_BOND', WORKER, '80']]);
    assert.deepEqual(
      index.entities('TreasuryFlow').map(({ kind, amountWei }) => [kind, amountWei]),
      [['LOST_BOND', '20']],
    );
    assert.equal(index.entities('Bond')[0]?.['returnedWei'], '0');
    assert.equal(index.entity('Account', CHALLENGER)?.['challengesLost'], 1);
    assert.equal(index.entity('Game', GAME)?.['byTimeout'], true);
  });

  it('knows a returned bond from a reward, and the client from the challenger', async () => {
    await fresh();
    await index.apply([
      arena('GameEnded', GAME, CLAIM, CHALLENGER, WON),
      court('BondSettled', CLAIM, CHALLENGER, WON, 100n),
      court('CourtCredited', CHALLENGER, 100n),
      court('ClaimDecided', CLAIM, 2, CHALLENGER, 1000n),
    ]);
    assert.deepEqual(rewards(), []);
    await index.apply([
      court('ClaimFinal', CLAIM, ADDRESSES.jobCourt, 2),
      court('CourtCredited', CHALLENGER, 300n),
      court('CourtCredited', CLIENT, 200n),
      court('SlashDivided', CLAIM, 500n, 200n, 300n, 1n),
    ]);
    assert.deepEqual(rewards().sort(), [
      ['CHALLENGER', CHALLENGER, '300'],
      ['COMPENSATION', CLIENT, '200'],
    ]);
    assert.equal(index.entity('Account', CHALLENGER)?.['courtCreditWei'], '400');
    assert.equal(index.entity('Worker', WORKER)?.['claimsFallen'], 1);
  });

  it('gives the price of published input to who published it', async () => {
    await fresh();
    await index.apply([
      arena('InputDemanded', CLAIM, 3n, CHALLENGER, 7n, 2_000_000_000n),
      court('BondPosted', CLAIM, CHALLENGER, 7n),
      arena('InputDemanded', CLAIM, 4n, CHALLENGER, 7n, 2_000_000_000n),
      court('BondPosted', CLAIM, CHALLENGER, 7n),
    ]);
    await index.apply([
      arena('InputSupplied', CLAIM, 3n, SUPPLIER, '0x01', '0x0203'),
      court('ClaimWindowExtended', CLAIM, 6_000_000_000n),
      court('BondSettled', CLAIM, CHALLENGER, WITHDRAWN, 7n),
      court('CourtCredited', SUPPLIER, 7n),
    ]);
    assert.deepEqual(rewards(), [['INPUT', SUPPLIER, '7']]);
    const bonds = index.entities('Bond').map(({ amountWei, returnedWei }) => [amountWei, returnedWei]);
    assert.deepEqual(bonds, [
      ['100', null],
      ['7', '0'],
      ['7', null],
    ]);
    const demand = index.entity('InputDemand', `${CLAIM}-3`);
    assert.deepEqual([demand?.['supplier'], demand?.['suppliedBytes']], [SUPPLIER, 2]);
    assert.equal(index.entity('Claim', CLAIM)?.['windowEndsAt'], '6000000000');
  });

  it('gives the turn to whom the arena gives it', async () => {
    await fresh();
    const turn = () => index.entity('Game', GAME)?.['turn'];
    assert.equal(turn(), 'WORKER');
    await index.apply([arena('TraceAnswered', CLAIM, word(0x77), 100n, word(0x78))]);
    assert.equal(turn(), 'WORKER', 'a trace answers no turn');
    await index.apply([arena('NodeOpened', GAME, word(0x77), [word(1), word(2)], 9n)]);
    assert.equal(turn(), 'CHALLENGER');
    await index.apply([arena('NodePicked', GAME, word(0x77), word(2), 0, 1n, 9n)]);
    assert.deepEqual([turn(), index.entity('Game', GAME)?.['step']], ['WORKER', 2]);
    await index.apply([arena('TensorOpened', GAME, word(2), `0x${'00'.repeat(59)}`, [], 9n)]);
    assert.equal(turn(), 'WORKER', 'one leaf leaves nothing to point at');
    await index.apply([arena('LeafOpened', GAME, word(2), '0x00', 9n)]);
    assert.equal(turn(), 'CHALLENGER');
    // A hostile tree may have more leaves than a GraphQL Int counts.
    await index.apply([arena('NodePicked', GAME, word(2), word(3), 0, 2n ** 32n - 1n, 9n)]);
    assert.deepEqual([turn(), index.entity('Game', GAME)?.['step']], ['WORKER', 2]);
  });
});
