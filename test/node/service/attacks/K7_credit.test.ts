import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import { PaymentRequired, ServiceOverloaded } from '../../../../node/service/inference.ts';
import { testSigner } from '../../../helpers/testSigner.ts';
import { type Battlefield, FEE, openBattlefield, TURNCOAT } from './attackBench.ts';

/** Consumers who want answers for nothing, or want the worker to burn gas. Numbers: threats.md. */
describe('K7: answers on credit', () => {
  let field: Battlefield;
  before(async () => {
    field = await openBattlefield();
  });
  after(() => field.stop());

  /** An account with money, and with code instead of a key when `code` is given. */
  async function payer(name: string, wei: bigint, code?: `0x${string}`) {
    const signer = testSigner(name);
    await field.transfer(field.people.client, signer.address, wei);
    if (code !== undefined) await field.chain.setCode({ address: signer.address, bytecode: code });
    return signer;
  }

  it('K15_turncoat: an account whose code takes back its signature gets no answer before its money is in escrow', async () => {
    const { cashier, settler, infer, advance } = await field.life();
    const thief = await payer('turncoat', 100n * FEE, TURNCOAT);
    const anybody = testSigner('signs for the account');
    const spent = await field.gasSpentBy(field.people.hot.address);
    for (let i = 0; i < 4; i++) {
      const payment = { ...(await field.ask({ signer: anybody })) };
      const forged = await field.ask({ client: thief.address, signer: anybody, salt: payment.terms.salt });
      await assert.rejects(infer(field.header(forged)), PaymentRequired);
    }
    for (let round = 0; round < 3; round++) {
      await settler.tick();
      advance(60_000);
    }
    assert.equal(cashier.exposureWei, 0n);
    assert.equal(await field.gasSpentBy(field.people.hot.address), spent, 'the worker burns no gas');
  });

  it('K15_turncoat: and gets it when the money is there', async () => {
    const { cashier, settler, infer, rows } = await field.life();
    const account = await payer('honest smart account', 10n * FEE, TURNCOAT);
    const payment = await field.ask({ client: account.address, signer: testSigner('signs for the account') });
    await field.fundBy(payment);
    await infer(field.header(payment));
    assert.equal(cashier.exposureWei, 0n, 'nothing is at risk');
    await settler.tick();
    assert.equal(rows()[0]!.state, 'submitted');
  });

  it('K7_prefunded: whoever paid into the escrow first is served without credit, also over the cap', async () => {
    const { infer, settler, rows } = await field.life({ maxExposureWei: 0n });
    const payment = await field.ask();
    await assert.rejects(infer(field.header(payment)), ServiceOverloaded);
    await field.openBy(field.people.other.address, payment);
    await infer(field.header(payment));
    await settler.tick();
    assert.equal(rows()[0]!.state, 'submitted');
  });

  it('K7_cap: one payer owes no more than his part of the cap; the others are still served', async () => {
    const { infer } = await field.life({ maxExposureWei: 8n * FEE, maxPayerExposureWei: 2n * FEE });
    for (let i = 0; i < 2; i++) await infer(field.header(await field.ask()));
    await assert.rejects(infer(field.header(await field.ask())), (error) => {
      assert.ok(error instanceof ServiceOverloaded);
      assert.match(error.why, /this account/);
      return true;
    });
    await infer(field.header(await field.ask({ signer: field.people.other })));
  });

  it('K7_default: whoever took his money away once gets no more credit, also after a restart', async () => {
    const first = await field.life();
    const thief = await payer('takes it away', 2n * FEE);
    await field.chain.setBalance({ address: thief.address, value: 10n ** 18n });
    await first.infer(field.header(await field.ask({ signer: thief })));
    await field.transfer(thief, field.people.other.address, 2n * FEE);
    await first.settler.tick();
    await field.pass(301);
    first.advance(60_000);
    await first.settler.tick();
    assert.equal(first.rows()[0]!.state, 'lost');
    await field.transfer(field.people.other, thief.address, 2n * FEE);
    for (const life of [first, await field.life({ journal: first.journal })]) {
      const payment = await field.ask({ signer: thief });
      await assert.rejects(life.infer(field.header(payment)), (error) => {
        assert.ok(error instanceof PaymentRequired, String(error));
        assert.match(error.why, /never paid/);
        return true;
      });
    }
    assert.equal(first.cashier.exposureWei, 0n);
    const payment = await field.ask({ signer: thief });
    await field.openBy(thief.address, payment);
    await first.infer(field.header(payment));
  });

  it('K7_default: a payment that is late through no fault of the payer costs him no credit', async () => {
    const { infer, settler, advance, rows } = await field.life();
    await infer(field.header(await field.ask()));
    await field.pass(301);
    advance(60_000);
    await settler.tick();
    assert.equal(rows()[0]!.state, 'lost');
    await infer(field.header(await field.ask()));
  });

  it('K7_race: a job that somebody opens while its loss is being written is not lost', async () => {
    let open: (() => Promise<void>) | undefined;
    const settlement: Settlement = {
      ...field.settlement,
      // The mempool: between the look at the job and the look at the authorization somebody opens the job.
      authorizationUsed: async (owner, nonce) => {
        await open?.();
        open = undefined;
        return field.settlement.authorizationUsed(owner, nonce);
      },
      openAndSubmit: async (jobs) => {
        if (open === undefined) await field.settlement.openAndSubmit(jobs);
      },
    };
    const { infer, settler, advance, rows } = await field.life({ settlement });
    const payment = await field.ask();
    await infer(field.header(payment));
    open = () => field.openBy(field.people.other.address, payment);
    await settler.tick();
    assert.equal(rows()[0]!.state, 'served');
    advance(60_000);
    await settler.tick();
    assert.equal(rows()[0]!.state, 'submitted');
  });

  it('K7_margin: a payment must outlive two blocks of a slow chain', async () => {
    const { infer } = await field.life();
    const now = await field.chainTime();
    await assert.rejects(infer(field.header(await field.ask({ expiresAt: now + 20n }))), PaymentRequired);
    await infer(field.header(await field.ask({ expiresAt: now + 59n })));
  });

  it('K7_junk: a false signature is refused without a question to the chain', async () => {
    const asked: string[] = [];
    const settlement = new Proxy(field.settlement, {
      get:
        (target, key: keyof Settlement) =>
        (...args: readonly unknown[]) => {
          asked.push(key);
          return (target[key] as (...args: readonly unknown[]) => unknown)(...args);
        },
    });
    const { cashier } = await field.life({ settlement });
    asked.length = 0;
    const forged = await field.escrow({ client: field.people.other.address, signer: testSigner('nobody') });
    const root = forged.terms.inputRoot as Digest;
    await assert.rejects(cashier.reserve(field.header(forged), field.quote(), root, '/'), PaymentRequired);
    assert.deepEqual([...new Set(asked)].sort(), ['isSignatureOf', 'jobStates']);
  });
});
