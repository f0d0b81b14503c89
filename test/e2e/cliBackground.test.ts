import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../node/cli/print.ts';
import { until } from '../helpers/anvilRpc.ts';
import { failureOf, jsonOf, runCli, startCli } from '../helpers/cli.ts';
import { digitsLive } from '../helpers/digitsLive.ts';
import { freePorts, removeFolder, startNetwork, type TestNetwork, temporaryFolder } from '../helpers/network.ts';

interface State {
  readonly service: string;
  readonly running: boolean;
  readonly ready?: boolean;
  readonly pid?: number;
}

/** Asks again and again until nobody listens; what every request ended with. */
async function hammer(url: string, ends: (number | string)[]): Promise<(number | string)[]> {
  for (;;) {
    const end = await new Promise<number | string>((done) => {
      const call = request(
        url,
        { agent: false, method: 'POST', headers: { 'content-length': INPUT.length } },
        (response) => {
          response.resume();
          response.once('end', () => done(response.statusCode ?? 0));
          response.once('error', () => done('cut'));
        },
      );
      call.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
      call.end(INPUT);
    });
    ends.push(end);
    if (typeof end === 'string') return ends;
  }
}

const INPUT = JSON.stringify({
  inputs: [{ name: 'x', shape: [1, 64], datatype: 'UINT8', data: new Array<number>(64).fill(0) }],
});

describe('the background, from a fresh home', () => {
  let network: TestNetwork;
  let home = '';
  let port = 0;
  before(async () => {
    network = await startNetwork({ workers: 1 });
    await digitsLive(network);
    home = join(await temporaryFolder('background'), 'home');
    port = await freePorts(1);
  });
  after(async () => {
    await runCli(['down', '--kill', '--home', home]);
    await network.stop();
    await removeFolder(network.home);
  });
  const cli = (...args: string[]) => runCli([...args, '--json', '--home', home]);
  const statusOf = async (): Promise<State> =>
    jsonOf<{ services: State[] }>(await cli('status')).services.find(({ service }) => service === 'worker')!;
  const url = (): string => `http://127.0.0.1:${port}`;

  it('C1: a fresh home to its first paid job in less than 60 s: init, up, infer', async () => {
    const started = performance.now();
    const made = await cli(
      ...['init', '--network', network.home, '--role', 'worker', '--endpoint', url(), '--price', '0', '--yes'],
    );
    assert.equal(made.code, EXIT.ok, made.stdout + made.stderr);
    assert.equal((await cli('up', 'worker')).code, EXIT.ok);
    // The cheapest worker that offers the version is asked first: the new one asks nothing less than nothing.
    await runCli(['config', 'set', 'worker.feeWei', '1', '--home', home]);
    assert.equal((await cli('restart', 'worker')).code, EXIT.ok);
    const { keys } = jsonOf<{ keys: { owner: string } }>(made);
    const paid = await until(
      async () => {
        const result = await network.cli(['infer', 'digits', '--row', '5']);
        if (result.code !== EXIT.ok) return undefined;
        const { worker, feeWei } = jsonOf<{ worker: string; feeWei: string }>(result);
        return worker.toLowerCase() === keys.owner.toLowerCase() ? feeWei : undefined;
      },
      'the new worker is paid',
      40_000,
    );
    assert.equal(paid, '1');
    const seconds = (performance.now() - started) / 1000;
    assert.ok(seconds < 60, `it took ${seconds} s`);
    const again = await cli('init', '--network', network.home, '--role', 'worker', '--endpoint', url(), '--yes');
    assert.equal(again.code, EXIT.ok, 'running it again changes nothing');
  });

  it('a second start is refused; status and logs say what runs', async () => {
    const state = await statusOf();
    assert.deepEqual([state.running, state.ready], [true, true]);
    const refused = await cli('up', 'worker');
    assert.equal(refused.code, EXIT.refused);
    assert.equal(failureOf(refused).code, 'ALREADY_RUNNING');
    const events = (await cli('logs', 'worker')).stdout.trim().split('\n');
    const messages = events.map((line) => (JSON.parse(line) as { msg?: string }).msg);
    assert.ok(messages.includes('worker started'));
    const people = await runCli(['logs', 'worker', '--home', home]);
    assert.match(people.stdout, /^\d\d:\d\d:\d\d\.\d{3} info worker started url=/m);
    assert.equal(failureOf(await cli('logs', 'nothing')).code, 'NO_LOG');
    assert.equal(failureOf(await cli('logs', 'network')).code, 'NO_LOG', 'no silence for what was never started');
    // The network of this test runs in the foreground of another process.
    const inForeground = await network.cli(['status', 'network']);
    assert.equal(inForeground.code, EXIT.ok);
    const [seen] = jsonOf<{ services: State[] }>(inForeground).services;
    assert.deepEqual([seen!.running, seen!.ready], [false, true]);
  });

  it('logs -f goes on with new lines, and ends with Ctrl-C', async () => {
    const following = startCli(['logs', 'worker', '-f', '-n', '0', '--json', '--home', home]);
    const log = join(home, 'background', 'worker.log');
    // It shows what comes after it has opened the file, and does not say when that is.
    const writing = setInterval(() => appendFileSync(log, `${JSON.stringify({ msg: 'a new line' })}\n`), 300);
    try {
      await following.saw(/a new line/, 10_000);
    } finally {
      clearInterval(writing);
    }
    following.process.kill('SIGINT');
    assert.equal((await following.ended).code, EXIT.ok);
  });

  it('ps and top see it: versions, jobs, memory', async () => {
    const { workers } = jsonOf<{ workers: { models: { name: string; cid: string }[] }[] }>(
      await cli('ps', '--endpoint', url()),
    );
    assert.equal(workers[0]!.models[0]!.name, 'digits');
    const top = jsonOf<{ workers: { answers: boolean; answered: number; residentBytes: number }[] }>(
      await cli('top', '--once', '--interval', '0.3', '--endpoint', url()),
    );
    assert.ok(top.workers[0]!.answered >= 1);
    assert.ok(top.workers[0]!.residentBytes > 10_000_000);
    const stream = startCli(['top', '--json', '--interval', '0.3', '--home', network.home]);
    await stream.saw(/^\{.*\}\n\{.*\}\n/m, 15_000);
    stream.process.kill('SIGTERM');
    await stream.ended;
    for (const line of stream.stdout().trim().split('\n')) assert.ok(Array.isArray(JSON.parse(line).workers));
    const people = await runCli(['top', '--once', '--interval', '0.3', '--home', network.home]);
    assert.match(people.stdout, /2 of 2 workers answer[\s\S]*jobs\/s/);
  });

  it('down drains: a request that is on its way is answered, new ones are not taken', async () => {
    await runCli(['config', 'set', 'worker.feeWei', '0', '--home', home]);
    assert.equal((await cli('restart', 'worker')).code, EXIT.ok);
    await until(
      async () => (await fetch(`${url()}/v2/models/digits/infer`, { method: 'POST', body: INPUT })).status === 200,
      'it answers for free',
    );
    const all: (number | string)[][] = Array.from({ length: 6 }, () => []);
    const clients = Promise.all(all.map((ends) => hammer(`${url()}/v2/models/digits/infer`, ends)));
    await until(async () => all.every((ends) => ends.length > 10), 'it is busy');
    assert.equal((await cli('down', 'worker')).code, EXIT.ok);
    const ends = (await clients).map((each) => [each, each.pop()] as const);
    for (const [answered, last] of ends) {
      assert.deepEqual(
        [...new Set(answered)].filter((status) => ![200, 503].includes(Number(status))),
        [],
      );
      // A connection that nobody had accepted yet is reset by the system; an answer that had begun is never cut.
      assert.match(String(last), /^ECONN(REFUSED|RESET)$/);
    }
    assert.equal((await statusOf()).running, false);
    assert.equal((await cli('status')).code, EXIT.unreachable);
    assert.deepEqual(jsonOf<{ stopped: string[] }>(await cli('down')).stopped, []);
  });

  it('killed with SIGKILL, the pid it leaves is known to be stale, also when another process has it', async () => {
    assert.equal((await cli('up', 'worker')).code, EXIT.ok);
    const { pid } = await statusOf();
    process.kill(pid!, 'SIGKILL');
    await until(async () => !(await statusOf()).running, 'it is gone');
    const record = join(home, 'background', 'worker.json');
    await assert.rejects(readFile(record), 'the stale record was removed');
    const stolen = { format: 1, service: 'worker', pid: process.pid, born: '1', args: [], logFile: 'x' };
    await writeFile(record, JSON.stringify({ ...stolen, startedAt: new Date().toISOString() }));
    assert.equal((await statusOf()).running, false);
    assert.deepEqual(jsonOf<{ stopped: string[] }>(await cli('down')).stopped, [], 'nobody else is ended');
    assert.equal((await cli('up', 'worker')).code, EXIT.ok);
    assert.equal((await cli('down')).code, EXIT.ok);
  });

  it('what cannot start says why, and leaves nothing behind', async () => {
    const failure = failureOf(await cli('up', 'worker', '--port', new URL(network.workers[0]!.endpoint).port));
    assert.equal(failure.code, 'BACKGROUND_FAILED');
    assert.match(failure.why, /PORT_IN_USE/);
    assert.match(failure.fix, /choose another port/);
    assert.match(await readFile(join(home, 'background', 'worker.log.1'), 'utf8'), /worker started/, 'the log before');
    assert.equal((await statusOf()).running, false);
  });

  it('init: says what is missing instead of guessing', async () => {
    const other = `${home}-other`;
    const nowhere = failureOf(await runCli(['init', '--network', '/nowhere', '--json', '--home', other]));
    assert.equal(nowhere.code, 'NETWORK_UNKNOWN');
    const file = join(network.home, 'deployment.json');
    assert.match(failureOf(await runCli(['init', '--network', file, '--json', '--home', other])).fix, /--rpc/);
    const asks = ['init', '--network', file, '--rpc', network.rpcUrl, '--role', 'worker', '--json', '--home', other];
    assert.equal(failureOf(await runCli(asks)).code, 'ANSWER_MISSING');
    // A real network has no play money: it says what to send where.
    const poor = failureOf(await runCli([...asks.slice(0, 5), '--role', 'consumer', '--json', '--home', other]));
    assert.equal(poor.code, 'ACCOUNT_POOR');
    assert.match(poor.fix, /Send both to 0x/);
  });
});
