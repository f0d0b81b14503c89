import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FsBlockstore } from 'blockstore-fs';
import { exporter } from 'ipfs-unixfs-exporter';
import { StoreCarMalformed } from '../../../node/ipfs/errors.ts';
import { packFolder } from '../../../node/ipfs/packFolder.ts';
import { openStore } from '../../../node/ipfs/store.ts';
import type { FolderFile } from '../../../node/ports/Store.ts';
import { type Kubo, kuboBinary, startKubo } from '../../helpers/kubo.ts';
import { seeded } from './seeded.ts';
import { folder, MIB } from './world.ts';

const FILES: readonly FolderFile[] = [
  { path: 'index.html', content: Buffer.from('<!DOCTYPE html>') },
  { path: 'models/index.html', content: Buffer.from('<!DOCTYPE html><title>models</title>') },
  { path: 'models/copy.html', content: Buffer.from('<!DOCTYPE html>') },
  { path: '_next/static/a b#c?.js', content: seeded(2 * MIB + 7, 'script') },
  { path: 'empty', content: new Uint8Array(0) },
];
async function* each(files: readonly FolderFile[]): AsyncGenerator<FolderFile> {
  yield* files;
}
const pack = (files: readonly FolderFile[]) => packFolder(each(files));

describe('packFolder', () => {
  it('gives equal folders equal CIDs, whatever the order, and others others', async () => {
    const { cid, blocks, bytes } = await pack(FILES);
    assert.match(cid, /^bafybei/);
    assert.equal((await pack(FILES.toReversed())).cid, cid);
    assert.ok(blocks >= 8, String(blocks));
    assert.ok(bytes > 2 * MIB, String(bytes));
    const changed = FILES.map((file) => (file.path === 'empty' ? { ...file, content: Buffer.from('x') } : file));
    assert.notEqual((await pack(changed)).cid, cid);
    const renamed = FILES.map((file) => (file.path === 'empty' ? { ...file, path: 'void' } : file));
    assert.notEqual((await pack(renamed)).cid, cid);
  });

  it('names the empty folder as everybody does', async () => {
    assert.equal((await pack([])).cid, 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354');
  });

  it('goes into a store as a CAR; the stock exporter reads every file back', async () => {
    const at = await folder();
    const store = await openStore(at);
    const { cid, car } = await pack(FILES);
    await store.importCar(cid, car(), { maxBytes: 8 * MIB });
    assert.deepEqual(await store.roots(), [cid]);
    await store.close();
    for (const { path, content } of FILES) {
      const entry = await exporter(`${cid}/${path}`, new FsBlockstore(join(at, 'blocks')));
      assert.ok(entry.type === 'file' || entry.type === 'raw', path);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry.content()) chunks.push(chunk);
      assert.equal(Buffer.compare(Buffer.concat(chunks), content as Uint8Array), 0, path);
    }
  });

  it('makes a CAR in which a changed byte is noticed', async () => {
    const { cid, car } = await pack(FILES);
    const store = await openStore(await folder());
    async function* tampered(): AsyncGenerator<Uint8Array> {
      for await (const chunk of car())
        yield chunk.length < MIB ? chunk : Uint8Array.from(chunk, (b, i) => (i === 5 ? b ^ 1 : b));
    }
    await assert.rejects(store.importCar(cid, tampered(), { maxBytes: 8 * MIB }), StoreCarMalformed);
    assert.deepEqual(await store.roots(), []);
    await store.close();
  });

  const binary = kuboBinary();
  describe('beside a real Kubo', {
    skip: binary === undefined ? 'no `ipfs` here: install Kubo or name it in ASSAY_IPFS' : false,
  }, () => {
    let kubo: Kubo;
    before(async () => {
      kubo = await startKubo(binary!);
    });
    after(() => kubo.stop());

    it('Kubo gives the same folder the same CID, and takes the CAR', async () => {
      const at = await folder();
      for (const { path, content } of FILES) {
        await mkdir(dirname(join(at, 'site', path)), { recursive: true });
        await writeFile(join(at, 'site', path), content as Uint8Array);
      }
      const { cid, car } = await pack(FILES);
      const flags = ['--cid-version=1', '--raw-leaves', '--chunker=size-1048576', '--max-file-links=1024'];
      assert.equal(kubo.ipfs('add', '-r', '-Q', '--only-hash', ...flags, join(at, 'site')).trim(), cid);
      const chunks: Uint8Array[] = [];
      for await (const chunk of car()) chunks.push(chunk);
      await writeFile(join(at, 'site.car'), Buffer.concat(chunks));
      assert.match(kubo.ipfs('dag', 'import', join(at, 'site.car')), new RegExp(`Pinned root\\s+${cid}\\s+success`));
    });
  });
});
