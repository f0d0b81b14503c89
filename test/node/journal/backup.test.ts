import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { EXIT } from '../../../node/cli/print.ts';
import { createBackup, restoreBackup, verifyBackup } from '../../../node/journal/backup.ts';
import {
  BackupEmpty,
  BackupMalformed,
  BackupNotWritten,
  BackupOlderThanHome,
  BackupWouldReplace,
} from '../../../node/journal/backupErrors.ts';
import { JournalLocked } from '../../../node/journal/errors.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';

const root = mkdtempSync(join(tmpdir(), 'assay-backup-'));
after(() => rmSync(root, { recursive: true, force: true }));

interface Row {
  readonly n: number;
}

describe('backup', () => {
  let home = '';
  let made = 0;
  let journal: SqliteJournal;
  const fresh = (): string => join(root, `place-${++made}`);
  const put = (path: string, text: string): void => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
  };
  const keystore = (address: string): string => JSON.stringify({ version: 3, address, crypto: { ciphertext: 'x' } });
  const backup = async (): Promise<string> => {
    const out = `${fresh()}.tar`;
    await createBackup(home, out, Date.now());
    return out;
  };
  const rowsIn = (at: string, table = 'jobs'): Row[] => {
    const open = SqliteJournal.open(join(at, 'journal.sqlite'));
    try {
      return [...open.table<Row>(table).entries()].map(([, row]) => row);
    } finally {
      open.close();
    }
  };

  beforeEach(() => {
    home = fresh();
    put(join(home, 'keys', 'hot.json'), keystore('aa'));
    put(join(home, 'config.json'), '{"account":"hot"}');
    put(join(home, 'password'), 'secret\n');
    put(join(home, 'store', 'blocks', 'x'), 'a block');
    put(join(home, 'keys', '.hot.json.1.tmp'), 'half a key');
    journal = SqliteJournal.open(join(home, 'journal.sqlite'));
    const jobs = journal.table<Row>('jobs');
    for (let n = 0; n < 100; n++) jobs.insert(`job ${n}`, { n });
    SqliteJournal.open(join(home, 'accounts', 'hot.sqlite')).close();
  });

  it('takes a key that is with an external signer along', async () => {
    const linked = JSON.stringify({ address: `0x${'cc'.repeat(20)}`, url: 'https://signer.example' });
    put(join(home, 'keys', 'cold.json'), linked);
    const out = await backup();
    const { files } = await verifyBackup(out, tmpdir());
    assert.ok(files.some(({ name }) => name === 'keys/cold.json'));
    const other = fresh();
    await restoreBackup(out, other, false);
    assert.equal(readFileSync(join(other, 'keys', 'cold.json'), 'utf8'), linked);
  });

  it('copies keys, journals and settings beside the running owner; no password, no blocks', async () => {
    const out = await backup();
    journal.table<Row>('jobs').insert('later', { n: 100 });
    const { files } = await verifyBackup(out, tmpdir());
    assert.deepEqual(
      files.map(({ name, rows }) => [name, rows]),
      [
        ['journal.sqlite', 100],
        ['accounts/hot.sqlite', 0],
        ['keys/hot.json', undefined],
        ['config.json', undefined],
      ],
    );
    assert.ok(!readFileSync(out).includes('secret'));
    assert.deepEqual(
      readdirSync(root).filter((name) => name.includes('draft')),
      [],
    );
    const other = fresh();
    const { written } = await restoreBackup(out, other, false);
    assert.equal(written.length, 4);
    assert.deepEqual(
      rowsIn(other),
      Array.from({ length: 100 }, (_, n) => ({ n })),
    );
    assert.equal(readFileSync(join(other, 'keys', 'hot.json'), 'utf8'), keystore('aa'));
    assert.deepEqual(
      readdirSync(other).filter((name) => name.startsWith('.restore')),
      [],
    );
  });

  it('is a snapshot: a transaction is in it whole or not at all', async () => {
    const jobs = journal.table<Row>('pairs');
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) {
        journal.transaction(() => {
          jobs.insert(`a ${n}`, { n });
          jobs.insert(`b ${n}`, { n });
        });
        await new Promise((done) => setImmediate(done));
      }
    })();
    const outs = [await backup(), await backup(), await backup()];
    writing = false;
    await writer;
    for (const out of outs) {
      const other = fresh();
      await restoreBackup(out, other, false);
      assert.equal(rowsIn(other, 'pairs').length % 2, 0);
    }
  });

  it('tar reads it', { skip: spawnSync('tar', ['--version']).status !== 0 && 'no tar here' }, async () => {
    const { stdout } = spawnSync('tar', ['-tf', await backup()], { encoding: 'utf8' });
    assert.deepEqual(stdout.trim().split('\n'), [
      'journal.sqlite',
      'accounts/hot.sqlite',
      'keys/hot.json',
      'config.json',
      'manifest.json',
    ]);
  });

  it('error: BackupEmpty, BackupNotWritten', async () => {
    await assert.rejects(createBackup(fresh(), `${fresh()}.tar`, Date.now()), BackupEmpty);
    await assert.rejects(createBackup(home, join(fresh(), 'no', 'folder.tar'), Date.now()), BackupNotWritten);
    const out = await backup();
    await assert.rejects(createBackup(home, out, Date.now()), BackupNotWritten);
  });

  it('no room for the backup is said of the backup, not of the journal', { skip: process.platform === 'win32' }, () => {
    const main = join(import.meta.dirname, '../../../node/cli/main.ts');
    const out = join(mkdtempSync(join(root, 'small-')), 'full.tar');
    const command = `ulimit -f 4; exec "$0" "$1" backup create --out "$2" --home "$3"`;
    const { status, stderr } = spawnSync('bash', ['-c', command, process.execPath, main, out, home], {
      encoding: 'utf8',
    });
    assert.equal(status, EXIT.unreachable, stderr);
    assert.match(stderr, /The backup could not be written/);
    assert.deepEqual(readdirSync(dirname(out)), [], 'no draft is left');
  });

  it('error: BackupMalformed for any flipped byte that matters, any cut, anything that is no backup', async () => {
    const out = await backup();
    const bytes = readFileSync(out);
    const broken = `${fresh()}.tar`;
    const refuses = async (content: Uint8Array, what: string): Promise<void> => {
      writeFileSync(broken, content);
      const target = fresh();
      await assert.rejects(verifyBackup(broken, tmpdir()), BackupMalformed, what);
      await assert.rejects(restoreBackup(broken, target, true), BackupMalformed, what);
      assert.deepEqual(readdirSync(target), [], what);
    };
    for (const at of [0, 5, 130, 600, 5000, bytes.indexOf('"crypto"'), bytes.indexOf('"sha256"') + 14]) {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1;
      await refuses(copy, `byte ${at}`);
    }
    for (const length of [0, 100, 512, 4096, bytes.length - 1024 - 1])
      await refuses(bytes.subarray(0, length), `${length} bytes`);
    await refuses(Buffer.from('not a backup'.repeat(100)), 'text');
    await assert.rejects(verifyBackup(join(root, 'nowhere.tar'), tmpdir()), BackupMalformed);
  });

  it('error: BackupMalformed for a name that leads out of the home', async () => {
    const out = await backup();
    const bytes = readFileSync(out);
    const name = Buffer.from('keys/hot.json');
    for (const evil of ['../evil.json', 'keys/../a.js', '/etc/pass.js']) {
      const copy = Buffer.from(bytes);
      for (let at = copy.indexOf(name); at !== -1; at = copy.indexOf(name, at + 1))
        copy.write(evil.padEnd(13, 'x'), at);
      // The checksum of the header, so that only the name is wrong.
      const at = copy.indexOf(Buffer.from(evil));
      const header = copy.subarray(at, at + 512);
      const sum = header.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 0x20 : byte), 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      writeFileSync(`${out}.evil`, copy);
      const target = join(fresh(), 'inner');
      await assert.rejects(restoreBackup(`${out}.evil`, target, true), BackupMalformed);
    }
  });

  it('error: JournalLocked while the node runs', async () => {
    const out = await backup();
    await assert.rejects(restoreBackup(out, home, true), JournalLocked);
    journal.table<Row>('jobs').insert('still', { n: 1 });
  });

  it('error: BackupOlderThanHome when the home went on, whatever the flags', async () => {
    const out = await backup();
    await new Promise((done) => setTimeout(done, 20));
    journal.table<Row>('jobs').insert('later', { n: 100 });
    journal.close();
    await assert.rejects(restoreBackup(out, home, true), BackupOlderThanHome);
    assert.equal(rowsIn(home).length, 101);
  });

  it('error: BackupWouldReplace without --replace, and for another key of that name always', async () => {
    journal.close();
    const out = await backup();
    for (const name of ['journal.sqlite', 'accounts/hot.sqlite']) utimesSync(join(home, name), 1e9, 1e9);
    await assert.rejects(restoreBackup(out, home, false), BackupWouldReplace);
    const { kept, written } = await restoreBackup(out, home, true);
    assert.deepEqual([kept.length, written], [2, ['journal.sqlite', 'accounts/hot.sqlite']]);
    assert.equal(rowsIn(home).length, 100);
    for (const name of ['journal.sqlite', 'accounts/hot.sqlite']) utimesSync(join(home, name), 1e9, 1e9);
    put(join(home, 'keys', 'hot.json'), keystore('bb'));
    await assert.rejects(restoreBackup(out, home, true), BackupWouldReplace);
    assert.equal(readFileSync(join(home, 'keys', 'hot.json'), 'utf8'), keystore('bb'));
    assert.ok(existsSync(join(home, 'journal.sqlite')));
  });
});
