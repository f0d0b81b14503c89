import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  JournalCorrupt,
  JournalKeyTaken,
  JournalLocked,
  JournalTooNew,
  JournalWriteFailed,
} from '../../../node/journal/errors.ts';
import { decodeRow, encodeRow } from '../../../node/journal/rowCodec.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-journal-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const fresh = (): string => join(folder, `${files++}.db`);
const CHILD = fileURLToPath(new URL('../../helpers/journalChild.ts', import.meta.url));

describe('rowCodec', () => {
  it('gives back what went in', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
        fc.string(),
        fc.bigInt(),
        fc.uint8Array().map((bytes) => Uint8Array.from(bytes)),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$bigint', '$bytes', '$$x', '__proto__')), tie('any'), {
          maxKeys: 4,
          noNullPrototype: true,
        }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (row) => assert.deepEqual(decodeRow(encodeRow(row)), row)),
      { numRuns: 500 },
    );
  });

  it('refuses what JSON would lose', () => {
    for (const bad of [Number.NaN, Infinity, new Map(), new Date(0), () => 0, Symbol('x')]) {
      assert.throws(() => encodeRow({ bad }), { name: 'InvariantBroken' });
    }
  });
});

for (const [kind, path] of [
  ['file', fresh],
  ['memory', () => ':memory:'],
] as const) {
  describe(`Journal contract: ${kind}`, () => {
    const open = () => SqliteJournal.open(path());

    it('table: inserts, replaces, deletes, in insertion order', () => {
      const journal = open();
      const table = journal.table<{ amount: bigint }>('money');
      for (const key of ['c', 'a', 'b']) table.insert(key, { amount: 2n ** 200n });
      table.put('c', { amount: -1n });
      table.put('d', { amount: 4n });
      table.delete('a');
      table.delete('never there');
      assert.deepEqual(
        [...table.entries()],
        [
          ['c', { amount: -1n }],
          ['b', { amount: 2n ** 200n }],
          ['d', { amount: 4n }],
        ],
      );
      assert.equal(table.count(), 3);
      assert.equal(table.get('a'), undefined);
      assert.equal(journal.table('other').count(), 0);
      journal.close();
    });

    it('insert: error JournalKeyTaken leaves the first row', () => {
      const journal = open();
      const table = journal.table<number>('t');
      table.insert('k', 1);
      assert.throws(() => table.insert('k', 2), JournalKeyTaken);
      assert.equal(table.get('k'), 1);
      journal.close();
    });

    it('entries: the body may change the table', () => {
      const journal = open();
      const table = journal.table<number>('t');
      let seen = 0;
      // In one transaction only because 2,000 separate ones are slow on a busy disk.
      journal.transaction(() => {
        for (let i = 0; i < 600; i++) table.insert(`k${i}`, i);
        for (const [key, row] of table.entries()) {
          assert.equal(row, seen++);
          table.put(key, -row);
          table.insert(`new${key}`, row);
          if (row % 2 === 1) table.delete(key);
        }
      });
      assert.equal(seen, 600);
      assert.equal(table.count(), 900);
      journal.close();
    });

    it('transaction: all or nothing, also nested', () => {
      const journal = open();
      const table = journal.table<number>('t');
      const broken = new Error('planted');
      assert.throws(
        () =>
          journal.transaction(() => {
            table.insert('a', 1);
            throw broken;
          }),
        broken,
      );
      assert.equal(table.count(), 0);
      const result = journal.transaction(() => {
        table.insert('a', 1);
        assert.throws(() =>
          journal.transaction(() => {
            table.insert('b', 2);
            throw broken;
          }),
        );
        journal.transaction(() => table.insert('c', 3));
        return 7;
      });
      assert.equal(result, 7);
      assert.deepEqual(
        [...table.entries()],
        [
          ['a', 1],
          ['c', 3],
        ],
      );
      assert.throws(() => journal.transaction(async () => 1), { name: 'InvariantBroken' });
      table.insert('after', 1);
      journal.close();
    });

    it('transaction: a key conflict inside it can be handled', () => {
      const journal = open();
      const table = journal.table<number>('t');
      table.insert('a', 1);
      journal.transaction(() => {
        table.insert('b', 2);
        assert.throws(() => table.insert('a', 9), JournalKeyTaken);
      });
      assert.equal(table.count(), 2);
      journal.close();
    });

    it('close: twice is fine', () => {
      const journal = open();
      journal.close();
      journal.close();
    });
  });
}

describe('SqliteJournal.open', () => {
  it('behavior: rows are there after a reopen, the file is private', () => {
    const path = fresh();
    const first = SqliteJournal.open(path);
    first.table<bigint>('t').insert('k', 5n);
    first.close();
    const second = SqliteJournal.open(path);
    assert.equal(second.table<bigint>('t').get('k'), 5n);
    second.table<bigint>('t').put('l', 6n);
    for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600);
    second.close();
  });

  it('error: JournalLocked in this process and from another one, until the owner closes', () => {
    const path = fresh();
    const owner = SqliteJournal.open(path);
    assert.throws(() => SqliteJournal.open(path, { lockTimeoutMs: 0 }), JournalLocked);
    const other = spawnSync(process.execPath, [CHILD, path], { encoding: 'utf8', timeout: 20_000 });
    assert.match(other.stderr, /JournalLocked: The journal is in use/);
    owner.close();
    SqliteJournal.open(path).close();
  });

  it('error: JournalTooNew, and the file stays as it is', () => {
    const path = fresh();
    SqliteJournal.open(path).close();
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 9; CREATE TABLE future (x)');
    db.close();
    const before = readFileSync(path);
    assert.throws(
      () => SqliteJournal.open(path),
      (error: unknown) => {
        assert.ok(error instanceof JournalTooNew);
        assert.deepEqual(error.meta, { path, found: 9, known: 1 });
        return true;
      },
    );
    assert.ok(readFileSync(path).equals(before));
  });

  it('error: JournalCorrupt on garbage, on a foreign file, on a damaged page, on a damaged row', () => {
    const garbage = fresh();
    writeFileSync(
      garbage,
      'this is not a database at all, and it is longer than a header of one hundred bytes: '.repeat(9),
    );
    assert.throws(() => SqliteJournal.open(garbage), JournalCorrupt);

    const foreign = fresh();
    const db = new DatabaseSync(foreign);
    db.exec('CREATE TABLE x (y)');
    db.close();
    const untouched = readFileSync(foreign);
    assert.throws(() => SqliteJournal.open(foreign), /another program/);
    assert.ok(readFileSync(foreign).equals(untouched));

    const damaged = fresh();
    const journal = SqliteJournal.open(damaged);
    journal.table<string>('t');
    for (let i = 0; i < 200; i++) journal.table<string>('t').insert(`k${i}`, 'v'.repeat(100));
    journal.close();
    writeSync(openSync(damaged, 'r+'), Buffer.alloc(4000, 0xff), 0, 4000, 4096 * 3);
    assert.throws(() => SqliteJournal.open(damaged), JournalCorrupt);

    const row = fresh();
    SqliteJournal.open(row).close();
    const raw = new DatabaseSync(row);
    raw.exec(`CREATE TABLE "t_t" (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT;
      INSERT INTO "t_t" (key, json) VALUES ('k', '{"torn')`);
    raw.close();
    const torn = SqliteJournal.open(row);
    assert.throws(() => torn.table('t').get('k'), JournalCorrupt);
    torn.close();
  });

  it('error: JournalWriteFailed where no file can be made', () => {
    assert.throws(() => SqliteJournal.open(join(CHILD, 'x.db')), JournalWriteFailed);
  });
});

describe('SqliteJournal under faults', () => {
  it('behavior: every announced row survives SIGKILL of the writer, pairs stay pairs', async () => {
    for (let round = 0; round < 5; round++) {
      const path = fresh();
      const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8');
      const ended = new Promise((done) => child.on('close', done));
      child.stdout.on('data', (text: string) => {
        output += text;
        if (output.split('\n').length > 30 * (round + 1)) child.kill('SIGKILL');
      });
      await ended;
      const announced = Number(output.trimEnd().split('\n').slice(0, -1).at(-1));
      const journal = SqliteJournal.open(path);
      const rows = journal.table('rows').count();
      assert.ok(announced > 0 && rows > announced, `announced row ${announced}, found ${rows} rows`);
      assert.equal(journal.table('pair').count(), rows);
      journal.close();
    }
  });

  it('behavior: a full disk gives JournalWriteFailed, loses nothing, and heals when there is room', (t) => {
    if (spawnSync('prlimit', ['--version']).error) return t.skip('prlimit is not installed');
    const path = fresh();
    const limited = spawnSync('prlimit', ['--fsize=400000', process.execPath, CHILD, path, '3000'], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(limited.status, 3, limited.stderr);
    const last = JSON.parse(limited.stdout.trimEnd().split('\n').at(-1)!) as { n: number; name: string; rows: number };
    assert.equal(last.name, 'JournalWriteFailed');
    assert.ok(last.n > 10);
    assert.equal(last.rows, last.n);
    const journal = SqliteJournal.open(path);
    assert.equal(journal.table('rows').count(), last.n);
    assert.equal(journal.table('pair').count(), last.n);
    journal.table('rows').insert('more', {});
    journal.close();
  });
});
