import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { it } from 'node:test';
import {
  StoreBlockMissing,
  StoreBudgetExceeded,
  StoreCarMalformed,
  StoreCidInvalid,
  StoreClosed,
  StoreFetchFailed,
} from '../../node/ipfs/errors.ts';
import type { Cid, Store } from '../../node/ports/Store.ts';
import { seeded } from '../node/ipfs/seeded.ts';
import { carOf, collect, home, MIB, node, rawBlock, serve, serveThrough, stream, textOf } from '../node/ipfs/world.ts';

const budget = { maxBytes: 64 * MIB };

/** What every Store does, whatever keeps its blocks. `open` gives an empty one that may talk to loopback. */
export function storeContract(open: () => Promise<Store>): void {
  // Stores may share a backend: what must be absent at first has a name of its own.
  let made = 0;
  it('add: the CIDs of IPIP-0499, size and SHA-256 of the file', async () => {
    const store = await open();
    // Kubo test/cli/cid_profiles_test.go: same inputs, same CIDs.
    const vectors: readonly [Uint8Array, string][] = [
      [Buffer.from('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
      [seeded(MIB + 1, 'chunk-v1-seed'), 'bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64'],
    ];
    for (const [file, cid] of vectors)
      assert.deepEqual(await store.add(stream(file)), { cid, size: file.length, sha256: `0x${hash('sha256', file)}` });
  });

  it('read: gives back what was added, from nothing to many blocks', async () => {
    const store = await open();
    for (const size of [0, 1, MIB, MIB + 1, 5 * MIB + 3]) {
      const file = seeded(size, `contract ${size}`);
      const { cid } = await store.add(file);
      assert.equal(await store.has(cid), true);
      assert.equal(Buffer.compare(await store.read(cid, budget), file), 0, `${size} bytes`);
    }
  });

  it('add: keeps nothing when the source fails', async () => {
    const store = await open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield seeded(3 * MIB, 'broken');
      throw new Error('source failed');
    }
    await assert.rejects(store.add(broken()), /source failed/);
    assert.deepEqual(await store.roots(), []);
  });

  it('roots: what was added, fetched or imported and not removed; twice is once', async () => {
    const store = await open();
    const one = await store.add(seeded(2 * MIB, 'root one'));
    const two = await store.add(seeded(10, 'root two'));
    await store.add(seeded(10, 'root two'));
    assert.deepEqual(await store.roots(), [one.cid, two.cid].sort());
    await store.remove(one.cid);
    await store.remove(one.cid);
    assert.deepEqual(await store.roots(), [two.cid]);
    assert.equal((await store.read(two.cid, budget)).length, 10);
  });

  it('error: StoreBlockMissing; block and has say so without an error', async () => {
    const store = await open();
    const absent = textOf(rawBlock(Buffer.from('absent from everywhere')));
    await assert.rejects(store.read(absent, budget), StoreBlockMissing);
    await assert.rejects(collect(store.exportCar(absent)), StoreBlockMissing);
    assert.equal(await store.block(absent), undefined);
    assert.equal(await store.has(absent), false);
  });

  it('error: StoreBudgetExceeded before more than the budget is read', async () => {
    const store = await open();
    const { cid } = await store.add(seeded(3 * MIB, 'large'));
    assert.equal((await store.read(cid, { maxBytes: 3 * MIB })).length, 3 * MIB);
    await assert.rejects(store.read(cid, { maxBytes: 3 * MIB - 1 }), StoreBudgetExceeded);
    await assert.rejects(store.read(cid, { ...budget, maxBlocks: 3 }), StoreBudgetExceeded);
    await assert.rejects(store.read(cid, { ...budget, maxDepth: 0 }), StoreBudgetExceeded);
  });

  it('exportCar and importCar carry a file to another store, to the byte', async () => {
    const [a, b] = [await open(), await home()];
    const file = seeded(5 * MIB + 1, 'car');
    const { cid } = await a.add(file);
    const car = await collect(a.exportCar(cid));
    await b.store.importCar(cid, stream(car), budget);
    assert.equal(Buffer.compare(await b.store.read(cid, budget), file), 0);
    const c = await open();
    await c.importCar(cid, b.store.exportCar(cid), budget);
    assert.equal(Buffer.compare(await collect(c.exportCar(cid)), car), 0);
    assert.deepEqual(await c.roots(), [cid]);
  });

  it('error: StoreCarMalformed; nothing becomes a root', async () => {
    const store = await open();
    const leaves = [1, 2].map((value) => rawBlock(Buffer.from([value, 77])));
    const root = node(
      leaves.map(({ cid }) => cid),
      [2n, 2n],
    );
    for (const car of [
      carOf(root.cid, [root, leaves[0]!]),
      carOf(root.cid, [root, { cid: leaves[0]!.cid, bytes: Buffer.from([9, 9]) }, leaves[1]!]),
      carOf(root.cid, [root, ...leaves]).subarray(0, 60),
    ]) {
      await assert.rejects(store.importCar(textOf(root), stream(car), budget), StoreCarMalformed);
      assert.deepEqual(await store.roots(), []);
    }
    await store.importCar(textOf(root), stream(carOf(root.cid, [root, ...leaves])), budget);
    assert.deepEqual([...(await store.read(textOf(root), budget))], [1, 77, 2, 77]);
  });

  it('fetch: brings a DAG from another store, and does nothing the second time', async () => {
    const [a, b] = [await home(), await open()];
    const file = seeded(4 * MIB + 9, `fetched ${made++}`);
    const { cid } = await a.store.add(file);
    const url = await serve(a.store);
    const progress: number[] = [];
    await b.fetch(cid, { ...budget, providers: [url], onProgress: ({ doneBytes }) => progress.push(doneBytes) });
    assert.equal(Buffer.compare(await b.read(cid, budget), file), 0);
    assert.ok(progress.at(-1)! >= file.length);
    assert.deepEqual(await b.roots(), [cid]);
    await b.fetch(cid, { ...budget, providers: [] });
  });

  it('fetch: what a killed transfer brought is not transferred again', async () => {
    const [a, b] = [await home(), await open()];
    const file = seeded(6 * MIB, `resumed ${made++}`);
    const { cid } = await a.store.add(file);
    let bytes = 0;
    const broken = await serveThrough(a.store, (_request, response, pass) => {
      if (bytes > 3 * MIB) {
        response.destroy();
        return;
      }
      const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
      response.write = ((chunk: Uint8Array) => {
        bytes += chunk.length;
        if (bytes > 3 * MIB) response.destroy();
        return write(chunk);
      }) as never;
      pass();
    });
    await assert.rejects(b.fetch(cid, { ...budget, providers: [broken] }), StoreFetchFailed);
    assert.equal(await b.has(cid), false);
    let again = 0;
    const url = await serveThrough(a.store, (request, _response, pass) => {
      again += request.url?.includes(cid) === true ? 0 : 1;
      pass();
    });
    await b.fetch(cid, { ...budget, providers: [url] });
    assert.ok(again > 0 && again < 6, `${again} of 6 leaves were asked for again`);
    assert.equal(Buffer.compare(await b.read(cid, budget), file), 0);
  });

  it('fetch: error StoreFetchFailed from a liar, StoreBudgetExceeded from one who sends too much', async () => {
    const [a, b] = [await home(), await open()];
    const { cid } = await a.store.add(seeded(3 * MIB, `liar ${made++}`));
    const liar = await serveThrough(a.store, (_request, response, pass) => {
      const write = response.write.bind(response) as (chunk: Uint8Array) => boolean;
      response.write = ((chunk: Uint8Array) => {
        const copy = Buffer.from(chunk);
        copy[copy.length - 1]! ^= 1;
        return write(copy);
      }) as never;
      pass();
    });
    await assert.rejects(b.fetch(cid, { ...budget, providers: [liar] }), StoreFetchFailed);
    await assert.rejects(b.fetch(cid, { maxBytes: MIB, providers: [await serve(a.store)] }), StoreBudgetExceeded);
    assert.deepEqual(await b.roots(), []);
  });

  it('error: StoreCidInvalid for anything but the canonical text', async () => {
    const store = await open();
    for (const bad of ['../../etc/passwd', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG', ''] as Cid[]) {
      await assert.rejects(store.has(bad), StoreCidInvalid);
      await assert.rejects(store.read(bad, budget), StoreCidInvalid);
      await assert.rejects(store.remove(bad), StoreCidInvalid);
      await assert.rejects(store.fetch(bad, { ...budget, providers: [] }), StoreCidInvalid);
    }
  });

  it('error: StoreClosed after close', async () => {
    const store = await open();
    await store.close();
    await assert.rejects(store.roots(), StoreClosed);
    await assert.rejects(store.add(new Uint8Array(1)), StoreClosed);
  });
}
