import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { jobIdOf, transferIdOf } from '../../../../node/core/codec/job.ts';
import { type EscrowPayment, PaymentMalformed } from '../../../../node/core/codec/payment.ts';
import { systemClock } from '../../../../node/host.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Journal } from '../../../../node/ports/Journal.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import { PaymentReplayed, PaymentRequired, ServiceOverloaded } from '../../../../node/service/inference.ts';
import { Cashier, type JobRow } from '../../../../node/service/worker/cashier.ts';
import { INPUT_ROOT, type Market, startMarket } from '../../../helpers/market.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const FEE = 10n ** 15n;
const RESOURCE = '/v2/models/digits/infer';

describe('cashier', () => {
  let market: Market;
  let folder = '';
  before(async () => {
    market = await startMarket();
    folder = mkdtempSync(join(tmpdir(), 'assay-cashier-'));
  });
  after(async () => {
    await market.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options {
    readonly journal?: Journal;
    readonly settlement?: Settlement;
    readonly maxExposureWei?: bigint;
  }
  const open = ({ journal, settlement, maxExposureWei = 10n ** 18n }: Options = {}): Cashier =>
    new Cashier({
      journal: journal ?? SqliteJournal.open(':memory:'),
      settlement: settlement ?? market.settlement,
      clock: systemClock,
      chainId: 31337n,
      worker: market.people.owner.address,
      evaluator: market.deployment.addresses.jobCourt,
      maxExposureWei,
      maxPayerExposureWei: maxExposureWei,
      marginSeconds: 6n,
    });
  const reserve = (cashier: Cashier, value: unknown) => cashier.reserve(value, market.quote(), INPUT_ROOT, RESOURCE);
  const jobIdOfPayment = ({ terms }: EscrowPayment): Digest =>
    jobIdOf(terms, 31337n, market.deployment.addresses.market);

  describe('takes', () => {
    it('an escrow payment, whose job id is the one the contract derives', async () => {
      const cashier = open();
      const payment = await market.escrow();
      const reservation = await reserve(cashier, market.header(payment));
      assert.equal(reservation.jobId, jobIdOfPayment(payment));
      assert.equal(cashier.exposureWei, FEE);
      assert.equal(cashier.jobs('reserved').length, 1);
    });

    it('an x402 exact payment, whose receipt names payer and nonce', async () => {
      const cashier = open();
      const payment = await market.exact();
      const reservation = await reserve(cashier, market.header(payment));
      const domain = { chainId: 31337n, token: market.deployment.addresses.token };
      assert.equal(reservation.jobId, transferIdOf(payment.from, payment.nonce, domain));
      assert.equal(cashier.exposureWei, 0n, 'the money moves before the answer leaves');
    });

    it('equal nonces of two payers as two payments', async () => {
      const cashier = open();
      const nonce = `0x${'77'.repeat(32)}` as Digest;
      const mine = await market.exact({ nonce });
      const theirs = await market.exact({ nonce, signer: market.people.other });
      await reserve(cashier, market.header(mine));
      await reserve(cashier, market.header(theirs));
      assert.equal(cashier.jobs('reserved').length, 2);
    });

    it('nothing for a nonce that is written in upper case: it is the same payment', async () => {
      const cashier = open();
      const header = market.header(await market.exact());
      const { payload } = header as { payload: { authorization: Record<string, string> } };
      const loud = {
        ...header,
        payload: {
          ...payload,
          authorization: {
            ...payload.authorization,
            nonce: `0x${payload.authorization['nonce']!.slice(2).toUpperCase()}`,
            from: market.people.client.address.toLowerCase(),
          },
        },
      };
      await reserve(cashier, header);
      await assert.rejects(reserve(cashier, loud), PaymentReplayed);
    });
  });

  describe('refuses', () => {
    const refused = async (value: unknown, why: RegExp, quote = market.quote(), root = INPUT_ROOT): Promise<void> => {
      const cashier = open();
      await assert.rejects(cashier.reserve(value, quote, root, RESOURCE), (error) => {
        assert.ok(error instanceof PaymentRequired, String(error));
        assert.match(error.why, why);
        // x402 v2: both schemes are offered again, with the reason.
        const {
          x402Version,
          accepts,
          error: told,
        } = error.requirements as never as {
          x402Version: number;
          accepts: { scheme: string; amount: string; payTo: string; asset: string; network: string }[];
          error: string;
        };
        assert.equal(x402Version, 2);
        assert.match(told, why);
        assert.deepEqual(accepts.map(({ scheme }) => scheme).sort(), ['assay-escrow', 'exact']);
        for (const { amount, network } of accepts)
          assert.deepEqual([amount, network], [String(quote.feeWei), 'eip155:31337']);
        return true;
      });
      assert.equal(cashier.exposureWei, 0n);
      assert.equal(cashier.jobs('reserved').length, 0);
    };
    const malformed = async (value: unknown): Promise<void> => {
      const cashier = open();
      await assert.rejects(reserve(cashier, value), PaymentMalformed);
      assert.equal(cashier.exposureWei, 0n);
    };

    it('nothing at all', () => refused(undefined, /not free/));

    it('what is no payment', async () => {
      const good = market.header(await market.escrow());
      for (const value of [null, 1, 'x', [], {}, { x402Version: 1 }, { ...good, accepted: { scheme: 'assay-escrow' } }])
        await malformed(value);
      await malformed({ ...good, accepted: { scheme: 'upto', network: 'eip155:31337' } });
      await malformed({ ...good, accepted: { scheme: 'assay-escrow', network: 'eip155:1' } });
    });

    it('a payment for another worker, version, price or evaluator', async () => {
      const other = market.people.other.address;
      await refused(market.header(await market.escrow({ worker: other })), /names worker/);
      await refused(market.header(await market.escrow({ versionId: 2n })), /names version 2/);
      await refused(market.header(await market.escrow({ evaluator: other })), /names evaluator/);
      await refused(market.header(await market.escrow({ feeWei: FEE - 1n })), /the price is/);
      await refused(market.header(await market.escrow({ feeWei: FEE + 1n })), /the price is/);
      await refused(market.header(await market.exact({ to: other })), /the till of this worker/);
      await refused(market.header(await market.exact({ value: FEE - 1n })), /the price is/);
    });

    it('an escrow payment for another input', async () => {
      const root = `0x${'2f'.repeat(32)}` as Digest;
      await refused(market.header(await market.escrow()), /the input sent is/, market.quote(), root);
    });

    it('the signature of somebody else, of something else, and of nobody', async () => {
      const mine = await market.escrow();
      const forged = await market.escrow({ client: market.people.other.address });
      await refused(market.header(forged), /signature is not/);
      // Signed terms with one field changed afterwards.
      const moved = { ...mine, terms: { ...mine.terms, expiresAt: mine.terms.expiresAt + 1n } };
      await refused(market.header(moved), /signature is not/);
      await refused(market.header({ ...mine, signature: `0x${'00'.repeat(65)}` }), /signature is not/);
      await refused(market.header({ ...mine, validBefore: mine.validBefore - 1n }), /signature is not/);
      // A signature for TransferWithAuthorization is none for ReceiveWithAuthorization, and the other way round.
      const exact = await market.exact();
      await refused(market.header({ ...exact, signature: mine.signature }), /signature is not/);
    });

    it('a payment that is not valid yet, ends too early, or promises a job for too long', async () => {
      const now = await market.chainTime();
      await refused(market.header(await market.escrow({ validAfter: now + 60n })), /valid only after/);
      await refused(market.header(await market.exact({ validAfter: now })), /valid only after/);
      await refused(market.header(await market.escrow({ validBefore: now + 6n })), /less than 6 s/);
      await refused(market.header(await market.exact({ validBefore: now + 1n })), /less than 6 s/);
      await refused(market.header(await market.exact({ validBefore: now - 100n })), /less than 6 s/);
      const early = await market.escrow({ expiresAt: now + 6n, validBefore: now + 300n });
      await refused(market.header(early), /job expires at .* less than 6 s/);
      await refused(market.header(await market.escrow({ expiresAt: now + 1000n })), /more than 600 s/);
    });

    it('a client without the money', async () => {
      await refused(market.header(await market.escrow({ signer: market.people.poor })), /holds 0 wei/);
      await refused(market.header(await market.exact({ signer: market.people.poor })), /holds 0 wei/);
    });

    it('an authorization that the chain has seen, also one whose journal was lost', async () => {
      const payment = await market.exact();
      await market.settlement.transfer(payment);
      await refused(market.header(payment), /already used or cancelled/);
      const escrow = await market.escrow();
      const { terms, validAfter, validBefore, signature } = escrow;
      const jobId = jobIdOfPayment(escrow);
      const deliverable = market.deliverable(market.receipt(jobId));
      await market.settlement.openAndSubmit([{ jobId, terms, validAfter, validBefore, signature, deliverable }]);
      await refused(market.header(escrow), /already used or cancelled/);
    });
  });

  it('reserves one of 100 parallel copies of a payment, and says replayed to the rest (K6)', async () => {
    const cashier = open();
    for (const payment of [await market.escrow(), await market.exact()]) {
      const header = market.header(payment);
      const all = await Promise.allSettled(
        Array.from({ length: 100 }, () => reserve(cashier, structuredClone(header))),
      );
      assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of all)
        if (result.status === 'rejected') assert.ok(result.reason instanceof PaymentReplayed, String(result.reason));
    }
    assert.equal(cashier.exposureWei, FEE, 'only escrow is credit');
  });

  it('says replayed to a copy whose chain answers only after the first was settled', async () => {
    const { settlement } = market;
    const { promise: first, resolve: settled } = Promise.withResolvers<boolean>();
    let asked = 0;
    const slow: Settlement = {
      ...settlement,
      authorizationUsed: (payer, nonce) => (++asked === 1 ? settlement.authorizationUsed(payer, nonce) : first),
    };
    const cashier = open({ settlement: slow });
    const header = market.header(await market.escrow());
    const [one, copy] = [reserve(cashier, header), reserve(cashier, header)];
    await one;
    settled(true);
    await assert.rejects(copy, PaymentReplayed);
    assert.equal(cashier.jobs('reserved').length, 1);
  });

  it('does not let parallel payments spend one balance twice (K9)', async () => {
    const cashier = open();
    const signer = testSigner('three fees');
    await market.transfer(market.people.client, signer.address, 3n * FEE);
    const headers = await Promise.all(
      Array.from({ length: 20 }, async (_, i) =>
        market.header(i % 2 === 0 ? await market.escrow({ signer }) : await market.exact({ signer })),
      ),
    );
    const all = await Promise.allSettled(headers.map((header) => reserve(cashier, header)));
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 3);
    for (const result of all)
      if (result.status === 'rejected') assert.match((result.reason as Error).message, /owed to this worker/);
    // What is cancelled is free again.
    const [first] = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    cashier.cancel(first!);
    await reserve(cashier, market.header(await market.escrow({ signer })));
    await assert.rejects(reserve(cashier, market.header(await market.escrow({ signer }))), PaymentRequired);
  });

  it('does not count a settled job twice as money, when the balance was read before it settled', async () => {
    const signer = testSigner('one fee');
    await market.transfer(market.people.client, signer.address, FEE);
    const waiting = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    let slow = false;
    const settlement: Settlement = {
      ...market.settlement,
      balanceOf: async (owner) => {
        const balance = await market.settlement.balanceOf(owner);
        if (!slow) return balance;
        read.resolve();
        await waiting.promise;
        return balance;
      },
    };
    const cashier = open({ settlement });
    const payment = await market.exact({ signer });
    const first = await reserve(cashier, market.header(payment));
    cashier.deliver(first, market.receipt(first.jobId), INPUT_ROOT);
    slow = true;
    const second = reserve(cashier, market.header(await market.exact({ signer })));
    await read.promise;
    await market.settlement.transfer(payment);
    cashier.settle(first.key, 'settled');
    waiting.resolve();
    await assert.rejects(second, /owed to this worker/);
  });

  it('serves on credit up to its cap and no further (K7); what settles makes room', async () => {
    const cashier = open({ maxExposureWei: 2n * FEE + FEE / 2n });
    const one = await reserve(cashier, market.header(await market.escrow()));
    await reserve(cashier, market.header(await market.escrow({ signer: market.people.other })));
    const third = market.header(await market.escrow());
    await assert.rejects(reserve(cashier, third), (error) => {
      assert.ok(error instanceof ServiceOverloaded);
      assert.equal(error.retryable, true);
      assert.match(error.why, /cap is/);
      return true;
    });
    cashier.deliver(one, market.receipt(one.jobId), INPUT_ROOT);
    await assert.rejects(reserve(cashier, third), ServiceOverloaded);
    cashier.settle(one.key, 'submitted');
    await reserve(cashier, third);
    assert.equal(cashier.exposureWei, 2n * FEE);
  });

  it('never lets a parallel crowd over the cap', async () => {
    const cashier = open({ maxExposureWei: 5n * FEE });
    const headers = await Promise.all(Array.from({ length: 30 }, async () => market.header(await market.escrow())));
    const all = await Promise.allSettled(headers.map((header) => reserve(cashier, header)));
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 5);
    assert.equal(cashier.exposureWei, 5n * FEE);
  });

  it('takes the same payment again when the work failed, and not when it was served', async () => {
    const cashier = open();
    const header = market.header(await market.escrow());
    const failed = await reserve(cashier, header);
    cashier.cancel(failed);
    cashier.cancel(failed);
    assert.equal(cashier.exposureWei, 0n);
    const served = await reserve(cashier, header);
    cashier.deliver(served, market.receipt(served.jobId), INPUT_ROOT);
    cashier.cancel(served);
    assert.equal(cashier.exposureWei, FEE, 'what is served is owed');
    await assert.rejects(reserve(cashier, header), PaymentReplayed);
    for (const state of ['submitted', 'settled'] as const) {
      cashier.settle(served.key, state);
      cashier.settle(served.key, state);
      assert.equal(cashier.exposureWei, 0n);
      await assert.rejects(reserve(cashier, header), PaymentReplayed);
    }
    cashier.settle(served.key, 'lost');
    assert.equal(cashier.jobs('submitted').length, 0, 'an end is an end');
  });

  describe('after a crash', () => {
    it('forgets what was only reserved, keeps what was served, refuses both copies of what is owed', async () => {
      const path = join(folder, 'crash.sqlite');
      const journal = SqliteJournal.open(path);
      const first = open({ journal });
      const reserved = market.header(await market.escrow());
      const served = market.header(await market.escrow());
      const submitted = market.header(await market.exact());
      await reserve(first, reserved);
      const two = await reserve(first, served);
      first.deliver(two, market.receipt(two.jobId), INPUT_ROOT);
      const three = await reserve(first, submitted);
      first.deliver(three, market.receipt(three.jobId), INPUT_ROOT);
      first.settle(three.key, 'submitted');
      // SIGKILL leaves the file as it is: nothing is closed, the next process opens it.
      journal.close();

      const again = open({ journal: SqliteJournal.open(path) });
      assert.equal(again.exposureWei, FEE);
      assert.deepEqual(
        again.jobs('served').map(([key]) => key),
        [two.key],
      );
      assert.equal(again.jobs('served')[0]![1].receipt?.receipt.jobId, two.jobId);
      assert.deepEqual(
        again.jobs('submitted').map(([key]) => key),
        [three.key],
      );
      assert.deepEqual(again.jobs('reserved'), []);
      await assert.rejects(reserve(again, served), PaymentReplayed);
      await assert.rejects(reserve(again, submitted), PaymentReplayed);
      await reserve(again, reserved);
      assert.equal(again.exposureWei, 2n * FEE);
    });

    it('still owes what it served when it counts a balance', async () => {
      const signer = testSigner('two fees');
      await market.transfer(market.people.client, signer.address, 2n * FEE);
      const path = join(folder, 'owed.sqlite');
      const journal = SqliteJournal.open(path);
      const first = open({ journal });
      const one = await reserve(first, market.header(await market.escrow({ signer })));
      first.deliver(one, market.receipt(one.jobId), INPUT_ROOT);
      journal.close();
      const again = open({ journal: SqliteJournal.open(path) });
      await reserve(again, market.header(await market.escrow({ signer })));
      await assert.rejects(reserve(again, market.header(await market.escrow({ signer }))), /owed to this worker/);
    });
  });

  it('sweeps ended rows whose payment nobody can use any more, and no others', async () => {
    const journal = SqliteJournal.open(':memory:');
    const cashier = open({ journal });
    const rows = journal.table<JobRow>('jobs');
    const ended = await reserve(cashier, market.header(await market.escrow()));
    const owed = await reserve(cashier, market.header(await market.escrow()));
    for (const each of [ended, owed]) cashier.deliver(each, market.receipt(each.jobId), INPUT_ROOT);
    cashier.settle(ended.key, 'settled');
    const { validBefore } = ended.payment;
    cashier.sweep(validBefore);
    cashier.sweep(validBefore + 3600n);
    assert.equal(rows.count(), 2);
    cashier.sweep(validBefore + 3601n);
    assert.equal(rows.get(ended.key), undefined);
    assert.equal(rows.get(owed.key)?.state, 'served');
  });
});
