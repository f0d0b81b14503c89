import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { CarReader } from '@ipld/car/reader';
import { Hono } from 'hono';
import { CID } from 'multiformats/cid';
import { type IpfsRouteOptions, ipfsRoutes } from '../../../node/gateway/routes/ipfs.ts';
import { ContentAbsent, FormatNotOffered, UploadRefused } from '../../../node/gateway/trustless/errors.ts';
import { StoreBlockMissing } from '../../../node/ipfs/errors.ts';
import type { Log } from '../../../node/ports/Log.ts';
import type { Cid } from '../../../node/ports/Store.ts';
import { seeded } from '../ipfs/seeded.ts';
import {
  carOf,
  collect,
  dice,
  fileHolding,
  filesIn,
  home,
  isSame,
  listen,
  MIB,
  node,
  rawBlock,
  stream,
  textOf,
  type Worker,
  worker,
} from '../ipfs/world.ts';

const CAR = 'application/vnd.ipld.car';
const RAW = 'application/vnd.ipld.raw';
const CAR_TYPE = `${CAR}; version=1; order=dfs; dups=n`;

async function gateway(at: Worker, options: Partial<IpfsRouteOptions> = {}) {
  const app = ipfsRoutes({ store: at.store, ...options });
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => app.request(path, init);
  return { app, ask, path: `/ipfs/${at.cid}` };
}

async function problem(response: Response, status: number, code: string): Promise<string> {
  assert.equal(response.status, status);
  const body = (await response.json()) as { error: string; code: string };
  assert.equal(body.code, code);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  return body.error;
}

const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());

describe('GET and HEAD /ipfs/:cid', () => {
  it('format=raw gives the block with the headers of the specification', async () => {
    const at = await worker(1000, 'raw');
    const { ask, path } = await gateway(at);
    const response = await ask(`${path}?format=raw`);
    assert.equal(response.status, 200);
    assert.deepEqual(await bytesOf(response), new Uint8Array(at.file));
    const expected = {
      'content-type': RAW,
      'content-length': '1000',
      'content-disposition': `attachment; filename="${at.cid}.bin"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=29030400, immutable',
      etag: `"${at.cid}.raw"`,
      'x-ipfs-path': path,
      'x-ipfs-roots': at.cid,
      'access-control-allow-origin': '*',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(response.headers.get(name), value, name);
    assert.equal(response.headers.get('content-location'), null);
  });

  it('format=car gives what the stock reader reads', async () => {
    const at = await worker(3 * MIB + 1, 'car');
    const { ask, path } = await gateway(at);
    const response = await ask(`${path}?format=car`);
    assert.equal(response.headers.get('content-type'), CAR_TYPE);
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="${at.cid}.car"`);
    const reader = await CarReader.fromBytes(await bytesOf(response));
    assert.deepEqual((await reader.getRoots()).map(String), [at.cid]);
    const sizes: number[] = [];
    for await (const { bytes } of reader.blocks()) sizes.push(bytes.length);
    assert.deepEqual(sizes.slice(1), [MIB, MIB, MIB, 1]);
  });

  it('dag-scope chooses the blocks and the ETag', async () => {
    const at = await home();
    const leaf = rawBlock(Buffer.from('leaf'));
    const root = node([leaf.cid], [4n]);
    await at.store.importCar(textOf(root), stream(carOf(root.cid, [root, leaf])), { maxBytes: MIB });
    const app = ipfsRoutes({ store: at.store });
    const tags = new Set<string>();
    for (const [scope, blocks] of [
      ['block', [root]],
      ['entity', [root, leaf]],
      ['all', [root, leaf]],
    ] as const) {
      const response = await app.request(`/ipfs/${root.cid}?format=car&dag-scope=${scope}`);
      assert.deepEqual(await bytesOf(response), new Uint8Array(carOf(root.cid, blocks)));
      tags.add(response.headers.get('etag')!);
    }
    assert.equal(tags.size, 3);
  });

  it('HEAD gives the headers of GET without a body', async () => {
    const at = await worker(2 * MIB, 'head');
    const { ask, path } = await gateway(at);
    for (const format of ['raw', 'car']) {
      const head = await ask(`${path}?format=${format}`, { method: 'HEAD' });
      const get = await ask(`${path}?format=${format}`);
      assert.equal(head.status, 200);
      assert.equal((await bytesOf(head)).length, 0);
      for (const name of ['etag', 'content-type', 'content-disposition', 'content-length'])
        assert.equal(head.headers.get(name), get.headers.get(name), `${format} ${name}`);
      await get.body?.cancel();
    }
    const absent = textOf(rawBlock(Buffer.from('absent')));
    assert.equal((await ask(`/ipfs/${absent}?format=raw`, { method: 'HEAD' })).status, 404);
  });

  it('negotiates by Accept; format beats it', async () => {
    const at = await worker(1000, 'accept');
    const { ask, path } = await gateway(at);
    const typeOf = async (accept: string, query = ''): Promise<string> => {
      const response = await ask(`${path}${query}`, { headers: { accept } });
      await response.body?.cancel();
      return response.status === 200 ? response.headers.get('content-type')! : String(response.status);
    };
    assert.equal(await typeOf(RAW), RAW);
    assert.equal(await typeOf(CAR), CAR_TYPE);
    assert.equal(await typeOf(`${CAR}; version=1; order=dfs; dups=n`), CAR_TYPE);
    assert.equal(await typeOf(`${CAR};order=unk`), CAR_TYPE);
    assert.equal(await typeOf(`text/html, ${RAW};q=0.5, ${CAR};q=0.9`), CAR_TYPE);
    assert.equal(await typeOf(`${CAR};dups=y, ${RAW};q=0.1`), RAW);
    assert.equal(await typeOf(`${RAW};q=0, ${CAR}`), CAR_TYPE);
    assert.equal(await typeOf(CAR, '?format=raw'), RAW);
    assert.equal(await typeOf(RAW, '?format=car'), CAR_TYPE);
    assert.equal(await typeOf(`${CAR};dups=y`, '?car-dups=n'), CAR_TYPE);
    assert.equal(await typeOf(`${CAR};dups=y`, '?format=car'), '406');
    assert.equal(await typeOf(`${CAR};version=2`), '406');
    assert.equal(await typeOf(`${CAR};order=bfs`), '406');
    assert.equal(await typeOf('text/html'), '406');
    assert.equal(await typeOf('*/*'), '400');
    assert.equal(await typeOf(''), '400');
    assert.equal(await typeOf(RAW, '?format=ipns-record'), '400');
    assert.equal(await typeOf(CAR, '?dag-scope=most'), '400');
    assert.equal(await typeOf(CAR, '?entity-bytes=0:10'), '400');
    assert.equal(await typeOf(CAR, '?car-version=2'), '406');
    const located = await ask(path, { headers: { accept: RAW } });
    assert.equal(located.headers.get('content-location'), `${path}?format=raw`);
    assert.equal(located.headers.get('vary'), 'accept');
    await problem(await ask(path, { headers: { accept: 'text/html' } }), 406, new FormatNotOffered('').code);
  });

  it('304 when the client has it, 404 when we do not, 412 for only-if-cached', async () => {
    const at = await worker(1000, 'cached');
    const { ask, path } = await gateway(at);
    const etag = `"${at.cid}.raw"`;
    for (const given of [etag, `W/${etag}`, '*', `"other", ${etag}`]) {
      const response = await ask(`${path}?format=raw`, { headers: { 'if-none-match': given } });
      assert.equal(response.status, 304);
      assert.equal(response.headers.get('etag'), etag);
      assert.equal((await bytesOf(response)).length, 0);
    }
    assert.equal((await ask(`${path}?format=car`, { headers: { 'if-none-match': etag } })).status, 200);
    const absent = textOf(rawBlock(Buffer.from('absent')));
    const code = new ContentAbsent('').code;
    for (const format of ['raw', 'car']) {
      await problem(await ask(`/ipfs/${absent}?format=${format}`), 404, code);
      await problem(await ask(`/ipfs/${absent}?format=${format}`, { headers: { 'if-none-match': '*' } }), 404, code);
      const onlyCached = { headers: { 'cache-control': 'no-transform, only-if-cached' } };
      await problem(await ask(`/ipfs/${absent}?format=${format}`, onlyCached), 412, code);
      assert.equal((await ask(`${path}?format=${format}`, onlyCached)).status, 200);
    }
  });

  it('answers the probe for trustless gateways', async () => {
    const { ask } = await gateway(await worker(1, 'probe'));
    const raw = await ask('/ipfs/bafkqaaa?format=raw');
    assert.equal(raw.status, 200);
    assert.equal((await bytesOf(raw)).length, 0);
    const car = await CarReader.fromBytes(await bytesOf(await ask('/ipfs/bafkqaaa?format=car')));
    assert.deepEqual((await car.getRoots()).map(String), ['bafkqaaa']);
    assert.equal((await ask('/ipfs/bafkqaaa?format=raw', { method: 'HEAD' })).status, 200);
  });

  it('400 for paths and other names, 405 for other methods', async () => {
    const { ask, path } = await gateway(await worker(1000, 'paths'));
    for (const bad of [
      `${path}/`,
      `${path}/a/b`,
      `${path}/../x`,
      '/ipfs/',
      '/ipfs/a%2Fb',
      '/ipfs/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    ])
      assert.equal((await ask(`${bad}?format=raw`)).status, 400, bad);
    await problem(await ask(path, { method: 'DELETE' }), 405, 'METHOD_REFUSED');
    assert.equal((await ask(path, { method: 'DELETE' })).headers.get('allow'), 'GET, HEAD, PUT, POST');
  });

  it('answers 5,000 fuzzed names with 400 or 404 and touches no file (seed 13)', async () => {
    const at = await worker(1000, 'fuzz');
    const { ask } = await gateway(at);
    const before = await filesIn(at.folder);
    const roll = dice(13);
    const parts = [
      '..',
      '/',
      '\\',
      '%2e',
      '%2f',
      '%00',
      '%',
      '%zz',
      '~',
      'etc',
      'passwd',
      'bafkrei',
      at.cid,
      '\u202e',
      '%e2%80%ae',
      'Qm',
      ' ',
      '+',
      '__proto__',
      'a'.repeat(300),
      ':',
      ';',
    ];
    for (let i = 0; i < 5000; i++) {
      const name = Array.from({ length: 1 + roll(6) }, () => parts[roll(parts.length)]!).join('');
      if (name === at.cid || name.includes('?') || name.includes('#')) continue;
      const response = await ask(`/ipfs/${name}?format=${roll(2) === 0 ? 'raw' : 'car'}`);
      assert.ok(
        response.status === 400 || response.status === 404 || response.status === 200,
        `${name}: ${response.status}`,
      );
      if (response.status === 200)
        assert.ok(new URL(`http://h/ipfs/${name}`).pathname.endsWith(`/ipfs/${at.cid}`), name);
      await response.body?.cancel();
    }
    assert.deepEqual(await filesIn(at.folder), before);
  });

  it('never gives a tampered block: 404, and a CAR that breaks off', async () => {
    const at = await worker(3 * MIB, 'tampered');
    const warnings: string[] = [];
    const log = { warn: (event: string) => warnings.push(event) } as unknown as Log;
    const url = await listen(getRequestListener(ipfsRoutes({ store: at.store, log }).fetch) as never);
    const leaf = at.file.subarray(MIB, 2 * MIB);
    await writeFile(await fileHolding(at.folder, leaf), Buffer.from(leaf).fill(0, 0, 1));
    await assert.rejects(async () => bytesOf(await fetch(`${url}/ipfs/${at.cid}?format=car`)));
    assert.deepEqual(warnings, ['a CAR breaks off']);
    const inMemory = await ipfsRoutes({ store: at.store }).request(`/ipfs/${at.cid}?format=car`);
    await assert.rejects(bytesOf(inMemory), StoreBlockMissing);
    const cid = textOf(rawBlock(leaf));
    assert.equal((await fetch(`${url}/ipfs/${cid}?format=raw`)).status, 404);
    const root = (await at.store.block(at.cid))!;
    await writeFile(await fileHolding(at.folder, root), 'tampered');
    assert.equal((await fetch(`${url}/ipfs/${at.cid}?format=raw`)).status, 404);
    assert.equal((await fetch(`${url}/ipfs/${at.cid}?format=raw`)).status, 404);
  });

  it('refuses more streams than allowed, and forgets those whose client left', async () => {
    const at = await worker(40 * MIB, 'streams');
    const url = await listen(getRequestListener(ipfsRoutes({ store: at.store, maxStreams: 2 }).fetch) as never);
    const { hostname, port } = new URL(url);
    const slow = [0, 1].map(() => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(`GET /ipfs/${at.cid}?format=car HTTP/1.1\r\nhost: h\r\n\r\n`);
      return new Promise<typeof socket>((resolve) => {
        socket.once('data', () => {
          socket.pause();
          resolve(socket);
        });
      });
    });
    const open = await Promise.all(slow);
    const third = await fetch(`${url}/ipfs/${at.cid}?format=car`);
    assert.equal(third.headers.get('retry-after'), '1');
    await problem(third, 503, 'SERVICE_OVERLOADED');
    for (const socket of open) socket.destroy();
    for (;;) {
      const again = await fetch(`${url}/ipfs/${at.cid}?format=car`);
      if (again.status === 200) {
        assert.equal((await bytesOf(again)).length, (await collect(at.store.exportCar(at.cid))).length);
        break;
      }
      await again.body?.cancel();
    }
  });

  it('lets bugs through to the handler of the whole gateway', async () => {
    const at = await worker(10, 'bug');
    const broken = { ...at.store, block: async () => assert.fail('a bug') } as unknown as typeof at.store;
    const app = new Hono();
    app.onError((error, c) => c.text(error.message, 500));
    app.route('/', ipfsRoutes({ store: broken }));
    const response = await app.request(`/ipfs/${at.cid}?format=raw`);
    assert.equal(response.status, 500);
    assert.equal(await response.text(), 'a bug');
  });
});

describe('PUT and POST /ipfs/:cid', () => {
  const allow = (maxBytes: number) => async (): Promise<{ maxBytes: number }> => ({ maxBytes });
  const upload = (body: Uint8Array, headers: Record<string, string> = { 'content-type': CAR }): RequestInit => ({
    method: 'PUT',
    headers,
    body: body as Uint8Array<ArrayBuffer>,
  });

  it('takes the CAR of an allowed CID over a real socket, once', async () => {
    const [from, to] = [await worker(5 * MIB, 'upload'), await worker(1, 'receiver')];
    const asked: Cid[] = [];
    const app = ipfsRoutes({
      store: to.store,
      mayUpload: async (cid) => {
        asked.push(cid);
        return { maxBytes: 6 * MIB };
      },
    });
    const url = await listen(getRequestListener(app.fetch) as never);
    const send = (): Promise<Response> =>
      fetch(`${url}/ipfs/${from.cid}`, {
        method: 'POST',
        headers: { 'content-type': CAR },
        body: ReadableStream.from(from.store.exportCar(from.cid)) as ReadableStream<Uint8Array<ArrayBuffer>>,
        duplex: 'half',
      } as RequestInit);
    const first = await send();
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('location'), `/ipfs/${from.cid}?format=car`);
    assert.deepEqual(await first.json(), { cid: from.cid });
    await isSame(to, from.cid, from.file);
    const small = await worker(10, 'small upload');
    const again = await app.request(`/ipfs/${from.cid}`, upload(new Uint8Array(0)));
    assert.equal(again.status, 200);
    assert.deepEqual(asked, [from.cid]);
    assert.equal(
      (await app.request(`/ipfs/${small.cid}`, upload(await collect(small.store.exportCar(small.cid))))).status,
      201,
    );
  });

  it('refuses what is not allowed, malformed, too large, compressed or of another type; nothing is kept', async () => {
    const from = await worker(3 * MIB, 'refused upload');
    const car = await collect(from.store.exportCar(from.cid));
    const to = await home();
    const app = (mayUpload?: IpfsRouteOptions['mayUpload'], maxStreams = 32) =>
      ipfsRoutes({ store: to.store, maxStreams, ...(mayUpload === undefined ? {} : { mayUpload }) });
    const path = `/ipfs/${from.cid}`;
    const refusedCode = new UploadRefused('').code;
    await problem(await app().request(path, upload(car)), 403, refusedCode);
    await problem(await app(async () => undefined).request(path, upload(car)), 403, refusedCode);
    await problem(await app(allow(MIB)).request(path, upload(car)), 413, 'STORE_BUDGET_EXCEEDED');
    const declared = { 'content-type': CAR, 'content-length': String(car.length) };
    await problem(await app(allow(MIB)).request(path, upload(car, declared)), 413, 'BODY_TOO_LARGE');
    await problem(
      await app(allow(4 * MIB)).request(path, upload(car.subarray(0, 2 * MIB))),
      400,
      'STORE_CAR_MALFORMED',
    );
    await problem(await app(allow(4 * MIB)).request(path, upload(seeded(500, 'noise'))), 400, 'STORE_CAR_MALFORMED');
    await problem(await app(allow(4 * MIB)).request(path, upload(car, {})), 406, 'FORMAT_NOT_OFFERED');
    const gzip = { 'content-type': CAR, 'content-encoding': 'gzip' };
    await problem(await app(allow(4 * MIB)).request(path, upload(car, gzip)), 415, 'CONTENT_ENCODING_REFUSED');
    await problem(
      await app(allow(4 * MIB)).request(path, { method: 'PUT', headers: { 'content-type': CAR } }),
      400,
      'REQUEST_MALFORMED',
    );
    await problem(await app(allow(4 * MIB)).request('/ipfs/nonsense', upload(car)), 400, 'STORE_CID_INVALID');
    await problem(await app(allow(4 * MIB), 0).request(path, upload(car)), 503, 'SERVICE_OVERLOADED');
    const weird = node([CID.parse('bafkqaaa')], [0n]);
    await problem(
      await app(allow(4 * MIB)).request(`/ipfs/${weird.cid}`, upload(carOf(weird.cid, [weird]))),
      400,
      'STORE_DAG_REFUSED',
    );
    assert.deepEqual(await filesIn(to.folder), []);
    assert.deepEqual(await to.store.roots(), []);
  });

  it('keeps nothing of an upload whose client leaves', async () => {
    const from = await worker(5 * MIB, 'left');
    const car = await collect(from.store.exportCar(from.cid));
    const to = await home();
    const ended = Promise.withResolvers<void>();
    const store = {
      has: (cid: Cid) => to.store.has(cid),
      importCar: (...given: Parameters<typeof to.store.importCar>) =>
        to.store.importCar(...given).finally(ended.resolve),
    } as unknown as typeof to.store;
    const url = await listen(getRequestListener(ipfsRoutes({ store, mayUpload: allow(6 * MIB) }).fetch) as never);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `PUT /ipfs/${from.cid} HTTP/1.1\r\nhost: h\r\ncontent-type: ${CAR}\r\ncontent-length: ${car.length}\r\n\r\n`,
    );
    socket.write(car.subarray(0, 3 * MIB), () => socket.destroy());
    await ended.promise;
    assert.deepEqual(await to.store.roots(), []);
    assert.deepEqual(await filesIn(to.folder), []);
  });
});
