import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { StoreBudgetExceeded } from '../../../node/ipfs/errors.ts';
import { seeded } from './seeded.ts';
import {
  blockFiles,
  CAR_HEADERS,
  carOf,
  collect,
  failsWith,
  fileHolding,
  home,
  isSame,
  listen,
  MIB,
  meter,
  node,
  rawBlock,
  serve,
  serveThrough,
  worker,
} from './world.ts';

const maxBytes = 64 * MIB;
const FAST = { windowMs: 300, minBytesPerSecond: 16_384, blockTimeoutMs: 2000 };

describe('fetch from bad providers', () => {
  const cases: readonly [name: string, why: RegExp, handler: Parameters<typeof listen>[0], pace?: object][] = [
    ['a silent one', /did not answer within 300 ms/, () => undefined],
    [
      'one that sends headers and then nothing',
      /sent 0 bytes/,
      (_request, response) => response.writeHead(200, CAR_HEADERS).flushHeaders(),
    ],
    [
      'a slow drip',
      /the minimum is 16384 bytes per second/,
      (_request, response) => {
        response.writeHead(200, CAR_HEADERS);
        const drip = setInterval(() => response.write(Buffer.from([0x39])), 20);
        response.once('close', () => clearInterval(drip));
      },
    ],
    [
      'one that is just fast enough to starve us',
      /a block took longer than 500 ms/,
      (_request, response) => {
        response.writeHead(200, CAR_HEADERS);
        const block = rawBlock(new Uint8Array(MIB));
        response.write(carOf(block.cid, [block]).subarray(0, 200));
        const drip = setInterval(() => response.write(new Uint8Array(1000)), 5);
        response.once('close', () => clearInterval(drip));
      },
      { blockTimeoutMs: 500, minBytesPerSecond: 1000 },
    ],
    [
      'one that redirects',
      /redirects are refused/,
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    [
      'one that has nothing',
      /404 \(it does not have the block\)/,
      (_request, response) => response.writeHead(404).end(),
    ],
    ['one in trouble', /answered 500/, (_request, response) => response.writeHead(500).end()],
    [
      'one that compresses',
      /compressed its answer \(gzip\)/,
      (_request, response) =>
        response.writeHead(200, { ...CAR_HEADERS, 'content-encoding': 'gzip' }).end(gzipSync(new Uint8Array(1e6))),
    ],
    [
      'one that gives garbage for a CAR',
      /its CAR is wrong/,
      (_request, response) => response.writeHead(200, CAR_HEADERS).end(seeded(5000, 'garbage')),
    ],
    [
      'one that gives an empty CAR',
      /its CAR is wrong/,
      (_request, response) => response.writeHead(200, CAR_HEADERS).end(),
    ],
    ['one that hangs up', /no connection/, (_request, response) => response.destroy()],
  ];
  for (const [name, why, handler, pace] of cases) {
    it(`gives up ${name} and takes the next`, async () => {
      const a = await worker(3 * MIB, 'next');
      const bad = await listen(handler);
      const b = await home({ pace: { ...FAST, ...pace } });
      const started = performance.now();
      await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [bad] }), why);
      assert.ok(performance.now() - started < 1500);
      assert.deepEqual(await blockFiles(b.folder), []);
      await b.store.fetch(a.cid, { maxBytes, providers: [bad, await serve(a.store)] });
      await isSame(b, a.cid, a.file);
    });
  }

  it('never keeps or serves a wrong block of a lying gateway, in a CAR or alone', async () => {
    const a = await worker(5 * MIB, 'lies');
    for (const from of [100, 2 * MIB, 5 * MIB - 10]) {
      const liar = await serveThrough(a.store, (_request, response, pass) => {
        let at = 0;
        const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
        response.write = ((chunk: Uint8Array) => {
          const copy = Buffer.from(chunk);
          if (at <= from && from < at + copy.length) copy[from - at]! ^= 1;
          at += copy.length;
          return write(copy);
        }) as never;
        pass();
      });
      const b = await home();
      await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [liar] }), /hash to something else|its CAR is wrong/);
      for (const path of await blockFiles(b.folder)) {
        const bytes = await readFile(path);
        assert.ok(a.file.includes(bytes[0]!));
        assert.equal(await fileHolding(a.folder, bytes).then(Boolean), true);
      }
      const liarOfBlocks = await listen((_request, response) => response.writeHead(200).end('a wrong block'));
      const honest = await serve(a.store);
      await b.store.fetch(a.cid, { maxBytes, providers: [liarOfBlocks, liar, honest] });
      await isSame(b, a.cid, a.file);
    }
  });

  it('notices a CAR that ends cleanly between two blocks', async () => {
    const a = await worker(5 * MIB, 'truncated');
    const whole = await collect(a.store.exportCar(a.cid));
    const provider = await listen((request, response) => {
      if (request.url!.includes('format=raw')) response.writeHead(404).end();
      else response.writeHead(200, CAR_HEADERS).end(whole.subarray(0, whole.length - MIB - 39));
    });
    const b = await home();
    await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [provider] }), /404/);
    assert.equal(await b.store.has(a.cid), false);
    assert.equal((await blockFiles(b.folder)).length, 5);
    await b.store.fetch(a.cid, { maxBytes, providers: [provider, await serve(a.store)] });
    await isSame(b, a.cid, a.file);
  });

  it('reads no more of an endless answer than a block or a budget has', async () => {
    const a = await worker(3 * MIB, 'endless');
    const root = (await a.store.block(a.cid))!;
    const again = carOf(rawBlock(root).cid, []).length;
    let sent = 0;
    const endless = await listen((request, response) => {
      response.writeHead(200, CAR_HEADERS);
      const isCar = request.url!.includes('format=car');
      const rooted = { cid: node([]).cid, bytes: root };
      const section = carOf(rooted.cid, [rooted]).subarray(again);
      const more = (): void => {
        for (let i = 0; i < 100 && !response.destroyed; i++) {
          const chunk = isCar ? section : new Uint8Array(65_536);
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
        if (!response.destroyed) setImmediate(more);
      };
      response.write(carOf(rawBlock(root).cid, []));
      more();
    });
    const b = await home();
    await failsWith(b.store.fetch(a.cid, { maxBytes: MIB, providers: [endless] }), /./);
    assert.ok(sent < 12 * MIB, `${sent} bytes were sent`);
    const single = await worker(1000, 'endless block');
    sent = 0;
    await failsWith(b.store.fetch(single.cid, { maxBytes, providers: [endless] }), /no block has more than/);
    assert.ok(sent < 12 * MIB, `${sent} bytes were sent`);
  });

  it('error: StoreBudgetExceeded stops at the declared size and one block, and keeps nothing', async () => {
    const a = await worker(10 * MIB, 'over budget');
    const provider = await serve(a.store);
    const b = await home();
    const keeps = await b.store.add(a.file.subarray(0, MIB));
    await assert.rejects(b.store.fetch(a.cid, { maxBytes: 3 * MIB, providers: [provider] }), (error: unknown) => {
      assert.ok(error instanceof StoreBudgetExceeded);
      assert.ok((error.meta['actual'] as number) <= 4 * MIB);
      return true;
    });
    assert.deepEqual(await b.store.roots(), [keeps.cid]);
    assert.equal((await blockFiles(b.folder)).length, 1);
    assert.equal((await b.store.read(keeps.cid, { maxBytes })).length, MIB);
  });
});

describe('fetch: who may be asked', () => {
  it('refuses addresses that are not public, whatever their spelling, without a connection', async () => {
    const a = await worker(1000, 'private');
    const { count, watch } = meter();
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    const { port } = new URL(provider);
    const closed = await home({ privateProviders: false });
    const hosts =
      '127.0.0.1 localhost 127.1 0x7f.1 2130706433 0177.0.0.1 127.0.0.1. [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] 0.0.0.0 [::] 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1 255.255.255.255 [fc00::1] [fd12::1] [fe80::1] [ff02::1] [64:ff9b::7f00:1] [2002:7f00:1::] [::ffff:169.254.169.254]'.split(
        ' ',
      );
    for (const host of hosts)
      await failsWith(
        closed.store.fetch(a.cid, { maxBytes, providers: [`http://${host}:${port}`] }),
        /not on the public internet|no connection/,
      );
    assert.equal(count.requests, 0);
  });

  it('refuses URLs that are not plain http bases', async () => {
    const { store } = await home();
    const { cid } = await (await home()).store.add(Buffer.from('urls'));
    const urls = [
      'file:///etc/passwd',
      'ftp://h/',
      'javascript:1',
      'data:,x',
      '',
      '//h',
      'not a url',
      'http://',
      'http://u:p@h/',
      'http://h/?q=1',
      'http://h/#f',
      'unix:/x',
      'gopher://h',
      'http://h:99999',
      'ipfs://x',
    ];
    for (const url of urls) await failsWith(store.fetch(cid, { maxBytes, providers: [url] }), /not an http|user name/);
    await failsWith(store.fetch(cid, { maxBytes, providers: [] }), /no provider was given/);
  });

  it('keeps the path of a base URL', async () => {
    const a = await worker(1000, 'base path');
    const provider = await serveThrough(a.store, (request, _response, pass) => {
      request.url = request.url!.replace('/deep/gateway', '');
      pass();
    });
    for (const base of [`${provider}/deep/gateway`, `${provider}/deep/gateway/`]) {
      const b = await home();
      await b.store.fetch(a.cid, { maxBytes, providers: [base] });
      await isSame(b, a.cid, a.file);
    }
  });
});
