import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { StoreFull, StoreIoFailed } from '../../../node/ipfs/errors.ts';
import { openStore } from '../../../node/ipfs/store.ts';
import { seeded } from './seeded.ts';
import { blockFiles, failsWith, filesIn, folder, home, isSame, MIB, serve, worker } from './world.ts';

const maxBytes = 64 * MIB;
const child = join(import.meta.dirname, 'addChild.ts');

/** A disk of 4 MiB, or undefined where this user may not mount. */
async function smallDisk(): Promise<string | undefined> {
  const at = join(await folder(), 'disk');
  mkdirSync(at);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at]);
  if (mounted.status !== 0) return undefined;
  after(() => execFileSync('umount', ['-l', at]));
  return at;
}

describe('a full disk (ENOSPC on a tmpfs of 4 MiB)', () => {
  it('refuses what does not fit, keeps what is there, and heals by itself', async (t) => {
    const disk = await smallDisk();
    if (disk === undefined) return t.skip('this user may not mount a tmpfs');
    const at = await home({}, disk);
    const small = seeded(MIB, 'small');
    const first = await at.store.add(small);
    const before = await filesIn(disk);
    const large = await worker(5 * MIB, 'does not fit');

    await assert.rejects(at.store.add(large.file), StoreFull);
    assert.deepEqual(await filesIn(disk), before);
    await assert.rejects(at.store.importCar(large.cid, large.store.exportCar(large.cid), { maxBytes }), StoreFull);
    assert.deepEqual(await filesIn(disk), before);
    await isSame(at, first.cid, small);

    const provider = await serve(large.store);
    await assert.rejects(at.store.fetch(large.cid, { maxBytes, providers: [provider] }), StoreFull);
    assert.deepEqual(await at.store.roots(), [first.cid]);
    await isSame(at, first.cid, small);
    execFileSync('mount', ['-o', 'remount,size=16m', disk]);
    await at.store.fetch(large.cid, { maxBytes, providers: [provider] });
    await isSame(at, large.cid, large.file);
  });
});

describe('a file-size limit (EFBIG)', () => {
  it('error: StoreFull, and nothing is left behind', async (t) => {
    const at = await folder();
    const run = spawnSync('prlimit', ['--fsize=500000', process.execPath, child, at, String(2 * MIB)], {
      encoding: 'utf8',
    });
    if (run.error !== undefined) return t.skip('prlimit is not installed');
    assert.match(run.stdout, /^STORE_FULL: .*EFBIG/);
    assert.deepEqual(await filesIn(at), []);
    const again = spawnSync(process.execPath, [child, at, String(2 * MIB)], { encoding: 'utf8' });
    assert.match(again.stdout, /^bafybei/);
  });
});

describe('other failures of the file system', () => {
  it('error: StoreIoFailed when the folder is a file', async () => {
    const at = join(await folder(), 'file');
    writeFileSync(at, '');
    await assert.rejects(openStore(at), StoreIoFailed);
  });

  it('error: StoreIoFailed when the folder is taken away, and the store recovers when it is back', async () => {
    const at = await home();
    const { cid } = await at.store.add(seeded(1000, 'taken'));
    await rm(join(at.folder, 'tmp'), { recursive: true });
    await assert.rejects(at.store.add(seeded(1000, 'other')), StoreIoFailed);
    await isSame(at, cid, seeded(1000, 'taken'));
    mkdirSync(join(at.folder, 'tmp'));
    await at.store.add(seeded(1000, 'other'));
  });

  it('error: StoreIoFailed with too few file handles, or success, but no crash and no remains', async (t) => {
    const at = await folder();
    const run = spawnSync('prlimit', ['--nofile=24', process.execPath, child, at, String(30 * MIB)], {
      encoding: 'utf8',
    });
    if (run.error !== undefined) return t.skip('prlimit is not installed');
    assert.match(run.stdout, /^(STORE_IO_FAILED: .*EMFILE|bafybei)/, run.stderr);
    if (!run.stdout.startsWith('bafy')) assert.deepEqual(await filesIn(at), []);
  });

  it('removes at the next start what a killed process left half-written, and nothing of a living one', async () => {
    const at = await home();
    const { cid } = await at.store.add(seeded(1000, 'leftovers'));
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await writeFile(join(at.folder, 'tmp', `${dead}-aa-bb`), 'half');
    await writeFile(join(at.folder, 'tmp', `${process.pid}-predecessor-bb`), 'half');
    await writeFile(join(at.folder, 'tmp', `${process.ppid}-alive-bb`), 'half');
    const again = await home({}, at.folder);
    assert.deepEqual(await filesIn(join(at.folder, 'tmp')), [`${process.ppid}-alive-bb`]);
    await isSame(again, cid, seeded(1000, 'leftovers'));
  });

  it('ignores files in the folder that are not its own', async () => {
    const at = await home();
    const { cid } = await at.store.add(seeded(1000, 'strangers'));
    for (const name of ['README', '.DS_Store', '..hidden', 'bafyNOT'])
      await writeFile(join(at.folder, 'roots', name), 'x');
    assert.deepEqual(await at.store.roots(), [cid]);
    await at.store.remove(cid);
    assert.deepEqual(await blockFiles(at.folder), []);
    await failsWith(at.store.fetch(cid, { maxBytes, providers: [] }), /no provider/);
  });
});
