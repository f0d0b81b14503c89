import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AccountView } from '../../node/compose.ts';
import { type Address, type Digest, sameAddress } from '../../node/core/codec/hex.ts';
import { until } from '../helpers/anvilRpc.ts';
import { type CliProcess, failureOf, jsonOf, runCli, startCli } from '../helpers/cli.ts';
import { type DigitsLive, digitsLive } from '../helpers/digitsLive.ts';
import { readLedger } from '../helpers/ledger.ts';
import { freePorts, removeFolder, startNetwork, type TestNetwork, temporaryFolder } from '../helpers/network.ts';

const STAKE = '10000';

/** A worker on a machine of its own: it is backed up while it serves, its machine burns, another one takes over. */
describe('backup and restore of a worker', () => {
  let network: TestNetwork;
  let digits: DigitsLive;
  let consumer: AccountView;
  let folder: string;
  let home: string;
  let port: number;
  let worker: CliProcess;
  let owner: Address;
  const runWorker = async (at: string): Promise<CliProcess> => {
    const started = startCli(['worker', 'run', '--home', at, '--port', String(port)]);
    await started.saw(/worker started/);
    await until(
      () =>
        fetch(`http://127.0.0.1:${port}/v2/models/digits/ready`).then(
          (r) => r.ok,
          () => false,
        ),
      'the worker serves digits',
      60_000,
    );
    return started;
  };

  before(async () => {
    network = await startNetwork({ workers: 1 });
    digits = await digitsLive(network);
    consumer = await network.as('consumer').account();
    folder = await temporaryFolder('backup');
    home = join(folder, 'worker');
    port = await freePorts(1);
    const init = ['worker', 'init', '--endpoint', `http://127.0.0.1:${port}`, '--stake', STAKE, '--hot-key', 'spare'];
    const made = await network.cli([...init, '--account', 'voter-2']);
    assert.equal(made.code, 0, made.stdout);
    const { hotKey, owner: registered } = jsonOf<{ hotKey: `0x${string}`; owner: Address }>(made);
    owner = registered;
    await network.as('consumer').fundEther([hotKey]);
    for (const [from, to] of [
      ['deployment.json', 'deployment.json'],
      ['password', 'password'],
      ['config.json', 'config.json'],
      ['keys/spare.json', 'keys/consumer.json'],
    ] as const)
      await cp(join(network.home, from), join(home, to));
    worker = await runWorker(home);
  });
  after(async () => {
    worker?.process.kill('SIGKILL');
    await network?.stop();
    await removeFolder(folder);
    await removeFolder(network?.home ?? '');
  });

  it('jobs that were served and not settled when the machine burned are settled by its successor', async () => {
    const jobs: Digest[] = [];
    for (let row = 0; row < 200 && jobs.length < 5; row++) {
      const answer = await consumer.consumer.infer('digits', digits.version, digits.program, digits.input(row), {
        first: row,
      });
      if (sameAddress(answer.receipt.receipt.worker, owner)) jobs.push(answer.receipt.receipt.jobId);
    }
    assert.equal(jobs.length, 5);

    const file = join(folder, 'worker.tar');
    const made = await runCli(['backup', 'create', '--out', file, '--home', home, '--json']);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    assert.match(made.stderr, /password is not in it/);
    worker.process.kill('SIGKILL');
    await worker.ended;
    assert.equal(jsonOf(await runCli(['backup', 'verify', file, '--json']))['sound'], true);
    const states = await consumer.settlement.jobStates(jobs);
    assert.ok(!states.every((state) => state === 'completed'), 'something is left to settle');
    await rm(home, { recursive: true });

    const successor = join(folder, 'successor');
    const restored = await runCli(['backup', 'restore', file, '--home', successor, '--json']);
    assert.equal(restored.code, 0, restored.stdout);
    assert.match(restored.stderr, /never runs again/);
    await cp(join(network.home, 'password'), join(successor, 'password'));
    worker = await runWorker(successor);
    await until(
      async () => (await consumer.settlement.jobStates(jobs)).every((state) => state === 'completed'),
      'every served job is paid',
      60_000,
    );
    const { jobs: all } = await readLedger(network.rpcUrl, consumer.reading.addresses);
    for (const id of jobs) assert.equal(all.get(id)?.end, 'completed');

    const running = await runCli(['backup', 'restore', file, '--home', successor, '--replace', '--json']);
    assert.equal(running.code, 4, running.stdout);
    assert.equal(failureOf(running).code, 'JOURNAL_LOCKED');
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    const older = await runCli(['backup', 'restore', file, '--home', successor, '--replace', '--json']);
    assert.equal(failureOf(older).code, 'BACKUP_OLDER_THAN_HOME');
  });
});
