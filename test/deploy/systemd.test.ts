import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/systemd');
const text = readFileSync(join(FOLDER, 'assay-worker.service'), 'utf8');
const has = spawnSync('systemd-analyze', ['--version'], { stdio: 'ignore' }).status === 0;
const skip = has ? false : 'no systemd-analyze here: apt-get install systemd';
/** Highest exposure that `systemd-analyze security` may give, of 10. */
const EXPOSURE = 3;

const setting = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];

/** Longest that a worker takes after SIGTERM, by its own bounds. */
function drainSeconds(): number {
  const daemon = readFileSync(join(ROOT, 'node/daemon.ts'), 'utf8');
  const bound = (name: string): number =>
    Number(new RegExp(`const ${name} = ([\\d_]+)`).exec(daemon)![1]!.replace('_', ''));
  return (bound('DRAIN_MS') + bound('SETTLE_MS')) / 1000;
}

describe('deploy/systemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-systemd-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('waits for the drain, ends by SIGTERM, tries again only what may get better', () => {
    assert.ok(Number(setting('TimeoutStopSec')) > drainSeconds());
    assert.equal(setting('KillSignal'), 'SIGTERM');
    assert.equal(setting('Restart'), 'on-failure');
    assert.equal(setting('RestartPreventExitStatus'), '2 3');
  });

  it('the password comes as a credential, and no secret is in the environment', () => {
    assert.match(setting('LoadCredentialEncrypted') ?? '', /^password:/);
    const environment = [...text.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]);
    assert.deepEqual(environment, [
      ['ASSAY_HOME', '/var/lib/assay/worker'],
      ['ASSAY_PASSWORD_FILE', '%t/assay-worker/password'],
      ['ORT_DISABLE_TELEMETRY', '1'],
    ]);
    assert.equal(setting('ExecStartPre'), '/usr/bin/install -m 0600 %d/password %t/assay-worker/password');
    assert.equal(setting('RuntimeDirectoryMode'), '0700');
    assert.doesNotMatch(text, /^ExecStart=.*password/m);
  });

  it('writes nowhere but its state folder', () => {
    assert.equal(setting('ProtectSystem'), 'strict');
    assert.equal(setting('NoNewPrivileges'), 'yes');
    assert.equal(setting('StateDirectory'), 'assay/worker');
    assert.match(setting('MemoryMax') ?? '', /^\d+G$/);
    // JavaScript and WebAssembly are compiled at run time: with this the worker could not start.
    assert.equal(setting('MemoryDenyWriteExecute'), undefined);
  });

  it('systemd accepts every unit', { skip }, () => {
    for (const name of readdirSync(FOLDER)) {
      // Its programs are not installed here; true stands in for them.
      const unit = readFileSync(join(FOLDER, name), 'utf8')
        .replace(/^(ExecStart=)\/opt\S+/m, '$1/bin/true')
        .replace(/^WorkingDirectory=.*$/m, 'WorkingDirectory=/');
      writeFileSync(join(folder, name), unit);
    }
    const { status, stderr, stdout } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...readdirSync(FOLDER).map((name) => join(folder, name))],
      { encoding: 'utf8' },
    );
    assert.deepEqual([status, `${stdout}${stderr}`.trim()], [0, '']);
  });

  it('systemd finds a planted mistake', { skip }, () => {
    const path = join(folder, 'broken.service');
    writeFileSync(
      path,
      text.replace('ProtectSystem=strict', 'ProtectSystem=strickt').replace(/^(ExecStart=)\S+/m, '$1/bin/true'),
    );
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
    assert.match(stderr, /protect ?system/i);
  });

  it(`the exposure of the worker is at most ${EXPOSURE} of 10`, { skip }, () => {
    const path = join(FOLDER, 'assay-worker.service');
    const { status, stdout } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE * 10}`, path],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stdout.split('\n').slice(-3).join('\n'));
  });
});
