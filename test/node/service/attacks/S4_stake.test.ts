import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createSettlement } from '../../../../node/chain/assay/settlement.ts';
import { workerRegistryAbi } from '../../../../node/chain/generated/contracts.ts';
import { fromHex } from '../../../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import { PaymentRequired, ServiceOverloaded } from '../../../../node/service/inference.ts';
import { testSigner } from '../../../helpers/testSigner.ts';
import { type Battlefield, callOfRegistry, FEE, type Life, openBattlefield, PARAMETER, TOKEN } from './attackBench.ts';

/**
 * Jobs that the chain would refuse: a worker must not do them for nothing. Consumers would find out when the stake is
 * used up, and a vote or a lost key must not turn every answer into a loss.
 */
describe('S4, T12: what the stake and the rules do not back is not served', () => {
  let field: Battlefield;
  before(async () => {
    field = await openBattlefield();
  });
  after(() => field.stop());
  let undo: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await undo?.();
    undo = undefined;
  });

  /** Every window passes: all locks of this life are released. */
  async function release({ settler, advance, rows }: Life): Promise<void> {
    await settler.tick();
    await field.pass(60);
    advance(60_000);
    await settler.tick();
    assert.deepEqual([...new Set(rows().map(({ state }) => state))], ['settled']);
  }

  const overloaded =
    (why: RegExp) =>
    (error: unknown): true => {
      assert.ok(error instanceof ServiceOverloaded, String(error));
      assert.match(error.why, why);
      return true;
    };

  it('S4_overcommit: two claims backed, two jobs served, whoever asks for more; room again after the window', async () => {
    // 10,000 staked, 4,000 for each claim.
    await field.setParameter(PARAMETER.claimLock, 4_000n * TOKEN);
    undo = () => field.setParameter(PARAMETER.claimLock, TOKEN);
    const life = await field.life();
    const { infer, settler, rows, advance } = life;
    const asked = await Promise.all(Array.from({ length: 8 }, () => field.ask()));
    const all = await Promise.allSettled(asked.map((payment) => infer(field.header(payment))));
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 2);
    await settler.tick();
    assert.deepEqual(
      rows().map(({ state }) => state),
      ['submitted', 'submitted'],
    );
    await assert.rejects(infer(field.header(await field.ask())), overloaded(/free stake/));
    advance(3_000);
    await assert.rejects(infer(field.header(await field.ask())), overloaded(/free stake/));
    // Money on chain does not help: it is the claim that cannot be made.
    const funded = await field.ask();
    await field.openBy(field.people.other.address, funded);
    await assert.rejects(infer(field.header(funded)), overloaded(/free stake/));
    await release(life);
    await infer(field.header(await field.ask()));
    await release(life);
  });

  it('S4_overcommit: jobs of an earlier life count too', async () => {
    await field.setParameter(PARAMETER.claimLock, 4_000n * TOKEN);
    undo = () => field.setParameter(PARAMETER.claimLock, TOKEN);
    const journal = SqliteJournal.open(':memory:');
    const first = await field.life({ journal });
    await first.infer(field.header(await field.ask()));
    const second = await field.life({ journal });
    await second.infer(field.header(await field.ask()));
    await assert.rejects(second.infer(field.header(await field.ask())), overloaded(/free stake/));
    await release(second);
  });

  it('T12_minimum: the minimum stake rises above ours', async () => {
    await field.setParameter(PARAMETER.minStake, 20_000n * TOKEN);
    undo = () => field.setParameter(PARAMETER.minStake, 1_000n * TOKEN);
    const { infer } = await field.life();
    await assert.rejects(infer(field.header(await field.ask())), overloaded(/below the minimum/));
    await assert.rejects(infer(field.header(await field.exact({ to: field.served.till }))), overloaded(/below/));
  });

  it('T12_price: the highest fee falls below ours', async () => {
    await field.setParameter(PARAMETER.maxFee, FEE - 1n);
    undo = () => field.setParameter(PARAMETER.maxFee, TOKEN);
    const { infer } = await field.life();
    await assert.rejects(infer(field.header(await field.ask())), overloaded(/above the maximum/));
    await infer(field.header(await field.exact({ to: field.served.till })));
  });

  it('T12_expiry: the longest job becomes shorter than what we would take', async () => {
    await field.setParameter(PARAMETER.maxJobSeconds, 120n);
    undo = () => field.setParameter(PARAMETER.maxJobSeconds, 600n);
    const { infer } = await field.life();
    await assert.rejects(infer(field.header(await field.ask())), (error) => {
      assert.ok(error instanceof PaymentRequired);
      assert.match(error.why, /more than 120 s/);
      return true;
    });
    await infer(field.header(await field.ask({ expiresAt: (await field.chainTime()) + 100n })));
  });

  it('T12_evaluator: governance takes its approval back; jobs that are funded go on', async () => {
    const funded = await field.ask();
    await field.openBy(field.people.other.address, funded);
    await field.approveEvaluator(false);
    undo = () => field.approveEvaluator(true);
    const life = await field.life();
    await assert.rejects(life.infer(field.header(await field.ask())), overloaded(/no longer approves/));
    await life.infer(field.header(funded));
    await release(life);
  });

  it('S18_hotKey: a key that was replaced serves nothing more; its served jobs are submitted by the new one', async () => {
    const journal = SqliteJournal.open(':memory:');
    const old = await field.life({ journal });
    await old.infer(field.header(await field.ask()));
    const fresh = testSigner('the new hot key');
    const { owner, hot } = field.people;
    const rotate = async (key: typeof hot): Promise<void> => {
      const digest = await field.client.readContract({
        address: field.deployment.addresses.workers,
        abi: workerRegistryAbi,
        functionName: 'hotKeyConsentDigest',
        args: [owner.address],
      });
      const consent = key.signDigest(fromHex(digest, 32));
      await field.as(
        owner.address,
        field.deployment.addresses.workers,
        callOfRegistry('setHotKey', [key.address, consent]),
      );
    };
    await rotate(fresh);
    undo = () => rotate(hot);
    old.advance(3_000);
    await assert.rejects(old.infer(field.header(await field.ask())), overloaded(/hot key was replaced/));
    await field.chain.setBalance({ address: fresh.address, value: TOKEN });
    const next = await field.life({ journal, settlement: createSettlement(field.writing(fresh)) });
    await next.settler.tick();
    assert.equal(next.rows()[0]!.state, 'submitted');
    await next.infer(field.header(await field.ask()));
    await release(next);
  });

  it('S4_exit: a worker who asks his stake back serves nothing more', async () => {
    const { owner } = field.people;
    await field.as(
      owner.address,
      field.deployment.addresses.workers,
      callOfRegistry('requestUnstake', [9_500n * TOKEN]),
    );
    const { infer } = await field.life();
    await assert.rejects(infer(field.header(await field.ask())), overloaded(/below the minimum/));
  });
});
