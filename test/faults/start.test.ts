import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Anvil, startAnvil } from '../../node/chain/anvil.ts';
import { EXIT } from '../../node/cli/print.ts';
import type { Address } from '../../node/core/codec/hex.ts';
import { until } from '../helpers/anvilRpc.ts';
import { failureOf, jsonOf, runCli, startCli } from '../helpers/cli.ts';
import { readLedger } from '../helpers/ledger.ts';
import { freePorts, removeFolder, startNetwork, temporaryFolder } from '../helpers/network.ts';
import { isRunning, processesOf } from '../helpers/processes.ts';

const addressesOf = (home: string): Record<'token' | 'market' | 'timelock', Address> =>
  (JSON.parse(readFileSync(join(home, 'deployment.json'), 'utf8')) as { addresses: never }).addresses;
const gone = (home: string, what: string): Promise<unknown> =>
  until(() => processesOf(home).length === 0, `${what}: no process of ${home} is left`, 30_000);

/** Somebody else's server on a port. */
function occupy(port: number): Promise<Server> {
  const server = createServer((socket) => socket.end('HTTP/1.1 500 No\r\nConnection: close\r\n\r\n'));
  return new Promise((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', () => done(server)));
}

describe('starts that cannot succeed', () => {
  let home = '';
  before(async () => {
    home = await temporaryFolder('start');
  });
  after(() => removeFolder(home));

  it('the chain’s port is taken', async () => {
    const port = await freePorts(2);
    const other = await occupy(port);
    const begun = performance.now();
    const result = await runCli([
      'dev',
      '--headless',
      '--json',
      '--home',
      home,
      '--port',
      String(port),
      '--workers',
      '1',
    ]);
    other.close();
    assert.equal(result.code, EXIT.refused, result.stdout);
    const { code, why, fix, meta } = failureOf(result);
    assert.equal(code, 'PORT_IN_USE');
    assert.match(why, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.match(fix, /another port/);
    assert.equal(meta['port'], port);
    assert.ok(performance.now() - begun < 30_000);
    assert.ok(!existsSync(join(home, 'network.lock')), 'the lock is free again');
    assert.deepEqual(processesOf(home), []);
  });

  it('a worker’s port is taken: told at once, everything stopped', async () => {
    const port = await freePorts(3);
    const other = await occupy(port + 2);
    const begun = performance.now();
    const result = await runCli([
      'dev',
      '--headless',
      '--json',
      '--home',
      home,
      '--port',
      String(port),
      '--workers',
      '2',
    ]);
    const seconds = (performance.now() - begun) / 1000;
    other.close();
    assert.equal(result.code, EXIT.refused, result.stdout);
    const { code, what, why } = failureOf(result);
    assert.equal(code, 'WORKER_DID_NOT_START');
    assert.match(what, /worker-2/);
    assert.match(why, /GATEWAY_PORT_IN_USE/);
    assert.match(why, new RegExp(`127\\.0\\.0\\.1:${port + 2}`));
    assert.ok(seconds < 25, `${seconds} s`);
    await gone(home, 'after the refusal');
    assert.ok(!existsSync(join(home, 'network.lock')));
  });
});

describe('keys and chains that do not belong', () => {
  let home = '';
  let stranger: Anvil;
  let away = 0;
  before(async () => {
    const network = await startNetwork({ workers: 1 });
    home = network.home;
    stranger = await startAnvil({ chainId: 31338, accounts: 0 });
    away = network.port;
    assert.equal((await network.stop()).code, 0);
  });
  after(async () => {
    await stranger?.stop();
    await removeFolder(home);
  });
  const delegate = ['gov', 'delegate', `0x${'11'.repeat(20)}`, '--json'];
  const refused = async (args: readonly string[], code: string, says: RegExp, exit: number = EXIT.refused) => {
    const result = await runCli([...args, '--home', home]);
    assert.equal(result.code, exit, `${result.stdout}${result.stderr}`);
    const failure = failureOf(result);
    assert.equal(failure.code, code);
    assert.match(`${failure.what}. ${failure.why}. ${failure.fix}`, says);
  };

  it('an endpoint of another chain', () =>
    refused([...delegate, '--rpc', stranger.url], 'CHAIN_ID_MISMATCH', /serves chain 31338.*set up for chain 31337/));

  it('an endpoint of another chain of the same number', async () => {
    const twin = await startAnvil({ accounts: 0 });
    try {
      await refused([...delegate, '--rpc', twin.url], 'GENESIS_MISMATCH', /block 0 of .* is 0x/);
    } finally {
      await twin.stop();
    }
  });

  it('a chain that is away: unreachable, not refused, and no bug', () =>
    refused(
      [...delegate, '--rpc', `http://127.0.0.1:${away}`],
      'CHAIN_UNREACHABLE',
      /ECONNREFUSED.*assay dev/s,
      EXIT.unreachable,
    ));

  it('a password file that is not there', async () => {
    const live = await startAnvil({ stateFile: join(home, 'anvil', 'state.json'), accounts: 0 });
    try {
      const rpc = ['--rpc', live.url];
      await refused(
        [...delegate, ...rpc, '--password-file', join(home, 'nowhere')],
        'PASSWORD_MISSING',
        /nowhere cannot be read.*--password-file/,
      );
      const empty = join(home, 'empty');
      writeFileSync(empty, '\n', { mode: 0o600 });
      await refused([...delegate, ...rpc, '--password-file', empty], 'PASSWORD_MISSING', /first line .* is empty/);
    } finally {
      await live.stop();
    }
  });

  it('a password that does not open the keystore', async () => {
    const live = await startAnvil({ stateFile: join(home, 'anvil', 'state.json'), accounts: 0 });
    try {
      const wrong = join(home, 'wrong');
      writeFileSync(wrong, 'not the password\n', { mode: 0o600 });
      const args = [...delegate, '--rpc', live.url, '--password-file', wrong];
      await refused(args, 'PASSWORD_WRONG', /password does not open the keystore/i);
      const result = await runCli([...args, '--home', home]);
      assert.ok(!`${result.stdout}${result.stderr}`.includes('not the password'), 'it is not repeated');
    } finally {
      await live.stop();
    }
  });

  it('a home with keys and without their password is not given a new one', async () => {
    const copy = await temporaryFolder('keys');
    try {
      cpSync(join(home, 'keys'), join(copy, 'keys'), { recursive: true });
      const result = await runCli([
        'dev',
        '--headless',
        '--json',
        '--home',
        copy,
        '--port',
        String(await freePorts(4)),
      ]);
      assert.equal(result.code, EXIT.refused);
      assert.equal(failureOf(result).code, 'PASSWORD_MISSING');
      assert.match(failureOf(result).fix, /Put the password file back/);
      assert.ok(!existsSync(join(copy, 'password')));
      await gone(copy, 'after the refusal');
    } finally {
      await removeFolder(copy);
    }
  });
});

describe('ends that nobody planned', () => {
  let home = '';
  before(async () => {
    home = await temporaryFolder('ends');
  });
  after(() => removeFolder(home));

  it('Ctrl-C in the middle of paid inferences: nothing is lost, the next start continues and its sums hold', async (t) => {
    const port = String(await freePorts(4));
    // A group of its own, as a shell makes one: Ctrl-C reaches whatever is in it at once.
    const first = startCli(['demo', '--home', home, '--port', port], { detached: true });
    await first.saw(/staked workers serve it/, 120_000);
    await new Promise((done) => setTimeout(done, 700));
    process.kill(-first.process.pid!, 'SIGINT');
    const { code, stdout, stderr } = await first.ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /Stopped before the end/);
    assert.doesNotMatch(stdout + stderr, /bug/i);
    await gone(home, 'after Ctrl-C');

    const second = await runCli(['demo', '--json', '--home', home, '--port', port]);
    assert.equal(second.code, 0, second.stdout + second.stderr);
    const report = jsonOf<{ training?: object; money: { differenceWei: string }; jobs: { paid: number } }>(second);
    assert.equal(report.training, undefined, 'the model of the first start is still live');
    assert.equal(report.money.differenceWei, '0');
    const chain = await startAnvil({ stateFile: join(home, 'anvil', 'state.json'), accounts: 0 });
    try {
      const { jobs } = await readLedger(chain.url, addressesOf(home));
      t.diagnostic(`${jobs.size - report.jobs.paid} jobs of the interrupted start were settled`);
      assert.ok(jobs.size > report.jobs.paid, 'it was interrupted in the middle');
      assert.ok(jobs.size < 2 * report.jobs.paid, 'it was interrupted in the middle');
      assert.deepEqual(
        [...jobs.values()].filter(({ end }) => end !== 'completed'),
        [],
      );
    } finally {
      await chain.stop();
    }
  });

  it('SIGKILL of the whole command: its workers end with it, the next start takes over', async () => {
    const first = await startNetwork({ home, workers: 2 });
    const workers = first.workers.map(({ pid }) => pid);
    first.process.process.kill('SIGKILL');
    await until(() => workers.every((pid) => !isRunning(pid)), 'the workers end by themselves', 30_000);
    const second = await startNetwork({ home, workers: 2, port: first.port });
    try {
      for (const { endpoint } of second.workers) assert.equal((await fetch(`${endpoint}/v2/health/ready`)).status, 200);
    } finally {
      assert.equal((await second.stop()).code, 0);
    }
    await gone(home, 'after the second');
  });

  it('a chain whose state was deleted: deployed again, with the same keys', async () => {
    const first = await startNetwork({ home, workers: 1 });
    const before = JSON.parse(readFileSync(join(home, 'deployment.json'), 'utf8')) as { genesisHash: string };
    const author = await first.as('author').keys.addressOf('author');
    await first.stop();
    rmSync(join(home, 'anvil'), { recursive: true });
    const second = await startNetwork({ home, workers: 1 });
    try {
      const now = JSON.parse(readFileSync(join(home, 'deployment.json'), 'utf8')) as { genesisHash: string };
      assert.notEqual(now.genesisHash, before.genesisHash);
      assert.equal(await second.as('author').keys.addressOf('author'), author);
      const { directory } = await second.as('consumer').chain();
      assert.equal((await directory.workers()).length, 1);
      assert.deepEqual(await directory.models(), []);
    } finally {
      assert.equal((await second.stop()).code, 0);
    }
  });

  it('SIGTERM of a worker whose chain is away: it ends in its time', async (t) => {
    const network = await startNetwork({ home, workers: 1 });
    await network.stop();
    const chain = await startAnvil({ port: network.port, stateFile: join(home, 'anvil', 'state.json'), accounts: 0 });
    const worker = startCli(['worker', 'run', '--json', '--home', network.workerHome(0)]);
    await worker.saw(/worker started/);
    await chain.stop();
    // Its rounds now wait for the chain.
    await new Promise((done) => setTimeout(done, 1500));
    const begun = performance.now();
    worker.process.kill('SIGTERM');
    const result = await worker.ended;
    const seconds = (performance.now() - begun) / 1000;
    t.diagnostic(`ended in ${seconds.toFixed(1)} s`);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(jsonOf(result), { stopped: true, openJobs: 0 });
    assert.ok(seconds < 12, `${seconds} s`);
  });

  it('a closed terminal (SIGHUP) ends a network like Ctrl-C', async () => {
    const network = await startNetwork({ home, workers: 1 });
    network.process.process.kill('SIGHUP');
    const { code } = await network.process.ended;
    assert.equal(code, 0);
    await gone(home, 'after SIGHUP');
    assert.ok(!existsSync(join(home, 'network.lock')));
  });

  it('two starts at the same time: one gets the home', async () => {
    const ports = [await freePorts(2), await freePorts(2)];
    const both = ports.map((port) =>
      startCli(['dev', '--headless', '--json', '--home', home, '--port', String(port), '--workers', '1']),
    );
    await Promise.any(both.map(({ saw }) => saw(/"ready":true/, 60_000)));
    const refused = await Promise.race(both.map(({ ended }) => ended));
    assert.equal(failureOf(refused).code, 'NETWORK_RUNNING');
    for (const { process: child } of both) child.kill('SIGTERM');
    const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code).sort();
    assert.deepEqual(codes, [0, EXIT.refused]);
  });
});
