import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemdUnit } from '../../../../node/cli/background/systemdUnit.ts';

const unit = systemdUnit({
  description: 'Assay worker',
  command: [process.execPath, '/srv/assay/node/cli/main.ts', 'worker', 'run', '--home', '/var/lib/as say/100%'],
  workingDirectory: '/',
  home: '/var/lib/as say/100%',
  user: 'daemon',
});

describe('the systemd unit', () => {
  it('quotes what systemd would read as something else', () => {
    assert.match(unit, /--home "\/var\/lib\/as say\/100%%"$/m);
    assert.match(unit, /^ReadWritePaths="\/var\/lib\/as say\/100%%"$/m);
    const evil = systemdUnit({
      description: 'a\nExecStart=/bin/evil',
      command: ['x'],
      workingDirectory: '/',
      home: '/',
    });
    assert.equal(evil.match(/^ExecStart=/gm)?.length, 1, 'a line break starts no setting');
  });
  it('ends with SIGTERM, drains, and does not repeat a refusal', () => {
    for (const line of [
      'KillSignal=SIGTERM',
      'TimeoutStopSec=30',
      'RestartPreventExitStatus=2 3',
      'NoNewPrivileges=yes',
    ])
      assert.match(unit, new RegExp(`^${line}$`, 'm'));
  });
  it('systemd accepts it', { skip: spawnSync('systemd-analyze', ['--version']).status !== 0 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-unit-'));
    try {
      const file = join(folder, 'assay-worker.service');
      writeFileSync(file, unit);
      const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
      assert.ok(!`${stdout}${stderr}`.includes('assay-worker.service:'), `${stdout}${stderr}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
