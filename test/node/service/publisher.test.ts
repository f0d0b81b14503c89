import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { modelFromProgram } from '../../../node/core/exact/modelFromProgram.ts';
import { encodeModel } from '../../../node/core/onnx/encode.ts';
import { createGateway } from '../../../node/gateway/app.ts';
import { ipfsRoutes } from '../../../node/gateway/routes/ipfs.ts';
import { type GatewayServer, listen } from '../../../node/gateway/server.ts';
import { nativeSha256 as sha256 } from '../../../node/host.ts';
import { openStore } from '../../../node/ipfs/store.ts';
import type { WorkerRecord } from '../../../node/ports/Directory.ts';
import type { Http } from '../../../node/ports/Http.ts';
import type { Store } from '../../../node/ports/Store.ts';
import { ModelNotAvailable, openVersion } from '../../../node/service/consumer/catalogue.ts';
import { type PublishRequest, publishVersion, TooFewReplicas } from '../../../node/service/publisher.ts';
import { memoryLog } from '../../helpers/anvilRpc.ts';
import { exactArtifact } from '../../helpers/exactArtifact.ts';
import { type Market, startMarket } from '../../helpers/market.ts';

const http: Http = (url, init) => fetch(url, init as RequestInit) as unknown as ReturnType<Http>;

describe('publishVersion and openVersion', () => {
  let market: Market;
  let folder = '';
  let store: Store;
  const closers: (() => unknown)[] = [];
  before(async () => {
    market = await startMarket();
    folder = mkdtempSync(join(tmpdir(), 'assay-publish-'));
    store = await openStore(join(folder, 'author'), { privateProviders: true });
  });
  after(async () => {
    for (const close of closers) await close();
    await store.close();
    await market.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const record = (endpoint: string, active = true): WorkerRecord => ({
    worker: market.people.owner.address,
    hotKey: market.people.hot.address,
    endpoint,
    stakeWei: 1n,
    active,
  });
  /** A worker's store behind a real gateway, that takes what the registry names. */
  async function holder(): Promise<{ store: Store; endpoint: string }> {
    const own = await openStore(join(folder, `worker-${closers.length}`), { privateProviders: true });
    const inference = {
      versions: () => [],
      ready: () => true,
      quote: async () => undefined,
      infer: () => Promise.reject(new Error('no')),
    };
    const mayUpload = async (cid: string) => {
      const file = (await market.directory.registered([cid])).get(cid);
      return file === undefined ? undefined : { maxBytes: file.sizeBytes + (1 << 20) };
    };
    const gateway = createGateway({
      inference,
      log: memoryLog(),
      info: { name: 'assay', version: '0.1.0' },
      routes: [ipfsRoutes({ store: own, mayUpload })],
    });
    const server: GatewayServer = await listen(gateway, { port: 0 });
    closers.push(async () => {
      await server.drain(100);
      await own.close();
    });
    return { store: own, endpoint: server.url };
  }
  async function says(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const publish = (workers: readonly WorkerRecord[], over: Partial<PublishRequest> & { bytes: Uint8Array }) =>
    publishVersion(
      {
        store,
        directory: { ...market.directory, workers: async () => workers },
        authoring: market.authoring,
        http,
        sha256,
      },
      { slug: 'net', card: '# A net\n', licence: 'MIT', parents: [], replicas: 1, ...over },
    );

  it('registers what the bytes are, and returns when workers hold copies that they verified', async () => {
    const artifact = exactArtifact(41);
    const [a, b] = [await holder(), await holder()];
    const copies: string[] = [];
    const published = await publish([record(a.endpoint), record(b.endpoint)], {
      bytes: artifact.bytes,
      replicas: 2,
      onCopy: (endpoint) => copies.push(endpoint),
    });
    assert.deepEqual(
      [published.replicas, copies],
      [
        [a.endpoint, b.endpoint],
        [a.endpoint, b.endpoint],
      ],
    );
    const version = await market.directory.version(published.versionId);
    assert.deepEqual(
      [version.cid, version.sha256, version.programRoot, version.sizeBytes, version.licence],
      [published.cid, artifact.claim.sha256, artifact.claim.programRoot, artifact.claim.sizeBytes, 'MIT'],
    );
    for (const { store: copy } of [a, b]) {
      assert.ok(Buffer.from(artifact.bytes).equals(await copy.read(published.cid, { maxBytes: 1 << 20 })));
      assert.ok(await copy.has(published.cardCid));
    }
  });

  it('registers the same bytes once, however often they are published', async () => {
    const { bytes } = exactArtifact(42);
    const a = await holder();
    const first = await publish([record(a.endpoint)], { bytes, slug: 'once' });
    const again = await publish([record(a.endpoint)], { bytes, slug: 'once' });
    assert.deepEqual(again, first);
    const other = await publish([record(a.endpoint)], { bytes, slug: 'once', licence: 'Apache-2.0' });
    assert.notEqual(other.versionId, first.versionId);
    assert.equal(other.modelId, first.modelId);
    assert.equal((await market.directory.versions(first.modelId)).length, 2);
  });

  it('passes over workers that are inactive, away, refuse or babble, and says what each did', async () => {
    const { bytes } = exactArtifact(43);
    const good = await holder();
    const refusing = await says((request, response) =>
      request.resume().on('end', () => response.writeHead(403).end('{"error":"not here"}')),
    );
    let sent = 0;
    const babbling = await says((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(500);
        const more = (): void => {
          if (response.destroyed) return;
          sent += 65_536;
          response.write(Buffer.alloc(65_536, 120), () => setImmediate(more));
        };
        more();
      });
    });
    const workers = [
      record('http://127.0.0.1:9', false),
      record('http://127.0.0.1:9'),
      record(refusing),
      record(babbling),
      record(good.endpoint),
    ];
    const published = await publish(workers, { bytes, slug: 'crowd' });
    assert.deepEqual(published.replicas, [good.endpoint]);
    assert.ok(sent < 64 << 20, 'nobody reads on for ever');
    await assert.rejects(publish(workers, { bytes, slug: 'crowd', replicas: 2 }), (error) => {
      assert.ok(error instanceof TooFewReplicas && error.retryable);
      assert.match(error.why, /1 of 2 copies/);
      assert.match(error.why, /HTTP 403: .*not here/);
      assert.match(error.why, /HTTP 500: xxx/);
      return true;
    });
  });

  it('publishes nothing that workers would refuse', async () => {
    const before = (await market.directory.models()).length;
    const { bytes, program } = exactArtifact(44);
    const broken = bytes.slice(0, bytes.length - 10);
    await assert.rejects(publish([], { bytes: broken, slug: 'broken', replicas: 0 }));
    // A graph that claims to be exact and is not the one its program gives.
    const model = modelFromProgram(program);
    const lie = encodeModel({ ...model, graph: { ...model.graph, nodes: model.graph.nodes.slice(0, -1) } });
    await assert.rejects(publish([], { bytes: lie, slug: 'broken', replicas: 0 }));
    assert.equal((await market.directory.models()).length, before);
  });

  it('stops when asked', async () => {
    const silent = await says(() => undefined);
    const abort = new AbortController();
    const publishing = publish([record(silent)], {
      bytes: exactArtifact(45).bytes,
      slug: 'silent',
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new Error('enough')), 300);
    await assert.rejects(publishing, /enough/);
  });

  it('openVersion brings the live version from any worker and proves it', async () => {
    const artifact = exactArtifact(46);
    const a = await holder();
    const published = await publish([record(a.endpoint)], { bytes: artifact.bytes, slug: 'live' });
    const own = await openStore(join(folder, 'consumer'), { privateProviders: true });
    closers.push(() => own.close());
    const parts = { directory: { ...market.directory, workers: async () => [record(a.endpoint)] }, store: own, sha256 };
    await assert.rejects(openVersion(parts, 'live'), (error) => {
      assert.ok(error instanceof ModelNotAvailable);
      assert.match(error.why, /no version of it live/);
      return true;
    });
    await assert.rejects(openVersion(parts, 'nothing'), /the registry knows .*live/);
    await assert.rejects(openVersion(parts, 'lvie'), { fix: /^Did you mean live\?/ });
    await assert.rejects(openVersion(parts, 'once', { versionId: published.versionId }), /it belongs to live/);
    await market.setLive(published.modelId, published.versionId);
    const { version, artifact: got } = await openVersion(parts, 'live');
    assert.equal(version.versionId, published.versionId);
    assert.equal(got.programRoot, artifact.claim.programRoot);
    assert.ok(Buffer.from(got.bytes).equals(artifact.bytes));
  });
});
