import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Address, Digest } from '../../../../node/core/codec/hex.ts';
import { authorizationDigest, jobIdOf } from '../../../../node/core/codec/job.ts';
import { tensorCommitment } from '../../../../node/core/merkle/tensorCommitment.ts';
import { tensor } from '../../../../node/core/tensor/tensor.ts';
import { nativeSha256 as sha256, systemRandom } from '../../../../node/host.ts';
import type { OfferRecord, VersionRecord } from '../../../../node/ports/Directory.ts';
import type { Http } from '../../../../node/ports/Http.ts';
import type { Signer } from '../../../../node/ports/Signer.ts';
import { reexecute } from '../../../../node/service/consumer/answer.ts';
import { BalanceTooLowToPay, Consumer, NobodyAnswered } from '../../../../node/service/consumer/consumer.ts';
import { exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type FakeWorker, type FakeWorkerOptions, fakeWorker } from '../../../helpers/fakeWorker.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';
import { randomInput } from '../../../helpers/randomProgram.ts';
import { Seeded } from '../../../helpers/seeded.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

const FEE = 10n ** 15n;

describe('consumer', () => {
  let market: Market;
  let version: VersionRecord;
  const artifact = exactArtifact(31);
  const { program } = artifact;
  const input = randomInput(new Seeded(32), program, 1);
  const workers: FakeWorker[] = [];
  before(async () => {
    market = await startMarket();
    const { versionId } = await market.publish('model', artifact.claim);
    version = await market.directory.version(versionId);
  });
  after(async () => {
    for (const worker of workers) worker.close();
    await market.stop();
  });

  /** A worker and his offer; each has keys of his own. */
  async function worker(how: Pick<FakeWorkerOptions, 'lie' | 'instead'> = {}, feeWei = FEE) {
    const name = `worker ${workers.length}`;
    const [owner, hot] = [testSigner(name), testSigner(`${name} hot`)];
    const fake = await fakeWorker({
      program,
      versionId: version.versionId,
      worker: owner.address,
      hot,
      market: market.deployment.addresses.market,
      ...how,
    });
    workers.push(fake);
    const offer: OfferRecord = {
      worker: owner.address,
      hotKey: hot.address,
      endpoint: fake.endpoint,
      stakeWei: 1n,
      active: true,
      feeWei,
    };
    return { ...fake, offer };
  }
  const consumerOf = (offers: readonly OfferRecord[], signer: Signer = market.people.client): Consumer =>
    new Consumer({
      directory: { offers: async () => offers },
      settlement: market.settlement,
      signer,
      addresses: {
        chainId: 31337n,
        token: market.deployment.addresses.token,
        market: market.deployment.addresses.market,
        evaluator: market.deployment.addresses.jobCourt,
      },
      http: ((url, init) => fetch(url, init as RequestInit)) as Http,
      random: systemRandom,
      sha256,
    });
  const ask = (offers: readonly OfferRecord[], first = 0, signer?: Signer, among?: readonly Address[]) =>
    consumerOf(offers, signer).infer('model', version, program, input, {
      first,
      ...(among === undefined ? {} : { among }),
    });

  it('signs one payment for one worker, one version, one input and one price', async () => {
    const honest = await worker();
    const answer = await ask([honest.offer]);
    assert.equal(reexecute(program, answer), undefined);
    const [payment] = honest.paid;
    const { terms, validBefore, signature } = payment!;
    assert.equal(terms.client, market.people.client.address);
    assert.equal(terms.worker, honest.offer.worker);
    assert.equal(terms.versionId, version.versionId);
    assert.equal(terms.feeWei, FEE);
    assert.equal(terms.inputRoot, tensorCommitment(input, { sha256 }));
    assert.equal(terms.evaluator, market.deployment.addresses.jobCourt);
    assert.ok(terms.expiresAt > (await market.chainTime()) && validBefore === terms.expiresAt);
    const { market: at, token } = market.deployment.addresses;
    const nonce = jobIdOf(terms, 31337n, at);
    const authorization = { from: terms.client, to: at, value: FEE, validAfter: 0n, validBefore, nonce };
    const digest = authorizationDigest('Receive', authorization, { chainId: 31337n, token });
    assert.equal(signature, market.people.client.signDigest(digest));
    assert.equal(answer.receipt.receipt.jobId, nonce);
  });

  it('never signs the same payment twice', async () => {
    const honest = await worker();
    for (let i = 0; i < 5; i++) await ask([honest.offer]);
    assert.equal(new Set(honest.paid.map(({ terms }) => terms.salt)).size, 5);
  });

  it('asks only the workers it is told to', async () => {
    const [a, b] = [await worker(), await worker()];
    const only = [b.offer.worker.toLowerCase() as Address];
    for (let i = 0; i < 3; i++) await ask([a.offer, b.offer], i, undefined, only);
    assert.deepEqual([a.paid.length, b.paid.length], [0, 3]);
    await assert.rejects(ask([a.offer], 0, undefined, only), NobodyAnswered);
  });

  it('asks in turn, beginning where it is told', async () => {
    const [a, b, c] = [await worker(), await worker(), await worker()];
    const offers = [a.offer, b.offer, c.offer];
    for (const [first, who] of [
      [0, a],
      [1, b],
      [5, c],
    ] as const)
      assert.equal((await ask(offers, first)).receipt.receipt.worker, who.offer.worker.toLowerCase());
  });

  it('pays nothing for a free offer', async () => {
    const free = await worker({}, 0n);
    const answer = await ask([free.offer], 0, market.people.poor);
    assert.deepEqual(free.paid, []);
    assert.equal(answer.feeWei, 0n);
  });

  describe('fails over when a worker', () => {
    const other = `0x${'77'.repeat(32)}` as Digest;
    const lies: [string, Pick<FakeWorkerOptions, 'lie' | 'instead'>, RegExp][] = [
      ['signs with another key', { lie: (said) => (said.signer = testSigner('a thief')) }, /receipt/i],
      ['names another job', { lie: ({ receipt }) => Object.assign(receipt, { jobId: other }) }, /its jobId is/],
      ['names another input', { lie: ({ receipt }) => Object.assign(receipt, { inputRoot: other }) }, /inputRoot/],
      [
        'names another program',
        { lie: ({ receipt }) => Object.assign(receipt, { programRoot: other }) },
        /programRoot/,
      ],
      ['names another version', { lie: ({ receipt }) => Object.assign(receipt, { versionId: 99n }) }, /versionId/],
      [
        'names another worker',
        { lie: ({ receipt }) => Object.assign(receipt, { worker: testSigner('x').address }) },
        /its worker is/,
      ],
      [
        'commits to another output than it sends',
        { lie: ({ receipt }) => Object.assign(receipt, { outputRoot: other }) },
        /outputRoot/,
      ],
      [
        'sends a tensor whose shape is a lie',
        { lie: (said) => (said.output = { ...said.output, dims: [2 ** 31, 2 ** 31] } as never) },
        /malformed|exceeds/,
      ],
      ['refuses', { instead: (_, response) => response.writeHead(409).end('{"error":"used"}') }, /HTTP 409: used/],
      ['breaks down', { instead: (_, response) => response.writeHead(500).end('oops') }, /HTTP 500: oops/],
      [
        'breaks off in the middle of its answer',
        {
          instead: (_, response) => {
            response.writeHead(200, { 'content-length': 5000 }).write('{"outputs":');
            setTimeout(() => response.destroy(), 20);
          },
        },
        /broke off after 11 bytes/,
      ],
      ['hangs up', { instead: (request) => request.socket.destroy() }, /other side closed|ECONNRESET|socket/],
    ];
    for (const [name, how, why] of lies)
      it(name, async () => {
        const [bad, honest] = [await worker(how), await worker()];
        const answer = await ask([bad.offer, honest.offer]);
        assert.equal(answer.receipt.receipt.worker, honest.offer.worker.toLowerCase());
        assert.equal(reexecute(program, answer), undefined);
        await assert.rejects(ask([bad.offer]), (error) => {
          assert.ok(error instanceof NobodyAnswered, String(error));
          assert.match(error.why, why);
          assert.match(error.why, new RegExp(bad.endpoint));
          return true;
        });
      });
  });

  it('hands a false but well-signed claim to its caller: re-execution tells, and the receipt is evidence', async () => {
    const liar = await worker({
      lie: (said) => {
        const data = said.output.data.slice() as Int32Array;
        data[0]! += data[0] === 0 ? 1 : -1;
        said.output = { ...said.output, data } as never;
        said.receipt = { ...said.receipt, outputRoot: tensorCommitment(said.output, { sha256 }) };
      },
    });
    const answer = await ask([liar.offer]);
    const divergence = reexecute(program, answer);
    assert.equal(divergence?.element, 0);
    assert.equal(divergence?.differing, 1);
  });

  it('says who did what when nobody answered, and what to do when nobody offers', async () => {
    const [a, b] = [
      await worker({ instead: (_, response) => response.writeHead(503).end('{"error":"full"}') }),
      await worker({ instead: (request) => request.socket.destroy() }),
    ];
    await assert.rejects(ask([a.offer, b.offer]), (error) => {
      assert.ok(error instanceof NobodyAnswered && error.retryable);
      assert.match(error.why, new RegExp(`${a.endpoint}: HTTP 503: full; ${b.endpoint}: `));
      return true;
    });
    await assert.rejects(ask([]), /no active worker offers it/);
  });

  it('does not sign what it cannot pay', async () => {
    const honest = await worker();
    await assert.rejects(ask([honest.offer], 0, market.people.poor), (error) => {
      assert.ok(error instanceof BalanceTooLowToPay);
      assert.deepEqual(error.meta, { balance: 0n, price: FEE });
      return true;
    });
    assert.deepEqual(honest.paid, []);
  });
});

describe('reexecute', () => {
  const { program } = exactArtifact(33);
  const input = randomInput(new Seeded(34), program, 3);
  const output = async () =>
    (await import('../../../../node/core/exact/interpreter.ts')).runProgram(program, input).output;

  it('accepts the program’s own output and nothing else: values, length, shape and type', async () => {
    const good = await output();
    assert.equal(reexecute(program, { input, output: good }), undefined);
    const n = good.data.length;
    const data = (values: Iterable<number>) => Int32Array.from(values);
    const values = [...good.data].map(Number);
    const wrong = [
      tensor('int32', [3, n / 3 + 1], data([...values, 0, 0, 0])),
      tensor('int32', [n], data(values)),
      tensor('int32', [2, n / 3], data(values.slice(0, (2 * n) / 3))),
      tensor('float32', good.dims, Float32Array.from(values)),
      tensor('int32', [0, n / 3], data([])),
    ];
    for (const claim of wrong) {
      const divergence = reexecute(program, { input, output: claim });
      assert.ok(divergence !== undefined, `${claim.dtype} [${claim.dims}]`);
      assert.ok(divergence.differing >= 1);
    }
    for (let i = 0; i < n; i++) {
      const changed = good.data.slice() as Int32Array;
      changed[i]! += changed[i] === 0 ? 1 : -1;
      const divergence = reexecute(program, { input, output: { ...good, data: changed } as never });
      assert.deepEqual(
        [divergence?.element, divergence?.row, divergence?.expected, divergence?.claimed, divergence?.differing],
        [i, Math.floor(i / (n / 3)), good.data[i], changed[i], 1],
      );
    }
  });
});
