import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { BackgroundStays, down, lastWords } from '../../../../node/cli/background/control.ts';
import { AlreadyRunning, bornAt, claimRecord, readRecord } from '../../../../node/cli/background/record.ts';

const home = mkdtempSync(join(tmpdir(), 'assay-background-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** A process that does not listen to SIGTERM. */
async function deaf(): Promise<number> {
  const child = spawn(
    process.execPath,
    ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')"],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await new Promise((done) => child.stdout.once('data', done));
  return child.pid!;
}

const record = async (pid: number) => ({
  service: 'worker' as const,
  pid,
  born: (await bornAt(pid)) ?? '',
  startedAt: new Date().toISOString(),
  args: [],
  logFile: 'x',
});

describe('a process in the background', () => {
  it('BackgroundStays: one that does not end is reported, and ended only with --kill', async () => {
    const pid = await deaf();
    await claimRecord(home, await record(pid));
    await assert.rejects(down(home, 'worker', { graceMs: 300, kill: false }), BackgroundStays);
    assert.equal((await readRecord(home, 'worker'))?.pid, pid, 'it is still known');
    assert.equal(await down(home, 'worker', { graceMs: 300, kill: true }), true);
    assert.equal(await bornAt(pid), undefined);
    assert.equal(await down(home, 'worker', { graceMs: 300, kill: true }), false);
  });

  it('AlreadyRunning: of two starts one gets the name; a dead one gives it up', async () => {
    const pid = await deaf();
    await claimRecord(home, await record(pid));
    await assert.rejects(claimRecord(home, await record(process.pid)), AlreadyRunning);
    process.kill(pid, 'SIGKILL');
    while ((await bornAt(pid)) !== undefined) await new Promise((done) => setTimeout(done, 10));
    await claimRecord(home, await record(process.pid));
    assert.equal((await readRecord(home, 'worker'))?.pid, process.pid);
  });

  it('what a command said at its end is passed on, with its fix', () => {
    const said = '{"msg":"x"}\n✗ The port is taken\n  why: 8701 is in use\n  fix: Choose another.\n  code: PORT\n';
    assert.deepEqual(lastWords(said), { why: 'The port is taken: 8701 is in use (PORT)', fix: 'Choose another.' });
    assert.deepEqual(lastWords('one\ntwo\n'), { why: 'one | two' });
    assert.deepEqual(lastWords(''), { why: 'it ended without a word' });
  });
});
