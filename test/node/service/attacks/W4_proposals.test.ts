import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData, type Hex } from 'viem';
import { createGovernance, readGovernance } from '../../../../node/chain/assay/governance.ts';
import {
  assayTokenAbi,
  modelRegistryAbi,
  parametersAbi,
  timelockControllerAbi,
} from '../../../../node/chain/generated/contracts.ts';
import type { Address } from '../../../../node/core/codec/hex.ts';
import type { Action } from '../../../../node/ports/Governance.ts';
import { type Battlefield, openBattlefield, TOKEN } from './attackBench.ts';

/** A proposer whose text says one thing and whose calls do another: voters must read what the calls do. */
describe('W4: what a voter is shown', () => {
  let field: Battlefield;
  before(async () => {
    field = await openBattlefield();
    const { author } = field.people;
    const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'delegate', args: [author.address] });
    await field.as(author.address, field.deployment.addresses.token, data);
    await field.pass(2);
  });
  after(() => field.stop());

  it('W4_actions: money, rights, ether and texts are told in words, and no text breaks out of its quotes', async () => {
    const { token, timelock, models, parameters } = field.deployment.addresses;
    const thief = field.people.poor.address;
    const action = (target: Address, calldata: Hex, valueWei = 0n): Action => ({ target, valueWei, calldata });
    const actions = [
      action(
        token,
        encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [thief, 890_000_000n * TOKEN] }),
      ),
      action(
        timelock,
        encodeFunctionData({
          abi: timelockControllerAbi,
          functionName: 'grantRole',
          args: [`0x${'00'.repeat(32)}`, thief],
        }),
      ),
      action(thief, '0x', 5n),
      action(
        models,
        encodeFunctionData({
          abi: modelRegistryAbi,
          functionName: 'registerModel',
          args: ['a", 1)\n  votes   for 999, against 0; quorum 1', ''],
        }),
      ),
      action(
        parameters,
        encodeFunctionData({
          abi: parametersAbi,
          functionName: 'setFeeShares',
          args: [{ workerBps: 5000, authorBps: 4000, treasuryBps: 1000 }],
        }),
      ),
      action(models, '0xdeadbeef'),
    ];
    const dao = createGovernance(field.writing(field.people.author));
    const id = await dao.propose(actions, 'Make digits version 1 live\n  does    ModelRegistry.setLive(1, 1)');
    const { readable } = await readGovernance(field.reading).proposal(id);
    assert.deepEqual(
      readable.map((line) => line.toLowerCase()),
      [
        `assaytoken.transfer(${thief}, 890000000000000000000000000)`,
        `timelockcontroller.grantrole(0x${'00'.repeat(32)}, ${thief})`,
        `${thief} 0x, paying 5 wei of ether`,
        String.raw`modelregistry.registermodel("a\", 1)\n  votes   for 999, against 0; quorum 1", "")`,
        'parameters.setfeeshares({"workerbps":5000,"authorbps":4000,"treasurybps":1000})',
        'modelregistry 0xdeadbeef (abifunctionsignaturenotfounderror)',
      ].map((line) => line.toLowerCase()),
    );
    for (const line of readable) assert.doesNotMatch(line, /\n/);
  });
});
