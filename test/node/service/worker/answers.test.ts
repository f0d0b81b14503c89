import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Digest, toHex } from '../../../../node/core/codec/hex.ts';
import { receiptDigest, verifyReceipt } from '../../../../node/core/codec/receipt.ts';
import { encodeInput } from '../../../../node/core/exact/quantize.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256, systemClock } from '../../../../node/host.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Runtime, Session } from '../../../../node/ports/Runtime.ts';
import type { Settlement } from '../../../../node/ports/Settlement.ts';
import type { Store } from '../../../../node/ports/Store.ts';
import { createReferenceRuntime } from '../../../../node/runtime/reference.ts';
import {
  InputRefused,
  PaymentReplayed,
  PaymentRequired,
  ServiceOverloaded,
  VersionNotServed,
} from '../../../../node/service/inference.ts';
import { Answers } from '../../../../node/service/worker/answers.ts';
import { Cashier, type JobRow } from '../../../../node/service/worker/cashier.ts';
import { Versions } from '../../../../node/service/worker/versions.ts';
import { memoryLog } from '../../../helpers/anvilRpc.ts';
import { exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';
import { oracle, randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const FEE = 10n ** 15n;

describe('answers', () => {
  let market: Market;
  let store: Store;
  let folder = '';
  let versionId = 0n;
  const artifact = exactArtifact(21);
  const { program } = artifact;
  const input = randomInput(new Seeded(22), program, 2);
  const inputs = new Map([[program.input.name, input]]);
  const inputRoot = tensorCommitment(input, { sha256 });

  before(async () => {
    market = await startMarket();
    folder = mkdtempSync(join(tmpdir(), 'assay-answers-'));
    store = await openStore(folder);
    const { cid } = await store.add(artifact.bytes);
    const published = await market.publish('model', { cid, ...artifact.claim });
    versionId = published.versionId;
    await market.setLive(published.modelId, versionId);
  });
  after(async () => {
    await store.close();
    await market.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Options {
    readonly settlement?: Settlement;
    readonly feeWei?: bigint;
    /** Wraps the session of the version. */
    readonly session?: (session: Session) => Session;
  }
  interface Bench {
    readonly answers: Answers;
    readonly cashier: Cashier;
    rows(): readonly JobRow[];
  }
  async function bench({ settlement, feeWei = FEE, session = (same) => same }: Options = {}): Promise<Bench> {
    const journal = SqliteJournal.open(':memory:');
    const reference = createReferenceRuntime();
    const runtime: Runtime = {
      runtimeClass: reference.runtimeClass,
      load: async (model, options) => session(await reference.load(model, options)),
      close: () => reference.close(),
    };
    const worker = market.people.owner.address;
    const money = settlement ?? market.settlement;
    const cashier = new Cashier({
      journal,
      settlement: money,
      clock: systemClock,
      chainId: 31337n,
      worker,
      evaluator: market.deployment.addresses.jobCourt,
      maxExposureWei: 10n ** 18n,
      marginSeconds: 6n,
    });
    const versions = new Versions({
      directory: market.directory,
      offering: market.offering,
      store,
      runtime,
      journal,
      sha256,
      clock: systemClock,
      log: memoryLog(),
      worker,
      feeWei,
      load: {},
    });
    await versions.sync();
    assert.equal(versions.all().length, 1);
    const till = await money.tillOf(worker, versionId);
    const answers = new Answers({
      versions,
      cashier,
      settlement: money,
      signer: market.people.hot,
      clock: systemClock,
      sha256,
      worker,
      domain: { chainId: 31337n, verifyingContract: market.deployment.addresses.market },
      quote: async (served) => market.quote({ versionId: served.versionId, till, feeWei: served.feeWei }),
    });
    answers.open();
    return { answers, cashier, rows: () => [...journal.table<JobRow>('jobs').entries()].map(([, row]) => row) };
  }
  const escrow = async (over: Parameters<Market['escrow']>[0] = {}) =>
    market.header(await market.escrow({ versionId, inputRoot, ...over }));
  const exact = async (over: Parameters<Market['exact']>[0] = {}) =>
    market.header(
      await market.exact({ to: await market.settlement.tillOf(market.people.owner.address, versionId), ...over }),
    );
  const output = (answer: { outputs: ReadonlyMap<string, Tensor> }): Tensor => answer.outputs.get(program.output.name)!;

  it('answers an escrow payment with tensors and a receipt that holds', async () => {
    const { answers, rows } = await bench();
    const answer = await answers.infer({ model: 'model', versionId, inputs, payment: await escrow() });
    assert.deepEqual([...output(answer).data].map(BigInt), oracle(program, input).at(-1)!);
    const { receipt } = answer.receipt;
    verifyReceipt(answer.receipt, market.people.hot.address);
    assert.equal(receipt.inputRoot, inputRoot);
    assert.equal(receipt.outputRoot, tensorCommitment(output(answer), { sha256 }));
    assert.equal(receipt.programRoot, artifact.claim.programRoot);
    assert.equal(receipt.worker, market.people.owner.address);
    const [row] = rows();
    assert.equal(row!.state, 'served');
    assert.equal(row!.deliverable, toHex(receiptDigest(receipt, answer.receipt.domain)));
    assert.deepEqual(answer.settlement, {
      success: true,
      transaction: receipt.jobId,
      network: 'eip155:31337',
      payer: market.people.client.address,
    });
  });

  it('moves the money of an exact payment before it answers', async () => {
    const { answers, rows, cashier } = await bench();
    const till = await market.settlement.tillOf(market.people.owner.address, versionId);
    const before = await market.settlement.balanceOf(till);
    const answer = await answers.infer({ model: 'model', inputs, payment: await exact() });
    assert.equal((await market.settlement.balanceOf(till)) - before, FEE);
    const { transaction } = answer.settlement as { transaction: `0x${string}` };
    assert.equal((await market.client.getTransactionReceipt({ hash: transaction })).status, 'success');
    assert.equal(rows()[0]!.state, 'settled');
    assert.equal(cashier.exposureWei, 0n);
  });

  it('answers a free version without a payment, with a receipt of no job', async () => {
    const { answers, rows } = await bench({ feeWei: 0n });
    const answer = await answers.infer({ model: 'model', inputs });
    assert.equal(answer.receipt.receipt.jobId, `0x${'00'.repeat(32)}`);
    assert.equal(answer.settlement, undefined);
    verifyReceipt(answer.receipt, market.people.hot.address);
    assert.deepEqual(rows(), []);
  });

  it('maps floats by the program’s own scale, so that the payment binds the integers', async () => {
    const { answers } = await bench();
    const size = input.data.length;
    const values = Float32Array.from({ length: size }, (_, i) => i / size);
    const given = tensor('float32', input.dims, values);
    const encoded = encodeInput(program, values, input.dims);
    const root = tensorCommitment(encoded, { sha256 }) as Digest;
    const payment = await escrow({ inputRoot: root });
    const answer = await answers.infer({ model: 'model', inputs: new Map([[program.input.name, given]]), payment });
    assert.equal(answer.receipt.receipt.inputRoot, root);
    assert.deepEqual([...output(answer).data].map(BigInt), oracle(program, encoded).at(-1)!);
  });

  describe('refuses before any money is touched', () => {
    const refused = async (request: Record<string, unknown>, error: new (...args: never[]) => Error): Promise<void> => {
      const { answers, rows } = await bench();
      await assert.rejects(answers.infer({ model: 'model', inputs, payment: await escrow(), ...request }), error);
      assert.deepEqual(rows(), []);
    };
    it('a model or version it does not serve, naming those it does', async () => {
      await refused({ model: 'other' }, VersionNotServed);
      await refused({ versionId: 999n }, VersionNotServed);
      const { answers } = await bench();
      await assert.rejects(answers.infer({ model: 'other', inputs }), /it serves model \(version/);
    });

    it('inputs that the program does not take', async () => {
      const name = program.input.name;
      const [rows, ...dims] = input.dims as [number, ...number[]];
      const of = (t: Tensor, as = name) => ({ inputs: new Map([[as, t]]) });
      await refused({ inputs: new Map() }, InputRefused);
      await refused(of(input, 'other'), InputRefused);
      await refused({ inputs: new Map([...inputs, ['more', input]]) }, InputRefused);
      await refused(of(tensor('uint8', [rows, ...dims, 1], input.data as Uint8Array)), InputRefused);
      await refused(of(tensor('uint8', [0, ...dims], new Uint8Array(0))), InputRefused);
      await refused(of(tensor('int8', input.dims, new Int8Array(input.data.length))), InputRefused);
      const outside = Uint8Array.from(input.data as Uint8Array);
      outside[0] = program.input.hi + 1;
      await refused(of(tensor('uint8', input.dims, outside)), InputRefused);
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const values = new Float32Array(input.data.length).fill(bad);
        await refused(of(tensor('float32', input.dims, values)), InputRefused);
      }
    });

    it('a missing payment, with both offers', () => refused({ payment: undefined }, PaymentRequired));

    it('everything while it starts or drains', async () => {
      const { answers } = await bench();
      answers.drain();
      assert.equal(answers.ready(), false);
      await assert.rejects(answers.infer({ model: 'model', inputs, payment: await escrow() }), ServiceOverloaded);
    });
  });

  it('charges nothing when the run fails, and takes the same payment again', async () => {
    let fail = true;
    const { answers, cashier, rows } = await bench({
      session: (session) => ({
        ...session,
        inputs: session.inputs,
        outputs: session.outputs,
        run: async (feeds, options) => {
          if (fail) throw new ServiceOverloaded({ what: 'The process died', why: 'of the test', fix: 'Again.' }, 1);
          return session.run(feeds, options);
        },
        close: () => session.close(),
      }),
    });
    const payment = await escrow();
    await assert.rejects(answers.infer({ model: 'model', inputs, payment }), /The process died/);
    assert.deepEqual([rows(), cashier.exposureWei], [[], 0n]);
    fail = false;
    await answers.infer({ model: 'model', inputs, payment });
    await assert.rejects(answers.infer({ model: 'model', inputs, payment }), PaymentReplayed);
  });

  describe('when an exact payment cannot be settled', () => {
    it('withholds the answer and charges nothing: the payer emptied his account meanwhile', async () => {
      const payer = testSigner('empties before the transfer');
      await market.chain.setBalance({ address: payer.address, value: 10n ** 18n });
      await market.transfer(market.people.client, payer.address, FEE);
      const { answers, cashier, rows } = await bench({
        session: (session) => ({
          inputs: session.inputs,
          outputs: session.outputs,
          run: async (feeds, options) => {
            await market.transfer(payer, market.people.other.address, FEE);
            return session.run(feeds, options);
          },
          close: () => session.close(),
        }),
      });
      const payment = await exact({ signer: payer });
      await assert.rejects(answers.infer({ model: 'model', inputs, payment }), (error) => {
        assert.ok(error instanceof ServiceOverloaded);
        assert.match(error.what, /nothing is charged/);
        return true;
      });
      assert.equal(rows()[0]!.state, 'lost');
      assert.equal(cashier.exposureWei, 0n);
      // His money comes back, and is not taken for an answer that he never got.
      await market.transfer(market.people.client, payer.address, FEE);
      await assert.rejects(answers.infer({ model: 'model', inputs, payment }), PaymentReplayed);
      assert.equal(await market.settlement.balanceOf(payer.address), FEE);
    });

    it('withholds the answer and charges nothing: our own key has no ether', async () => {
      const { address } = market.people.hot;
      const { answers, rows } = await bench();
      await market.chain.setBalance({ address, value: 0n });
      const before = await market.settlement.balanceOf(market.people.client.address);
      try {
        await assert.rejects(
          answers.infer({ model: 'model', inputs, payment: await exact() }),
          (error) => error instanceof ServiceOverloaded && /needs up to/.test(error.why),
        );
      } finally {
        await market.chain.setBalance({ address, value: 10n ** 21n });
      }
      assert.equal(rows()[0]!.state, 'lost');
      assert.equal(await market.settlement.balanceOf(market.people.client.address), before);
    });

    it('leaves it owed when its fate is open, so that the settler carries it on', async () => {
      const settlement: Settlement = {
        ...market.settlement,
        transfer: async () => {
          throw new Error('the connection broke');
        },
      };
      const { answers, rows } = await bench({ settlement });
      await assert.rejects(answers.infer({ model: 'model', inputs, payment: await exact() }), /connection broke/);
      assert.equal(rows()[0]!.state, 'served');
    });
  });

  it('runs nothing for a client who has gone', async () => {
    const { answers, rows } = await bench();
    const gone = AbortSignal.abort(new Error('gone'));
    await assert.rejects(answers.infer({ model: 'model', inputs, payment: await escrow(), signal: gone }));
    assert.deepEqual(rows(), []);
  });
});
