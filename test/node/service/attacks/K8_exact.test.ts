import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData, type Hex } from 'viem';
import { assayTokenAbi } from '../../../../node/chain/generated/contracts.ts';
import { typedDataDigest } from '../../../../node/core/codec/eip712.ts';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import { jobIdOf } from '../../../../node/core/codec/job.ts';
import type { ExactPayment } from '../../../../node/core/codec/payment.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import type { Signer } from '../../../../node/ports/Signer.ts';
import { PaymentReplayed, PaymentRequired, ServiceOverloaded } from '../../../../node/service/inference.ts';
import { type Battlefield, FEE, openBattlefield } from './attackBench.ts';

/** The stock x402 payment against front-runners, double spenders and broken lines. Numbers: threats.md. */
describe('K8: x402 exact', () => {
  let field: Battlefield;
  before(async () => {
    field = await openBattlefield();
  });
  after(() => field.stop());

  const pay = (over: Parameters<Battlefield['exact']>[0] = {}) => field.exact({ to: field.served.till, ...over });
  const callOf = ({ from, to, value, validAfter, validBefore, nonce, signature }: ExactPayment): Hex =>
    encodeFunctionData({
      abi: assayTokenAbi,
      functionName: 'transferWithAuthorization',
      args: [from, to, value, validAfter, validBefore, nonce, signature],
    });
  const send = (from: Address, data: Hex) => field.as(from, field.deployment.addresses.token, data);
  function cancelOf(signer: Signer, nonce: Digest): Hex {
    const domain = {
      name: 'Assay',
      version: '1',
      chainId: 31337n,
      verifyingContract: field.deployment.addresses.token,
    };
    const fields = [
      { name: 'authorizer', type: 'address' },
      { name: 'nonce', type: 'bytes32' },
    ] as const;
    const digest = typedDataDigest(
      domain,
      { name: 'CancelAuthorization', fields },
      { authorizer: signer.address, nonce },
    );
    const args = [signer.address, nonce, signer.signDigest(digest)] as const;
    return encodeFunctionData({ abi: assayTokenAbi, functionName: 'cancelAuthorization', args });
  }
  /** Something that reaches the chain just before our transfer. */
  const racing = (first: () => Promise<void>): Settlement => ({
    ...field.settlement,
    transfer: async (payment) => {
      await first();
      return field.settlement.transfer(payment);
    },
  });

  it('K8_frontRun: a stranger who sends the payment first does not cost the client his answer', async () => {
    const payment = await pay();
    const { infer, rows } = await field.life({
      settlement: racing(() => send(field.people.other.address, callOf(payment))),
    });
    const before = await field.settlement.balanceOf(field.served.till);
    const answer = await infer(field.header(payment));
    assert.equal((await field.settlement.balanceOf(field.served.till)) - before, FEE);
    const { transaction } = answer.settlement as { transaction: Hex };
    assert.equal((await field.client.getTransactionReceipt({ hash: transaction })).status, 'success');
    assert.equal(rows()[0]!.state, 'settled');
    await assert.rejects(infer(field.header(payment)), PaymentReplayed);
  });

  it('K8_cancelled: whoever cancels meanwhile gets no answer and is not charged', async () => {
    const signer = field.people.client;
    const payment = await pay();
    const { infer, rows } = await field.life({
      settlement: racing(() => send(field.people.other.address, cancelOf(signer, payment.nonce))),
    });
    const before = await field.settlement.balanceOf(signer.address);
    await assert.rejects(infer(field.header(payment)), ServiceOverloaded);
    assert.equal(rows()[0]!.state, 'lost');
    assert.equal(await field.settlement.balanceOf(signer.address), before);
    await assert.rejects(infer(field.header(payment)), PaymentReplayed);
  });

  it('K8_elsewhere: a nonce spent on another transfer pays nothing here', async () => {
    const signer = field.people.client;
    const payment = await pay();
    const elsewhere = await pay({ to: field.people.other.address, nonce: payment.nonce });
    const settlement = racing(() => send(signer.address, callOf(elsewhere)));
    const { infer, rows } = await field.life({ settlement });
    await assert.rejects(infer(field.header(payment)), ServiceOverloaded);
    assert.equal(rows()[0]!.state, 'lost');
    // The settler, which finds the row after a crash, does not take it for paid either.
    const next = await pay();
    const broken: Settlement = {
      ...field.settlement,
      transfer: async () => {
        throw new Error('the line broke');
      },
    };
    const life = await field.life({ settlement: broken });
    await assert.rejects(life.infer(field.header(next)), /the line broke/);
    await send(signer.address, callOf(await pay({ to: field.people.other.address, nonce: next.nonce })));
    await life.settler.tick();
    assert.equal(life.rows()[0]!.state, 'lost');
    assert.ok(life.lines.some((line) => /cannot be paid any more/.test(line)));
  });

  it('K8_lostAnswer: money that moved while the line broke buys its answer later, once, for the same input', async () => {
    let broken = true;
    const settlement: Settlement = {
      ...field.settlement,
      transfer: async (payment) => {
        if (broken) throw new Error('the line broke');
        return field.settlement.transfer(payment);
      },
    };
    const life = await field.life({ settlement });
    const payment = await pay();
    await assert.rejects(life.infer(field.header(payment)), /the line broke/);
    await assert.rejects(life.infer(field.header(payment)), PaymentReplayed, 'its fate is open');
    broken = false;
    life.advance(60_000);
    await life.settler.tick();
    assert.equal(life.rows()[0]!.state, 'settled');
    const held = await field.settlement.balanceOf(field.people.client.address);
    // Also after a crash, and in a crowd.
    const next = await field.life({ journal: life.journal });
    const other = { ...field.header(payment) };
    const root = field.served.inputRoot;
    await assert.rejects(
      next.cashier.reserve(
        other,
        field.quote({ versionId: field.served.versionId, till: field.served.till }),
        `${root.slice(0, -1)}${root.endsWith('0') ? '1' : '0'}` as Digest,
        '/',
      ),
      PaymentReplayed,
      'another input is another inference',
    );
    const crowd = await Promise.allSettled(Array.from({ length: 20 }, () => next.infer(field.header(payment))));
    assert.equal(crowd.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await field.settlement.balanceOf(field.people.client.address), held, 'charged once');
    await assert.rejects(next.infer(field.header(payment)), PaymentReplayed);
  });

  it('K2_receiptOfAJob: a payer cannot choose a nonce that makes the receipt name a job in escrow', async () => {
    const { infer } = await field.life();
    const escrow = await field.ask();
    const jobId = jobIdOf(escrow.terms, 31337n, field.deployment.addresses.market);
    const first = await infer(field.header(escrow));
    const second = await infer(field.header(await pay({ nonce: jobId })));
    assert.equal(first.receipt.receipt.jobId, jobId);
    assert.notEqual(second.receipt.receipt.jobId, jobId);
    const third = await infer(field.header(await pay({ nonce: jobId, signer: field.people.other })));
    assert.notEqual(third.receipt.receipt.jobId, second.receipt.receipt.jobId, 'two payers, two payments');
  });

  it('K2_otherTill: a payment to the till of another version or worker, or of another amount, buys nothing', async () => {
    const { infer, rows } = await field.life();
    const others = await field.settlement.tillOf(field.people.other.address, field.served.versionId);
    for (const payment of [
      await field.exact(),
      await field.exact({ to: others }),
      await pay({ value: FEE - 1n }),
      await pay({ value: FEE + 1n }),
    ])
      await assert.rejects(infer(field.header(payment)), PaymentRequired);
    assert.deepEqual(rows(), []);
  });

  it('K16_forever: payments that never end cannot fill the journal for ever', async () => {
    const { infer, cashier, journal } = await field.life();
    const now = await field.chainTime();
    await assert.rejects(infer(field.header(await pay({ validBefore: 2n ** 47n - 1n }))), PaymentRequired);
    // An escrow payment is dead with its job, whatever its signature says.
    const payment = await field.ask({ validBefore: 2n ** 47n - 1n });
    const { key } = await cashier.reserve(
      field.header(payment),
      field.quote({ versionId: field.served.versionId, till: field.served.till }),
      field.served.inputRoot,
      '/',
    );
    const receipt = field.receipt(key as Digest);
    cashier.deliver({ key, jobId: key as Digest, payment }, receipt, field.deliverable(receipt));
    cashier.settle(key, 'settled');
    cashier.sweep(now + 100_000n);
    assert.equal(journal.table('jobs').count(), 0);
  });
});
