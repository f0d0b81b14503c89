import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { systemClock } from '../../../../node/host.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Clock } from '../../../../node/ports/Clock.ts';
import type { Journal } from '../../../../node/ports/Journal.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import type { Signer } from '../../../../node/ports/Signer.ts';
import { Cashier, type JobRow, type Reservation } from '../../../../node/service/worker/cashier.ts';
import { Settler } from '../../../../node/service/worker/settler.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { readLedger } from '../../../helpers/ledger.ts';
import { INPUT_ROOT, type Market, startMarket, WINDOW_SECONDS } from '../../../helpers/market.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const FEE = 10n ** 15n;

/** Monotonic time that the test moves, so that no test waits for a retry. */
interface TestClock extends Clock {
  advance(ms: number): void;
}
function testClock(): TestClock {
  let ahead = 0;
  return {
    ...systemClock,
    monotonic: () => performance.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

describe('settler', () => {
  let market: Market;
  before(async () => {
    market = await startMarket();
  });
  after(() => market.stop());

  interface Bench {
    readonly journal: Journal;
    readonly cashier: Cashier;
    readonly settler: Settler;
    readonly clock: TestClock;
    readonly log: ReturnType<typeof memoryLog>;
    /** A paid job whose answer is signed. */
    served(signer?: Signer): Promise<Reservation>;
    servedExact(signer?: Signer): Promise<Reservation>;
    stateOf(reservation: Reservation): JobRow['state'] | undefined;
  }

  /** A worker's money side; `journal` and `settlement` may be those of an earlier life. */
  function bench(options: { journal?: Journal; settlement?: Settlement } = {}): Bench {
    const journal = options.journal ?? SqliteJournal.open(':memory:');
    const settlement = options.settlement ?? market.settlement;
    const clock = testClock();
    const log = memoryLog();
    const cashier = new Cashier({
      journal,
      settlement: market.settlement,
      clock,
      chainId: 31337n,
      worker: market.people.owner.address,
      evaluator: market.deployment.addresses.jobCourt,
      maxExposureWei: 10n ** 18n,
      marginSeconds: 6n,
    });
    const settler = new Settler({ cashier, settlement, clock, log });
    const take = async (value: Record<string, unknown>): Promise<Reservation> => {
      const reservation = await cashier.reserve(value, market.quote(), INPUT_ROOT, '/');
      const receipt = market.receipt(reservation.jobId);
      cashier.deliver(reservation, receipt, market.deliverable(receipt));
      return reservation;
    };
    return {
      journal,
      cashier,
      settler,
      clock,
      log,
      served: async (signer) => take(market.header(await market.escrow(signer === undefined ? {} : { signer }))),
      servedExact: async (signer) => take(market.header(await market.exact(signer === undefined ? {} : { signer }))),
      stateOf: ({ key }) => journal.table<JobRow>('jobs').get(key)?.state,
    };
  }

  const onChain = async (jobs: readonly Reservation[]): Promise<readonly string[]> =>
    market.settlement.jobStates(jobs.map(({ jobId }) => jobId));
  const ledger = () => readLedger(market.url, market.deployment.addresses);
  const windowPasses = () => market.pass(Number(WINDOW_SECONDS));

  it('brings a job from served to settled, once, and pays by the shares', async () => {
    const { settler, served, stateOf } = bench();
    const before = await ledger();
    const jobs = [await served(), await served(), await served(market.people.other)];
    await settler.tick();
    assert.deepEqual(await onChain(jobs), ['submitted', 'submitted', 'submitted']);
    assert.deepEqual(jobs.map(stateOf), ['submitted', 'submitted', 'submitted']);
    await settler.tick();
    assert.deepEqual(await onChain(jobs), ['submitted', 'submitted', 'submitted'], 'the window is open');
    await windowPasses();
    await settler.tick();
    assert.deepEqual(await onChain(jobs), ['completed', 'completed', 'completed']);
    assert.deepEqual(jobs.map(stateOf), ['settled', 'settled', 'settled']);
    const after = await ledger();
    assert.equal(after.jobs.size - before.jobs.size, 3);
    const owner = market.people.owner.address.toLowerCase() as never;
    assert.equal(after.earned.get(owner)! - (before.earned.get(owner) ?? 0n), (3n * FEE * 80n) / 100n);
  });

  it('shares a round between concurrent calls', async () => {
    const { settler, served } = bench();
    const jobs = [await served()];
    await Promise.all([settler.tick(), settler.tick(), settler.tick()]);
    assert.deepEqual(await onChain(jobs), ['submitted']);
  });

  it('settles more jobs than one transaction takes', async () => {
    const { settler, served, stateOf } = bench();
    const jobs: Reservation[] = [];
    for (let i = 0; i < 70; i++) jobs.push(await served());
    await settler.tick();
    assert.deepEqual(new Set(jobs.map(stateOf)), new Set(['submitted']));
    await windowPasses();
    await settler.tick();
    assert.deepEqual(new Set(jobs.map(stateOf)), new Set(['settled']));
    await ledger();
  });

  describe('after a crash', () => {
    it('between serving and sending: sends', async () => {
      const first = bench();
      const jobs = [await first.served()];
      const again = bench({ journal: first.journal });
      await again.settler.tick();
      assert.deepEqual(await onChain(jobs), ['submitted']);
      assert.deepEqual(jobs.map(again.stateOf), ['submitted']);
    });

    it('between sending and recording: records, and sends nothing twice', async () => {
      const settlement: Settlement = {
        ...market.settlement,
        openAndSubmit: async (batch) => {
          await market.settlement.openAndSubmit(batch);
          throw new Error('the process dies here');
        },
      };
      const first = bench({ settlement });
      const jobs = [await first.served(), await first.served()];
      await first.settler.tick();
      assert.deepEqual(jobs.map(first.stateOf), ['served', 'served']);
      assert.deepEqual(await onChain(jobs), ['submitted', 'submitted']);
      let sent = 0;
      const counting: Settlement = {
        ...market.settlement,
        openAndSubmit: async (batch) => {
          sent += batch.length;
          await market.settlement.openAndSubmit(batch);
        },
      };
      const again = bench({ journal: first.journal, settlement: counting });
      await again.settler.tick();
      assert.deepEqual(jobs.map(again.stateOf), ['submitted', 'submitted']);
      assert.equal(sent, 0);
      await ledger();
    });

    it('between finalizing and recording: records', async () => {
      const settlement: Settlement = {
        ...market.settlement,
        finalize: async (batch) => {
          await market.settlement.finalize(batch);
          throw new Error('the process dies here');
        },
      };
      const first = bench({ settlement });
      const jobs = [await first.served()];
      await first.settler.tick();
      await windowPasses();
      await first.settler.tick();
      assert.deepEqual([await onChain(jobs), jobs.map(first.stateOf)], [['completed'], ['submitted']]);
      const again = bench({ journal: first.journal });
      await again.settler.tick();
      assert.deepEqual(jobs.map(again.stateOf), ['settled']);
    });

    it('between a transfer and its record: records, the money moves once', async () => {
      const first = bench();
      const job = await first.servedExact();
      const { payment } = job;
      assert.equal(payment.scheme, 'exact');
      const before = await market.settlement.balanceOf(market.till);
      await market.settlement.transfer(payment as never);
      const again = bench({ journal: first.journal });
      await again.settler.tick();
      assert.equal(again.stateOf(job), 'settled');
      assert.equal((await market.settlement.balanceOf(market.till)) - before, FEE);
    });
  });

  describe('jobs that somebody else opened', () => {
    it('are submitted: a client who funds his job himself does not get its money back at its expiry', async () => {
      const { settler, served, stateOf, cashier } = bench();
      const job = await served();
      const [[, row]] = cashier.jobs('served') as [[string, JobRow]];
      const { payment } = row;
      assert.equal(payment.scheme, 'assay-escrow');
      const { jobMarketAbi } = await import('../../../../node/chain/generated/contracts.ts');
      const { encodeFunctionData } = await import('viem');
      const { terms, validAfter, validBefore, signature } = payment as never as {
        terms: never;
        validAfter: bigint;
        validBefore: bigint;
        signature: Digest;
      };
      await market.writing(market.people.other).send({
        id: 'open for another',
        to: market.deployment.addresses.market,
        data: encodeFunctionData({
          abi: jobMarketAbi,
          functionName: 'openJob',
          args: [terms, { validAfter, validBefore, signature }],
        }),
        describe: 'open a job for somebody else',
      });
      assert.deepEqual(await onChain([job]), ['funded']);
      await settler.tick();
      assert.deepEqual([await onChain([job]), stateOf(job)], [['submitted'], 'submitted']);
      await ledger();
    });
  });

  describe('jobs that the chain skips', () => {
    it('do not stop the others: a client who emptied his account after 70 answers (threats K7)', async () => {
      const { settler, served, stateOf, clock } = bench();
      const cheat = testSigner('empties his account');
      await market.transfer(market.people.client, cheat.address, 70n * FEE);
      const unpaid: Reservation[] = [];
      for (let i = 0; i < 70; i++) unpaid.push(await served(cheat));
      const honest = await served();
      await market.chain.setBalance({ address: cheat.address, value: 10n ** 18n });
      await market.transfer(cheat, market.people.other.address, 70n * FEE);
      await settler.tick();
      assert.equal(stateOf(honest), 'submitted', 'in the same round');
      assert.deepEqual(new Set(unpaid.map(stateOf)), new Set(['served']));
      // No gas is burnt on them while he is broke.
      const nonce = await market.client.getTransactionCount({ address: market.people.hot.address });
      clock.advance(20_000);
      await settler.tick();
      assert.equal(await market.client.getTransactionCount({ address: market.people.hot.address }), nonce);
      // He pays after all.
      await market.transfer(market.people.client, cheat.address, 70n * FEE);
      clock.advance(20_000);
      await settler.tick();
      assert.deepEqual(new Set(unpaid.map(stateOf)), new Set(['submitted']));
      await ledger();
    });

    it('are lost when the payment expires, and said to be', async () => {
      const { settler, served, servedExact, stateOf, clock, log, cashier } = bench();
      const cheat = testSigner('lets it expire');
      await market.transfer(market.people.client, cheat.address, 2n * FEE);
      const jobs = [await served(cheat), await servedExact(cheat)];
      await market.chain.setBalance({ address: cheat.address, value: 10n ** 18n });
      await market.transfer(cheat, market.people.other.address, 2n * FEE);
      await settler.tick();
      assert.deepEqual(jobs.map(stateOf), ['served', 'served']);
      await market.pass(400);
      clock.advance(60_000);
      await settler.tick();
      assert.deepEqual(jobs.map(stateOf), ['lost', 'lost']);
      assert.equal(cashier.exposureWei, 0n);
      assert.equal(log.lines.filter((line) => /cannot be paid any more/.test(line)).length, 2);
      assert.deepEqual(await onChain([jobs[0]!]), ['none']);
    });

    it('are lost when the client cancelled the authorization', async () => {
      const { settler, served, stateOf, clock } = bench();
      const signer = market.people.other;
      const job = await served(signer);
      const { assayTokenAbi } = await import('../../../../node/chain/generated/contracts.ts');
      const { encodeFunctionData, hashTypedData, hexToBytes, parseSignature } = await import('viem');
      const { token } = market.deployment.addresses;
      const digest = hashTypedData({
        domain: { name: 'Assay', version: '1', chainId: 31337, verifyingContract: token },
        types: {
          CancelAuthorization: [
            { name: 'authorizer', type: 'address' },
            { name: 'nonce', type: 'bytes32' },
          ],
        },
        primaryType: 'CancelAuthorization',
        message: { authorizer: signer.address, nonce: job.jobId },
      });
      const { r, s, yParity } = parseSignature(signer.signDigest(hexToBytes(digest)));
      const data = encodeFunctionData({
        abi: assayTokenAbi,
        functionName: 'cancelAuthorization',
        args: [signer.address, job.jobId, 27 + yParity, r, s],
      });
      await market.writing(signer).send({ id: 'cancel', to: token, data, describe: 'cancel an authorization' });
      clock.advance(60_000);
      await settler.tick();
      assert.equal(stateOf(job), 'lost');
    });
  });

  it('waits longer after each failure, says why, and goes on when the chain is back', async () => {
    let down = true;
    let tries = 0;
    const settlement: Settlement = {
      ...market.settlement,
      openAndSubmit: async (batch) => {
        tries += 1;
        if (down) throw new Error('the chain is away');
        await market.settlement.openAndSubmit(batch);
      },
    };
    const { settler, served, stateOf, clock, log } = bench({ settlement });
    const job = await served();
    for (let i = 0; i < 50; i++) {
      await settler.tick();
      clock.advance(100);
    }
    assert.ok(tries >= 3 && tries <= 6, `${tries} tries in 5 s`);
    assert.ok(log.lines.some((line) => line.includes('the chain is away')));
    down = false;
    clock.advance(10_000);
    await settler.tick();
    assert.equal(stateOf(job), 'submitted');
  });

  it('drains within its deadline, also when the chain never answers', async () => {
    const never: Settlement = { ...market.settlement, jobStates: () => new Promise(() => undefined) };
    const { settler, served } = bench({ settlement: never });
    await served();
    const begun = performance.now();
    assert.equal(await settler.drain(300), 1);
    assert.ok(performance.now() - begun < 3000);
  });

  it('drains at once when nothing is owed, and settles what is', async () => {
    const { settler, served, servedExact, stateOf } = bench();
    assert.equal(await settler.drain(10_000), 0);
    const jobs = [await served(), await servedExact()];
    assert.equal(await settler.drain(10_000), 0);
    assert.deepEqual(jobs.map(stateOf), ['submitted', 'settled']);
  });

  it('submits again what a reorganisation took back', async () => {
    const { settler, served, stateOf, clock } = bench();
    const snapshot = await market.chain.snapshot();
    const job = await served();
    // A queue of its own: after the rollback it is another life of the process, and knows nothing of the first send.
    await settler.tick();
    assert.equal(stateOf(job), 'submitted');
    await market.chain.revert({ id: snapshot });
    assert.deepEqual(await onChain([job]), ['none']);
    await windowPasses();
    await settler.tick();
    clock.advance(60_000);
    await settler.tick();
    assert.deepEqual([await onChain([job]), stateOf(job)], [['submitted'], 'submitted']);
    await windowPasses();
    await settler.tick();
    assert.equal(stateOf(job), 'settled');
    await ledger();
  });
});
