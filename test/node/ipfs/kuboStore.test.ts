import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StoreBlockCorrupt, StoreKuboFailed } from '../../../node/ipfs/errors.ts';
import { openKuboStore } from '../../../node/ipfs/kuboStore.ts';
import type { Store } from '../../../node/ports/Store.ts';
import { type Kubo, kuboBinary, startKubo } from '../../helpers/kubo.ts';
import { storeContract } from '../../helpers/storeContract.ts';
import { seeded } from './seeded.ts';
import { filesIn, folder, listen, MIB } from './world.ts';

const binary = kuboBinary();
const skip = binary === undefined ? 'no `ipfs` here: install Kubo or name it in ASSAY_IPFS' : false;
const budget = { maxBytes: 64 * MIB };

describe('the port Store on a real Kubo', { skip }, () => {
  let kubo: Kubo;
  let made = 0;
  const open = async (mfsFolder = `/assay/${++made}`): Promise<Store> =>
    openKuboStore(await folder(), { url: kubo.url, mfsFolder, privateProviders: true });
  before(async () => {
    kubo = await startKubo(binary!);
  });
  after(() => kubo.stop());

  storeContract(() => open());

  it('Kubo itself gives the same CID, and reads what we added', async () => {
    const store = await open();
    const file = seeded(3 * MIB + 1, 'interop');
    const { cid } = await store.add(file);
    const at = await folder();
    await writeFile(join(at, 'file'), file);
    const flags = ['--cid-version=1', '--raw-leaves', '--chunker=size-1048576', '--max-file-links=1024'];
    assert.equal(kubo.ipfs('add', '-Q', '--only-hash', ...flags, join(at, 'file')).trim(), cid);
    kubo.ipfs('get', '-o', join(at, 'got'), cid);
    assert.equal(Buffer.compare(await readFile(join(at, 'got')), file), 0);
  });

  it('garbage collection keeps what is held and takes what was removed; another node on the same Kubo loses nothing', async () => {
    const [ours, theirs] = [await open(), await open()];
    const shared = seeded(2 * MIB, 'shared by two');
    const { cid } = await ours.add(shared);
    await theirs.add(shared);
    const alone = await ours.add(seeded(2 * MIB, 'ours alone'));
    await ours.remove(cid);
    await ours.remove(alone.cid);
    kubo.ipfs('repo', 'gc', '--quiet');
    assert.deepEqual(await ours.roots(), []);
    assert.equal(await ours.has(alone.cid), false);
    assert.equal(Buffer.compare(await theirs.read(cid, budget), shared), 0);
  });

  it('survives a restart of our process, and stages nothing afterwards', async () => {
    const at = await folder();
    const first = await openKuboStore(at, { url: kubo.url, mfsFolder: '/assay/restart' });
    const file = seeded(2 * MIB, 'restart');
    const { cid } = await first.add(file);
    await first.close();
    const second = await openKuboStore(at, { url: kubo.url, mfsFolder: '/assay/restart' });
    assert.deepEqual(await second.roots(), [cid]);
    assert.equal(Buffer.compare(await second.read(cid, budget), file), 0);
    assert.deepEqual(await filesIn(join(at, 'tmp')), []);
    assert.deepEqual(await readdir(join(at, 'blocks')), []);
    await second.close();
  });
});

describe('a Kubo that cannot be trusted', () => {
  const RIGHT = Buffer.from('hello world');
  const CID = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e';
  /** Answers the calls of the store as told. */
  const liar = (answers: Readonly<Record<string, string | Uint8Array>>, asked: string[] = []): Promise<string> =>
    listen((request, response) => {
      request.resume();
      const call = /^\/api\/v0\/([\w/]+)/.exec(request.url ?? '')?.[1] ?? '';
      asked.push(call);
      const answer = answers[call];
      if (answer === undefined && !call.startsWith('files/')) response.writeHead(404);
      response.end(answer ?? '{}');
    });
  const open = async (url: string): Promise<Store> => openKuboStore(await folder(), { url, rpcTimeoutMs: 2_000 });
  const stat = (size: number): string => JSON.stringify({ Key: CID, Size: size });

  it('gives back a block that is what its CID says', async () => {
    const store = await open(await liar({ 'block/stat': stat(11), 'block/get': RIGHT }));
    assert.equal(Buffer.compare((await store.block(CID))!, RIGHT), 0);
  });

  it('error: StoreBlockCorrupt for other bytes, which Kubo is told to drop', async () => {
    const asked: string[] = [];
    const url = await liar({ 'block/stat': stat(11), 'block/get': Buffer.from('hello wOrld'), 'block/rm': '' }, asked);
    await assert.rejects((await open(url)).block(CID), StoreBlockCorrupt);
    assert.ok(asked.includes('block/rm'));
  });

  it('error: StoreBlockCorrupt for a block that is larger than any, without asking for it', async () => {
    const asked: string[] = [];
    const url = await liar({ 'block/stat': stat(3 * MIB) }, asked);
    await assert.rejects((await open(url)).block(CID), StoreBlockCorrupt);
    assert.ok(!asked.includes('block/get'));
  });

  it('error: StoreKuboFailed when it names a block otherwise, is no Kubo, or is gone', async () => {
    const other = await liar({ 'block/put': JSON.stringify({ Key: 'bafkqaaa', Size: 0 }) });
    await assert.rejects((await open(other)).add(RIGHT), StoreKuboFailed);
    // A server that knows no such call says `not found`, which is not an absent block.
    await assert.rejects((await open(await liar({}))).block(CID), StoreKuboFailed);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(open(`http://127.0.0.1:${port}`), StoreKuboFailed);
  });
});
