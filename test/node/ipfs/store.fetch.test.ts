import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { StoreBlockCorrupt, StoreBudgetExceeded, StoreClosed } from '../../../node/ipfs/errors.ts';
import type { FetchOptions, Progress } from '../../../node/ports/Store.ts';
import {
  blockFiles,
  CAR_HEADERS,
  carOf,
  collect,
  failsWith,
  fileHolding,
  filesIn,
  type Home,
  home,
  isSame,
  limitBody,
  listen,
  type Made,
  MIB,
  meter,
  node,
  rawBlock,
  serve,
  serveThrough,
  stream,
  textOf,
  worker,
} from './world.ts';

const maxBytes = 64 * MIB;

describe('fetch from honest workers', () => {
  it('brings a file from worker to worker to worker, and a second time nothing', async () => {
    const a = await worker(10 * MIB + 3, 'chain of workers');
    const { count, watch } = meter();
    const atA = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    const [b, c] = [await home(), await home()];
    await b.store.fetch(a.cid, { maxBytes, providers: [atA] });
    await isSame(b, a.cid, a.file);
    assert.deepEqual(await b.store.roots(), [a.cid]);
    assert.deepEqual(count.paths, [`/ipfs/${a.cid}?format=car&dag-scope=all`]);
    await c.store.fetch(a.cid, { maxBytes, providers: [await serve(b.store)] });
    await isSame(c, a.cid, a.file);
    await b.store.fetch(a.cid, { maxBytes, providers: [atA] });
    assert.equal(count.requests, 1);
  });

  it('brings a file of one raw block', async () => {
    const a = await worker(1000, 'one block');
    const b = await home();
    await b.store.fetch(a.cid, { maxBytes, providers: [await serve(a.store)] });
    await isSame(b, a.cid, a.file);
  });

  it('brings a file of repeated blocks once', async () => {
    const a = await home();
    const file = new Uint8Array(30 * MIB);
    const { cid } = await a.store.add(file);
    const { count, watch } = meter();
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    const b = await home();
    await b.store.fetch(cid, { maxBytes: 2 * MIB, providers: [provider] });
    await isSame(b, cid, file);
    assert.ok(count.bytes < 2 * MIB);
  });

  it('shares one transfer among all who ask at the same time', async () => {
    const a = await worker(6 * MIB, 'shared transfer');
    const { count, watch } = meter();
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    const b = await home();
    const seen = [0, 0, 0, 0, 0];
    await Promise.all(
      seen.map((_, i) =>
        b.store.fetch(a.cid, { maxBytes, providers: [provider], onProgress: ({ doneBytes }) => (seen[i] = doneBytes) }),
      ),
    );
    assert.equal(count.requests, 1);
    for (const done of seen) assert.ok(done >= 6 * MIB);
    await isSame(b, a.cid, a.file);
  });

  it('does not let one budget pass for another when a transfer is shared', async () => {
    const a = await worker(6 * MIB, 'shared budgets');
    const provider = await serve(a.store);
    const b = await home();
    const [large, small] = await Promise.allSettled([
      b.store.fetch(a.cid, { maxBytes, providers: [provider] }),
      b.store.fetch(a.cid, { maxBytes: 2 * MIB, providers: [provider] }),
    ]);
    assert.equal(large.status, 'fulfilled');
    assert.ok(small.status === 'rejected' && small.reason instanceof StoreBudgetExceeded);
    await isSame(b, a.cid, a.file);
  });

  it('reports progress that only grows, up to the declared total', async () => {
    const a = await worker(5 * MIB, 'progress');
    const provider = await serve(a.store);
    const b = await home();
    const steps: Progress[] = [];
    await b.store.fetch(a.cid, { maxBytes, providers: [provider], onProgress: (step) => steps.push(step) });
    const done = steps.map(({ doneBytes }) => doneBytes);
    assert.deepEqual(
      done,
      [...done].sort((x, y) => x - y),
    );
    assert.equal(steps[0]!.totalBytes, undefined);
    assert.equal(steps.at(-1)!.doneBytes, steps.at(-1)!.totalBytes);
    assert.ok(steps.some(({ from }) => from === provider));
    assert.ok(steps.length >= 6);
  });

  it('asks a gateway without CARs block by block', async () => {
    const a = await worker(5 * MIB, 'raw only');
    for (const [status, type] of [
      [406, 'application/json'],
      [200, 'text/html'],
    ] as const) {
      const provider = await serveThrough(a.store, (request, response, pass) => {
        if (!request.url!.includes('format=car')) return pass();
        response.writeHead(status, { 'content-type': type }).end('no');
      });
      const b = await home();
      await b.store.fetch(a.cid, { maxBytes, providers: [provider] });
      await isSame(b, a.cid, a.file);
    }
  });

  it('copes with CARs in another order and with repeated blocks', async () => {
    const leaves = [1, 2, 3].map((value) => rawBlock(Buffer.from([value])));
    const children = leaves.map(({ cid }) => cid);
    const root = node([...children, children[0]!], [1n, 1n, 1n, 1n]);
    const origin = await home();
    await origin.store.importCar(textOf(root), stream(carOf(root.cid, [root, ...leaves])), { maxBytes });
    const orders: Made[][] = [
      [root, ...leaves.toReversed()],
      [...leaves, root],
      [root, root, leaves[0]!, leaves[0]!, ...leaves.slice(1), leaves[0]!],
    ];
    for (const order of orders) {
      const provider = await serveThrough(origin.store, (request, response, pass) => {
        if (!request.url!.includes('format=car')) return pass();
        response.writeHead(200, CAR_HEADERS).end(carOf(root.cid, order));
      });
      const b = await home();
      await b.store.fetch(textOf(root), { maxBytes, providers: [provider] });
      assert.deepEqual([...(await b.store.read(textOf(root), { maxBytes }))], [1, 2, 3, 1]);
    }
  });
});

/** A gateway that breaks its first answer after so many bytes and gives no other. */
async function serveOnce(at: Home, bytes: number): Promise<string> {
  let isFirst = true;
  return serveThrough(at.store, (_request, response, pass) => {
    if (!isFirst) {
      response.destroy();
      return;
    }
    isFirst = false;
    limitBody(response, bytes, () => response.destroy());
    pass();
  });
}

describe('fetch resumes', () => {
  it('after a cut: the second fetch transfers only the rest', async () => {
    const a = await worker(12 * MIB, 'cut');
    const b = await home();
    const broken = await serveOnce(a, 5 * MIB);
    const failure = await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [broken] }), /connection/);
    const kept = failure.meta['keptBytes'] as number;
    assert.ok(kept >= 3 * MIB && kept <= 5 * MIB, `${kept} bytes kept`);
    assert.deepEqual(await b.store.roots(), []);
    assert.equal(await b.store.has(a.cid), false);

    const { count, watch } = meter();
    const sound = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    await b.store.fetch(a.cid, { maxBytes, providers: [sound] });
    await isSame(b, a.cid, a.file);
    const whole = (await collect(a.store.exportCar(a.cid))).length;
    assert.ok(count.bytes <= whole - kept, `${count.bytes} bytes transferred, ${kept} of ${whole} were there`);
  });

  it('by itself when the only provider keeps cutting', async () => {
    const a = await worker(8 * MIB, 'keeps cutting');
    const { count, watch } = meter();
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      limitBody(response, 2.5 * MIB, () => response.destroy());
      pass();
    });
    const b = await home();
    await b.store.fetch(a.cid, { maxBytes, providers: [provider] });
    await isSame(b, a.cid, a.file);
    assert.ok(count.bytes <= 12 * MIB, `${count.bytes} bytes transferred`);
  });

  it('within a budget of exactly its size, and not within one of a byte less', async () => {
    const a = await worker(12 * MIB, 'exact');
    const size = 12 * MIB + (await a.store.block(a.cid))!.length;
    for (const spare of [0, -1]) {
      const b = await home();
      await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [await serveOnce(a, 3 * MIB)] }), /./);
      const { count, watch } = meter();
      const sound = await serveThrough(a.store, (request, response, pass) => {
        watch(request.url!, response);
        pass();
      });
      const again = b.store.fetch(a.cid, { maxBytes: size + spare, providers: [sound] });
      if (spare === 0) {
        await again;
        await isSame(b, a.cid, a.file);
      } else {
        await assert.rejects(again, StoreBudgetExceeded);
        assert.deepEqual(await blockFiles(b.folder), []);
      }
      assert.ok(count.bytes <= 11 * MIB);
    }
  });

  it('after SIGKILL of the fetching process', async () => {
    const a = await worker(12 * MIB, 'killed');
    const { count, watch } = meter();
    let slow = true;
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      if (slow) limitBody(response, 6 * MIB, () => undefined);
      pass();
    });
    const b = await home();
    await b.store.close();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'fetchChild.ts'), b.folder, a.cid, provider], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('exit', (_code, signal) => resolve(signal)),
    );
    for await (const line of child.stdout) if (Number(String(line).trim().split('\n').at(-1)) >= 4 * MIB) break;
    child.kill('SIGKILL');
    assert.equal(await exited, 'SIGKILL');
    slow = false;

    const kept = (await blockFiles(b.folder)).length;
    assert.ok(kept >= 4, `${kept} blocks on disk`);
    const again = await home({}, b.folder);
    assert.deepEqual(await again.store.roots(), []);
    count.bytes = 0;
    await again.store.fetch(a.cid, { maxBytes, providers: [provider] });
    await isSame(again, a.cid, a.file);
    assert.ok(count.bytes <= (12 - kept + 1) * MIB, `${count.bytes} bytes transferred`);
    assert.deepEqual(await filesIn(join(b.folder, 'tmp')), []);
  });

  it('at one corrupt block: it is never served, quarantined, and alone fetched again', async () => {
    const a = await worker(6 * MIB, 'repair');
    const { count, watch } = meter();
    const provider = await serveThrough(a.store, (request, response, pass) => {
      watch(request.url!, response);
      pass();
    });
    const b = await home();
    await b.store.fetch(a.cid, { maxBytes, providers: [provider] });
    for (const victim of [a.file.subarray(0, MIB), (await b.store.block(a.cid))!]) {
      const path = await fileHolding(b.folder, victim);
      const bytes = await readFile(path);
      bytes[100]! ^= 1;
      await writeFile(path, bytes);
      await assert.rejects(b.store.read(a.cid, { maxBytes }), StoreBlockCorrupt);
      count.bytes = 0;
      await b.store.fetch(a.cid, { maxBytes, providers: [provider] });
      assert.equal(count.bytes, victim.length);
      await isSame(b, a.cid, a.file);
    }
  });

  it('keeps a begun fetch when other roots are removed, and drops it when it is removed itself', async () => {
    const a = await worker(6 * MIB, 'begun');
    const broken = await serveOnce(a, 3 * MIB);
    const b = await home();
    const other = await b.store.add(a.file.subarray(0, 2 * MIB));
    await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [broken] }), /./);
    const before = (await blockFiles(b.folder)).length;
    await b.store.remove(other.cid);
    assert.equal((await blockFiles(b.folder)).length, before - 1);
    await b.store.remove(a.cid);
    assert.deepEqual(await blockFiles(b.folder), []);
  });
});

describe('fetch ends when it is told to', () => {
  const silent = (): Promise<string> => listen(() => undefined);

  it('by the signal, with its reason, and can be asked again', async () => {
    const a = await worker(3 * MIB, 'signal');
    const b = await home();
    const stop = new AbortController();
    const fetching = b.store.fetch(a.cid, { maxBytes, providers: [await silent()], signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(fetching, /enough/);
    await assert.rejects(b.store.fetch(a.cid, { maxBytes, providers: [], signal: stop.signal }), /enough/);
    await b.store.fetch(a.cid, { maxBytes, providers: [await serve(a.store)] });
    await isSame(b, a.cid, a.file);
  });

  it('for one who joined, without ending the transfer', async () => {
    const a = await worker(3 * MIB, 'joined');
    const b = await home();
    const stop = new AbortController();
    let release: (() => void) | undefined;
    const provider = await serveThrough(a.store, (_request, _response, pass) => {
      release = pass;
      stop.abort(new Error('joiner left'));
    });
    const options: FetchOptions = { maxBytes, providers: [provider] };
    const first = b.store.fetch(a.cid, options);
    await assert.rejects(b.store.fetch(a.cid, { ...options, signal: stop.signal }), /joiner left/);
    release!();
    await first;
    await isSame(b, a.cid, a.file);
  });

  it('by close and by remove', async () => {
    const a = await worker(1000, 'close');
    const b = await home();
    const provider = await silent();
    const first = b.store.fetch(a.cid, { maxBytes, providers: [provider] });
    const [outcome] = await Promise.allSettled([first, b.store.remove(a.cid)]);
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreClosed);
    const second = b.store.fetch(a.cid, { maxBytes, providers: [provider] });
    const [closed] = await Promise.allSettled([second, b.store.close()]);
    assert.ok(closed.status === 'rejected' && closed.reason instanceof StoreClosed);
  });

  it('by its own total limit', async () => {
    const a = await worker(1000, 'late');
    const b = await home({ fetchTimeoutMs: 200 });
    await failsWith(b.store.fetch(a.cid, { maxBytes, providers: [await silent()] }), /did not end within 200 ms/);
  });
});
