import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AccountView } from '../../node/compose.ts';
import type { Answer } from '../../node/core/codec/answerFile.ts';
import { type Address, type Digest, sameAddress, toHex } from '../../node/core/codec/hex.ts';
import { nativeSha256 as sha256 } from '../../node/host.ts';
import { reexecute } from '../../node/service/consumer/answer.ts';
import { callInfer, WorkerFailed } from '../../node/service/consumer/client.ts';
import { testClientOf } from '../helpers/anvil.ts';
import { until } from '../helpers/anvilRpc.ts';
import { failureOf, jsonOf, SAID } from '../helpers/cli.ts';
import { type DigitsLive, digitsLive, setLive } from '../helpers/digitsLive.ts';
import { exactArtifact } from '../helpers/exactArtifact.ts';
import { type Ledger, readLedger } from '../helpers/ledger.ts';
import { removeFolder, startNetwork, type TestNetwork } from '../helpers/network.ts';
import { childrenOf, isRunning, processesOf } from '../helpers/processes.ts';
import { filesOf, leaks, processTextsOf, secretsOf } from '../helpers/secrets.ts';

const FEE = 10n ** 15n;

/** One network for all faults. Each test starts from a healthy one and leaves a healthy one behind. */
describe('a network under faults', () => {
  let network: TestNetwork;
  let digits: DigitsLive;
  let consumer: AccountView;
  before(async () => {
    network = await startNetwork();
    digits = await digitsLive(network);
    consumer = await network.as('consumer').account();
  });
  after(async () => {
    const { code } = (await network?.stop()) ?? { code: null };
    const left = processesOf(network?.home ?? 'nowhere');
    await removeFolder(network?.home ?? '');
    assert.deepEqual([code, left], [0, []]);
  });

  const ledger = (): Promise<Ledger> => readLedger(network.rpcUrl, consumer.reading.addresses);
  const consumerBalance = ({ balances }: Ledger): bigint => balances.get(consumer.address.toLowerCase() as Address)!;
  /** Of the process that is now worker `i`. */
  const pidOf = (i: number): Promise<number> =>
    until(
      () => processesOf(network.workerHome(i)).find(({ command }) => command.includes('worker run'))?.pid,
      `worker ${i + 1} runs`,
    );
  const runtimeOf = async (i: number): Promise<number> =>
    until(async () => childrenOf(await pidOf(i))[0]?.pid, `worker ${i + 1} has loaded a model`, 30_000);
  const answers = (endpoint: string): Promise<boolean> =>
    fetch(`${endpoint}/v2/models/digits/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const healthy = (): Promise<unknown> =>
    Promise.all(network.workers.map(({ endpoint }) => until(() => answers(endpoint), `${endpoint} is well`, 60_000)));
  const logOf = (i: number): string => readFileSync(join(network.workerHome(i), 'worker.log'), 'utf8');

  /** Jobs of every answer so far. */
  const answered: Digest[] = [];
  /** The ledger when everything that was ever answered has been settled. */
  async function quiet(): Promise<Ledger> {
    await healthy();
    await until(
      async () => (await consumer.settlement.jobStates(answered)).every((state) => state === 'completed'),
      'every answered job is completed',
      60_000,
    );
    const end = performance.now() + 60_000;
    for (;;) {
      const now = await ledger();
      const open = [...now.jobs.values()].filter(({ end: how }) => how !== 'completed');
      if (open.length === 0) return now;
      if (performance.now() > end)
        assert.fail(`jobs that stay open: ${JSON.stringify(open.map(({ id, worker }) => [id, worker]))}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Asks `count` rows, twelve at a time, each with a payment; every answer is computed again. */
  async function ask(count: number, onAnswer: (done: number) => void = () => undefined): Promise<Answer[]> {
    const list: Answer[] = [];
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < count) {
        const row = next++;
        const answer = await consumer.consumer.infer('digits', digits.version, digits.program, digits.input(row), {
          first: row,
        });
        assert.equal(reexecute(digits.program, answer), undefined, 'no wrong answer, whatever happens');
        list.push(answer);
        answered.push(answer.receipt.receipt.jobId);
        onAnswer(list.length);
      }
    };
    await Promise.all(Array.from({ length: 12 }, one));
    return list;
  }
  const jobsOf = (list: readonly Answer[]): Digest[] => list.map(({ receipt }) => receipt.receipt.jobId);
  const workersOf = (list: readonly Answer[]): Set<string> =>
    new Set(list.map(({ receipt }) => receipt.receipt.worker));

  /** Every answered job ends completed, nothing stays in escrow, and the sums hold to the wei. */
  async function settled(before: Ledger, list: readonly Answer[], mayBeLost: number): Promise<Ledger> {
    const ids = jobsOf(list);
    assert.equal(new Set(ids).size, ids.length);
    const after = await quiet();
    const fresh = after.jobs.size - before.jobs.size;
    assert.ok(fresh >= ids.length && fresh <= ids.length + mayBeLost, `${fresh} jobs for ${ids.length} answers`);
    assert.equal(consumerBalance(before) - consumerBalance(after), BigInt(fresh) * FEE, 'one fee per job');
    return after;
  }

  it('SIGKILL of a worker under load: clients fail over, it is started again, its jobs settle once', async (t) => {
    const before = await quiet();
    const [pid, runtime] = [await pidOf(0), await runtimeOf(0)];
    const list = await ask(90, (done) => {
      if (done === 30) process.kill(pid, 'SIGKILL');
    });
    assert.equal(list.length, 90);
    assert.ok(workersOf(list).size >= 2);
    assert.ok(!isRunning(pid));
    await until(() => !isRunning(runtime), 'its onnxruntime ends with it', 5_000);
    assert.match(network.process.stderr(), /worker-1 ended \(SIGKILL\); starting it again/);
    const begun = performance.now();
    await healthy();
    t.diagnostic(`healthy ${(performance.now() - begun).toFixed(0)} ms after the last answer`);
    assert.notEqual(await pidOf(0), pid);
    // At most what was in its hands at that moment was paid without an answer (four of twelve, and a batch on its way).
    await settled(before, list, 12);
    assert.equal(workersOf(await ask(9)).size, 3, 'it serves again');
  });

  it('a client of a dead worker is told so', async () => {
    await healthy();
    const call = { model: 'digits', versionId: digits.version.versionId, name: 'x', input: digits.input(0) };
    const http = network.as('consumer').http;
    process.kill(await pidOf(1), 'SIGKILL');
    await assert.rejects(callInfer(http, { ...call, endpoint: network.workers[1]!.endpoint }), (error) => {
      assert.ok(error instanceof WorkerFailed);
      assert.match(error.what, /did not answer|failed/);
      assert.match(error.why, /ECONNREFUSED|ECONNRESET|other side closed|broke off/);
      assert.equal(error.retryable, true);
      return true;
    });
    await healthy();
  });

  it('SIGKILL of onnxruntime mid-run: the worker lives, replaces it, charges nothing for what failed', async () => {
    const before = await quiet();
    const pids = await Promise.all([0, 1, 2].map(pidOf));
    const runtime = await runtimeOf(1);
    const list = await ask(90, (done) => {
      if (done === 30) process.kill(runtime, 'SIGKILL');
    });
    assert.equal(list.length, 90);
    assert.deepEqual(await Promise.all([0, 1, 2].map(pidOf)), pids, 'no worker died');
    assert.notEqual(await runtimeOf(1), runtime);
    await settled(before, list, 0);
    assert.equal(workersOf(await ask(9)).size, 3);
  });

  it('SIGKILL of the chain: it comes back, what the last moments lost is sent again, nothing is paid twice', async (t) => {
    const before = await quiet();
    const anvil = childrenOf(network.process.process.pid!).find(({ command }) => command.includes('anvil'));
    assert.ok(anvil !== undefined);
    const begun = performance.now();
    const list = await ask(60, (done) => {
      if (done === 25) process.kill(anvil.pid, 'SIGKILL');
    });
    t.diagnostic(`60 answers around the death of the chain in ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(list.length, 60);
    assert.ok(!isRunning(anvil.pid));
    // A payment whose escrow was taken back may be asked for again by the worker, never by anybody else: no job is new.
    await settled(before, list, 12);
    await healthy();
    assert.equal(workersOf(await ask(9)).size, 3);
  });

  it('a flipped byte in a store: never served, quarantined, brought again from a peer', async () => {
    await healthy();
    const { cid, sizeBytes } = digits.version;
    const store = join(network.workerHome(2), 'store');
    const block = readdirSync(join(store, 'blocks'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(store, 'blocks', name))
      .find((path) => path.endsWith('.data') && readFileSync(path).length === sizeBytes);
    assert.ok(block !== undefined, 'the artifact is one block');
    const good = readFileSync(block);
    const bad = Buffer.from(good);
    bad[100]! ^= 1;
    writeFileSync(block, bad);

    const { endpoint, owner } = network.workers[2]!;
    const served = await fetch(`${endpoint}/ipfs/${cid}?format=raw`);
    const bytes = new Uint8Array(await served.arrayBuffer());
    assert.notDeepEqual(Buffer.from(bytes), bad, 'not a wrong byte leaves');
    assert.ok(served.status !== 200 || Buffer.from(bytes).equals(good));

    writeFileSync(block, bad);
    process.kill(await pidOf(2), 'SIGKILL');
    await until(() => answers(endpoint), 'the worker is well again', 60_000);
    assert.deepEqual(readFileSync(block), good, 'the block was brought again');
    assert.ok(readdirSync(join(store, 'quarantine')).length >= 1);
    const again = await fetch(`${endpoint}/ipfs/${cid}?format=raw`);
    assert.equal(toHex(sha256(new Uint8Array(await again.arrayBuffer()))), digits.version.sha256);
    const offers = await consumer.directory.offers(digits.version.versionId);
    const first = offers.findIndex(({ worker }) => sameAddress(worker, owner));
    const answer = await consumer.consumer.infer('digits', digits.version, digits.program, digits.input(1), { first });
    assert.ok(sameAddress(answer.receipt.receipt.worker, owner));
    assert.equal(reexecute(digits.program, answer), undefined);
  });

  it('a version whose bytes are not what its author registered: refused with the reason, the others served', async () => {
    await healthy();
    const author = network.as('author');
    const { authoring, reading, directory } = await author.account();
    const store = await author.store();
    const wrong: [string, Record<string, unknown>, RegExp][] = [
      ['wrong-sha256', { sha256: `0x${'ab'.repeat(32)}` }, /SHA-256 is 0x/],
      ['wrong-root', { programRoot: `0x${'ab'.repeat(32)}` }, /programRoot is 0x/],
    ];
    for (const [slug, over, why] of wrong) {
      const artifact = exactArtifact(slug.length);
      const { cid } = await store.add(artifact.bytes);
      const modelId = await authoring.registerModel(slug, cid);
      const base = { cid, ...artifact.claim, licence: 'MIT', cardCid: cid, parents: [] };
      const versionId = await authoring.publishVersion(modelId, { ...base, ...over });
      // Workers take the bytes of any registered version; what they are is checked before they are served.
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.exportCar(cid)) chunks.push(chunk);
      for (const { endpoint } of network.workers) {
        const put = await fetch(`${endpoint}/ipfs/${cid}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/vnd.ipld.car; version=1' },
          body: Buffer.concat(chunks),
        });
        assert.ok(put.ok, await put.text());
      }
      await setLive(network.rpcUrl, reading.addresses, modelId, versionId);
      await Promise.all(
        network.workers.map((_, i) =>
          until(() => logOf(i).includes(`"model":"${slug}"`) && why.test(logOf(i)), `worker ${i + 1} says why`, 30_000),
        ),
      );
      assert.deepEqual(await directory.offers(versionId), []);
      for (const { endpoint } of network.workers)
        assert.equal((await fetch(`${endpoint}/v2/models/${slug}`)).status, 404);
      const told = await network.cli(['infer', slug, '--input', '[0]']);
      assert.equal(told.code, 3, told.stdout);
      assert.equal(failureOf(told).code, 'ARTIFACT_MISMATCH');
      assert.match(failureOf(told).why, why);
    }
    await network.release('author');
    assert.equal(workersOf(await ask(9)).size, 3, 'the digits are served meanwhile');
  });

  it('a worker without ether serves on credit, says what it needs, and settles when it has some', async () => {
    const before = await quiet();
    const { owner } = network.workers[0]!;
    const hotKey = (await consumer.directory.workers()).find(({ worker }) => sameAddress(worker, owner))!.hotKey;
    const chain = testClientOf(network.rpcUrl);
    const ether = await consumer.reading.client.getBalance({ address: hotKey });
    await chain.setBalance({ address: hotKey, value: 0n });
    const said = logOf(0).length;
    const list = await ask(12);
    const his = jobsOf(list.filter(({ receipt }) => sameAddress(receipt.receipt.worker, owner)));
    assert.ok(his.length > 0);
    await until(() => /BALANCE_TOO_LOW/.test(logOf(0).slice(said)), 'it says what it needs', 30_000);
    assert.match(logOf(0).slice(said), /holds 0 wei, the transaction needs up to .* wei for gas/);
    assert.ok((await consumer.settlement.jobStates(his)).every((state) => state === 'none'));
    await chain.setBalance({ address: hotKey, value: ether });
    await settled(before, list, 0);
  });

  describe('commands against it', () => {
    it('an account without tokens cannot pay, and is told what is missing', async () => {
      assert.equal((await network.cli(['keys', 'new', 'poor'])).code, 0);
      const result = await network.cli(['infer', 'digits', '--row', '1', '--account', 'poor']);
      assert.equal(result.code, 3, result.stdout);
      const { code, why, fix } = failureOf(result);
      assert.equal(code, 'BALANCE_TOO_LOW_TO_PAY');
      assert.match(why, /holds 0 wei of the Assay token, the price is 1000000000000000 wei/);
      assert.match(fix, /Send tokens/);
    });

    it('an account without ether cannot vote, and is told what is missing', async () => {
      await network.cli(['keys', 'new', 'poor']);
      const poor = await network.as('poor').keys.addressOf('poor');
      const result = await network.cli(['gov', 'delegate', poor, '--account', 'poor']);
      assert.equal(result.code, 3, result.stdout);
      assert.equal(failureOf(result).code, 'BALANCE_TOO_LOW');
      assert.match(failureOf(result).fix, /Send at least \d+ wei/);
    });

    it('a second network in the same home is refused, and the first goes on', async () => {
      const result = await network.cli(['dev', '--port', String(network.port + 4)]);
      assert.equal(result.code, 3, result.stdout);
      const { code, why, meta } = failureOf(result);
      assert.equal(code, 'NETWORK_RUNNING');
      assert.match(why, new RegExp(`process ${network.process.process.pid} holds`));
      assert.equal(meta['pid'], network.process.process.pid);
      const reset = await network.cli(['dev', '--reset', '--port', String(network.port + 4)]);
      assert.equal(failureOf(reset).code, 'NETWORK_RUNNING');
      await healthy();
      assert.equal(workersOf(await ask(6)).size, 3);
    });

    it('a corrupted model is not published: nothing is registered', async () => {
      const before = await consumer.directory.models();
      const file = join(network.home, 'corrupted.onnx');
      const bytes = Buffer.from(digits.exact.bytes);
      bytes[bytes.length >> 1]! ^= 0x10;
      writeFileSync(file, bytes.subarray(0, bytes.length - 3));
      const result = await network.cli(['model', 'publish', file, '--name', 'corrupted', '--account', 'author']);
      assert.equal(result.code, 3, result.stdout);
      assert.match(failureOf(result).code, /^(ONNX|EXACT)_/);
      assert.deepEqual(await consumer.directory.models(), before);
    });

    it('answers of `infer` can be saved, verified, and show when one bit was changed', async () => {
      const file = join(network.home, 'answer.json');
      const paid = await network.cli(['infer', 'digits', '--row', '5', '--save', file]);
      assert.equal(paid.code, 0, paid.stdout);
      assert.equal((await network.cli(['verify', file])).code, 0);
      const saved = JSON.parse(readFileSync(file, 'utf8')) as { output: { base64: string } };
      const output = Buffer.from(saved.output.base64, 'base64');
      output[0]! ^= 1;
      writeFileSync(file, JSON.stringify({ ...saved, output: { ...saved.output, base64: output.toString('base64') } }));
      const changed = await network.cli(['verify', file]);
      assert.equal(changed.code, 3);
      assert.equal(failureOf(changed).code, 'RECEIPT_MISMATCH');
    });

    it('fails without showing a key: every refusal in full, the most talkative log, the processes of the network', async () => {
      const secrets = await secretsOf(network.home);
      const loud = ['--verbose', '--log-level', 'debug'];
      const wrong = join(network.home, 'wrong-password');
      writeFileSync(wrong, 'something else\n');
      const results = await Promise.all([
        network.cli(['infer', 'digits', '--row', '1', ...loud]),
        network.cli(['infer', 'digits', '--row', '1', '--password-file', wrong, ...loud]),
        network.cli(['infer', 'digits', '--row', '1', '--account', 'nobody', ...loud]),
        network.cli(['gov', 'vote', '1', 'for', '--account', 'voter-1', ...loud]),
        network.cli(['gov', 'delegate', consumer.address, ...loud]),
        network.cli(['keys', 'new', 'another', ...loud]),
        network.cli(['keys', 'list', ...loud]),
        network.cli(['worker', 'status', ...loud]),
        network.cli(['doctor', ...loud]),
      ]);
      assert.deepEqual(
        results.map(({ code }) => code),
        [0, 3, 3, 3, 0, 0, 0, 0, 0],
        results.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
      );
      for (const result of results) jsonOf(result);
      const texts = [
        ...results.map(({ stdout, stderr }, i) => ({
          name: `command ${i}`,
          content: Buffer.from(stdout + stderr, 'latin1'),
        })),
        ...processTextsOf(network.home),
        ...filesOf(network.home),
        { name: 'everything said', content: Buffer.from(SAID.join(''), 'latin1') },
      ];
      assert.ok(texts.some(({ name }) => name.startsWith('environment of')));
      assert.deepEqual(leaks(texts, secrets), []);
    });
  });
});
