import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nativeSha256 as sha256 } from '../../../../node/host.ts';
import { openStore } from '../../../../node/ipfs/store.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Directory, WorkerRecord } from '../../../../node/ports/Directory.ts';
import type { Cid, Store } from '../../../../node/ports/Store.ts';
import { createReferenceRuntime } from '../../../../node/runtime/reference.ts';
import { Versions } from '../../../../node/service/worker/versions.ts';
import { memoryLog, until } from '../../../helpers/anvilRpc.ts';
import { type ExactArtifact, exactArtifact } from '../../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../../helpers/market.ts';
import { testSigner } from '../../../helpers/testSigner.ts';

/** A staked worker whose gateway drips just fast enough to be waited for. Numbers: threats.md. */
describe('I2: a peer that drips', () => {
  let market: Market;
  let folder = '';
  const servers: Server[] = [];
  const stores: Store[] = [];
  before(async () => {
    market = await startMarket();
    folder = mkdtempSync(join(tmpdir(), 'assay-drip-'));
  });
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    for (const store of stores) await store.close();
    await market.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function newStore(): Promise<Store> {
    // Every pace is fine: what is left is the time a fetch may take.
    const pace = { windowMs: 600_000, minBytesPerSecond: 0, blockTimeoutMs: 600_000 };
    const store = await openStore(join(folder, `${stores.length}`), { privateProviders: true, pace });
    stores.push(store);
    return store;
  }
  /** A trustless gateway over raw blocks; `dripping` files come one byte in 20 ms. */
  async function gateway(source: Store, drips: (cid: string) => boolean): Promise<string> {
    const server = createServer(async (request, response) => {
      const cid = /^\/ipfs\/([a-z2-7]+)/.exec(request.url ?? '')?.[1] ?? '';
      const block = await source.block(cid as Cid);
      if (block === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'application/vnd.ipld.raw', 'content-length': block.length });
      if (!drips(cid)) return void response.end(block);
      let sent = 0;
      const timer = setInterval(() => response.write(block.subarray(sent, ++sent)), 20);
      response.once('close', () => clearInterval(timer));
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const workerAt = (endpoint: string, name: string): WorkerRecord => ({
    worker: testSigner(name).address,
    hotKey: testSigner(`${name} hot`).address,
    endpoint,
    stakeWei: 1n,
    active: true,
  });
  async function publishLive(slug: string, artifact: ExactArtifact, source: Store): Promise<Cid> {
    const { cid } = await source.add(artifact.bytes);
    const { modelId, versionId } = await market.publish(slug, { cid, ...artifact.claim });
    await market.setLive(modelId, versionId);
    return cid;
  }

  it('I2_drip: holds up no other model, and his own only until the next peer is asked', async () => {
    const source = await newStore();
    const slow = await publishLive('slow-model', exactArtifact(31), source);
    await publishLive('quick-model', exactArtifact(32), source);
    const hostile = await gateway(source, (cid) => cid === slow);
    const honest = await gateway(source, () => false);
    const directory: Directory = {
      ...market.directory,
      workers: async () => [workerAt(hostile, 'hostile'), workerAt(honest, 'honest')],
    };
    let ahead = 0;
    const versions = new Versions({
      directory,
      offering: market.offering,
      store: await newStore(),
      runtime: createReferenceRuntime(),
      journal: SqliteJournal.open(':memory:'),
      sha256,
      clock: { monotonic: () => performance.now() + ahead },
      log: memoryLog(),
      worker: market.people.owner.address,
      feeWei: 10n ** 15n,
      load: {},
      fetchSliceMs: 250,
    });
    const names = (): string[] => versions.all().map(({ served }) => served.model);
    const first = versions.sync();
    await until(() => names().includes('quick-model'), 'the other model is served', 5_000);
    await first;
    assert.deepEqual(names(), ['quick-model']);
    ahead += 1_000;
    await versions.sync();
    assert.deepEqual(names().sort(), ['quick-model', 'slow-model']);
  });

  it('O12_many: serves no more versions than it has room for; those it serves stay', async () => {
    const source = await newStore();
    await publishLive('third-model', exactArtifact(33), source);
    await publishLive('fourth-model', exactArtifact(34), source);
    const directory: Directory = {
      ...market.directory,
      models: async () => (await market.directory.models()).filter(({ slug }) => /third|fourth/.test(slug)),
    };
    const versions = new Versions({
      directory,
      offering: market.offering,
      store: source,
      runtime: createReferenceRuntime(),
      journal: SqliteJournal.open(':memory:'),
      sha256,
      clock: { monotonic: () => performance.now() },
      log: memoryLog(),
      worker: market.people.owner.address,
      feeWei: 10n ** 15n,
      load: {},
      maxVersions: 1,
    });
    await versions.sync();
    assert.equal(versions.all().length, 1);
    assert.match([...versions.failures().values()].join(), /room for 1/);
  });
});
