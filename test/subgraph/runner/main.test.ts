import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openReader } from '../../../subgraph/runner/store/database.ts';
import { type Anvil, startAnvil } from '../../helpers/anvil.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { contentOf, openIndex } from '../fixture/openIndex.ts';
import { type RunnerProcess, startRunnerProcess } from '../fixture/runnerProcess.ts';
import { deployShelf, type Shelf } from '../fixture/shelf.ts';
import { temporary } from '../fixture/temporary.ts';

const MAIN = fileURLToPath(new URL('../../../subgraph/runner/main.ts', import.meta.url));
const DEAD = 'http://127.0.0.1:9';

describe('the runner as a process', () => {
  const folder = temporary('runner');
  let anvil: Anvil;
  let shelf: Shelf;
  let manifest: string;
  const running: RunnerProcess[] = [];

  const start = async (...args: string[]): Promise<RunnerProcess> => {
    const runner = await startRunnerProcess(args);
    running.push(runner);
    return runner;
  };

  before(async () => {
    anvil = await startAnvil();
    shelf = await deployShelf(anvil.url);
    manifest = buildFixture(join(folder, 'build'), { addresses: { shelf: shelf.address }, startBlock: '1' });
    for (let i = 0; i < 10; i++) await shelf.send(i, 'write', BigInt(i), `Title ${i}`, 1n, 1n, ['a']);
    for (let i = 0; i < 24; i++) await shelf.send(i, 'likeMany', 0n, 10n, 150n);
  });
  after(async () => {
    await Promise.all(running.map((runner) => runner.end('SIGKILL')));
    await anvil?.stop();
  });

  it('answers /health and queries before it has synced, even when no endpoint answers', async () => {
    const started = performance.now();
    const runner = await start('--rpc', DEAD, '--manifest', manifest, '--db', join(folder, 'dead.db'));
    const status = await runner.health();
    const ready = performance.now() - started;
    assert.ok(ready < 3_000, `ready after ${ready.toFixed(0)} ms`);
    assert.equal(status.synced, false);
    assert.deepEqual((await runner.query<{ books: unknown[] }>('{ books { id } }')).books, []);
    const { lastError, chainHead } = await runner.until('in trouble', (now) => now.lastError !== null);
    assert.match(lastError!, /127\.0\.0\.1:9/);
    assert.equal(chainHead, null);
    assert.equal(await runner.end('SIGTERM'), 0);
  });

  it('answers /health within a second while it syncs, falls back to a working endpoint, ends in peace', async () => {
    const runner = await start(
      '--rpc',
      `${DEAD},${anvil.url}`,
      '--manifest',
      manifest,
      '--db',
      join(folder, 'live.db'),
    );
    let slowest = 0;
    for (let synced = false; !synced; ) {
      const asked = performance.now();
      synced = (await runner.health()).synced;
      slowest = Math.max(slowest, performance.now() - asked);
    }
    assert.ok(slowest < 1_000, `/health took ${slowest.toFixed(0)} ms`);
    const status = await runner.health();
    assert.equal(status.indexedBlock, await shelf.blockNumber());
    assert.deepEqual([status.behind, status.failed, status.deployment], [0, null, runner.deployment]);
    await assert.rejects(
      startRunnerProcess(['--rpc', DEAD, '--manifest', manifest, '--db', join(folder, 'live.db')]),
      /ended with 1: the index cannot run: another runner works on/,
    );
    assert.match(runner.deployment, /^Qm[1-9A-HJ-NP-Za-km-z]{44}$/);
    await shelf.send(0, 'like', 1n, 5n);
    const head = await shelf.blockNumber();
    await runner.until('at the head', (now) => now.indexedBlock === head);
    const { _meta } = await runner.query<{ _meta: { block: { number: number }; deployment: string } }>(
      '{ _meta { block { number } deployment } }',
    );
    assert.deepEqual(_meta, { block: { number: head }, deployment: runner.deployment });
    assert.equal(await runner.end('SIGTERM'), 0);
    assert.equal(existsSync(join(folder, 'live.db-wal')), false, 'the log was folded into the file');
  });

  it('goes on after kill -9 at any moment, and holds what an undisturbed index holds', async () => {
    const db = join(folder, 'killed.db');
    const random = new Seeded(5);
    let kills = 0;
    for (let synced = false; !synced; ) {
      const runner = await start('--rpc', anvil.url, '--manifest', manifest, '--db', db);
      const deadline = performance.now() + 20 + random.int(0, 250) + 350 * kills;
      while (!synced && performance.now() < deadline) {
        synced = (await runner.health()).synced;
        await sleep(1);
      }
      assert.equal(await runner.end('SIGKILL'), 'SIGKILL');
      kills += 1;
    }
    const undisturbed = openIndex(manifest, [anvil.url]);
    await undisturbed.sync();
    const killed = openReader(db);
    assert.equal(contentOf(killed), contentOf(undisturbed.db), `after ${kills} kills`);
    killed.close();
    undisturbed.close();
  });

  it('starts from zero when asked, when the manifest changed and when the chain is another one', async () => {
    const db = join(folder, 'reindex.db');
    const own = buildFixture(join(folder, 'changing'), { addresses: { shelf: shelf.address }, startBlock: '1' });
    const run = async (why: RegExp | undefined, rpc: string, ...args: string[]): Promise<void> => {
      const runner = await start('--rpc', rpc, '--manifest', own, '--db', db, ...args);
      await runner.until('synced', (status) => status.synced);
      if (why === undefined) assert.doesNotMatch(runner.stderr(), /built anew/);
      else assert.match(runner.stderr(), why);
      assert.equal(await runner.end('SIGTERM'), 0);
    };
    await run(undefined, anvil.url);
    await run(undefined, anvil.url);
    await run(/built anew: it was asked for/, anvil.url, '--reindex');
    appendFileSync(own, '\n# another\n');
    await run(/built anew: manifest, schema or mappings changed/, anvil.url);
    const other = await startAnvil(['--timestamp', '1800000000']);
    try {
      await run(/built anew: this is another chain/, other.url);
      const reader = openReader(db);
      assert.deepEqual({ ...reader.prepare('SELECT count(*) AS n FROM e_Book').get() }, { n: 0 });
      reader.close();
    } finally {
      await other.stop();
    }
  });

  it('says what is wrong with its arguments and files', () => {
    const cases: [string[], number, RegExp][] = [
      [[], 2, /--rpc is needed/],
      [['--rpc', 'ftp://x', '--manifest', 'm', '--db', 'd'], 2, /not an HTTP URL/],
      [['--rpc', DEAD, '--manifest', 'm', '--db', 'd', '--port', '70000'], 2, /--port takes a number/],
      [['--nonsense'], 2, /--nonsense/],
      [
        ['--rpc', DEAD, '--manifest', join(folder, 'none.yaml'), '--db', join(folder, 'x.db')],
        1,
        /none\.yaml cannot be read/,
      ],
    ];
    for (const [args, status, message] of cases) {
      const run = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
      assert.equal(run.status, status, run.stderr);
      assert.match(run.stderr, message);
    }
    assert.match(spawnSync(process.execPath, [MAIN, '--help'], { encoding: 'utf8' }).stdout, /usage: node subgraph/);
  });
});
