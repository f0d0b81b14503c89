import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FsBlockstore } from 'blockstore-fs';
import { UnixFS } from 'ipfs-unixfs';
import { exporter } from 'ipfs-unixfs-exporter';
import { CID } from 'multiformats/cid';
import {
  StoreBlockCorrupt,
  StoreBlockMissing,
  StoreBudgetExceeded,
  StoreCarMalformed,
  StoreCidInvalid,
  StoreClosed,
} from '../../../node/ipfs/errors.ts';
import { openStore } from '../../../node/ipfs/store.ts';
import type { Cid } from '../../../node/ports/Store.ts';
import { seeded } from './seeded.ts';
import {
  blockFiles,
  carOf,
  collect,
  dice,
  fileHolding,
  filesIn,
  folder,
  home,
  node,
  pbBlock,
  rawBlock,
  stream,
  textOf,
} from './world.ts';

const MIB = 1024 * 1024;
const budget = { maxBytes: 64 * MIB };

describe('add', () => {
  // Kubo test/cli/cid_profiles_test.go and js-ipfs-unixfs ip-499-profiles.spec.ts: same inputs, same CIDs.
  const VECTORS: readonly [name: string, file: Uint8Array, cid: string][] = [
    ['hello world', Buffer.from('hello world'), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'],
    ['1 MiB', seeded(MIB, 'chunk-v1-seed'), 'bafkreiacndfy443ter6qr2tmbbdhadvxxheowwf75s6zehscklu6ezxmta'],
    ['1 MiB + 1', seeded(MIB + 1, 'chunk-v1-seed'), 'bafybeigmix7t42i6jacydtquhet7srwvgpizfg7gjbq7627d35mjomtu64'],
  ];
  for (const [name, file, cid] of VECTORS) {
    it(`gives the CID that Kubo gives (IPIP-0499): ${name}`, async () => {
      const { store } = await home();
      const added = await store.add(file);
      assert.equal(added.cid, cid);
      assert.equal(added.size, file.length);
      assert.equal(added.sha256, `0x${hash('sha256', file)}`);
    });
  }

  it('names a file of at most 1 MiB by its SHA-256 as a raw block', async () => {
    const { store } = await home();
    for (const size of [0, 1, 1000, MIB]) {
      const file = seeded(size, `raw ${size}`);
      const { cid, sha256 } = await store.add(file);
      const parsed = CID.parse(cid);
      assert.equal(parsed.code, 0x55);
      assert.equal(`0x${Buffer.from(parsed.multihash.digest).toString('hex')}`, sha256);
    }
  });

  it('does not depend on how a stream is cut', async () => {
    const { store } = await home();
    const file = seeded(3 * MIB + 77, 'pieces');
    const { cid } = await store.add(file);
    const roll = dice(1);
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < file.length; ) {
      const size = roll(200_000);
      pieces.push(file.subarray(at, at + size));
      at += size;
    }
    assert.deepEqual(await store.add(stream(...pieces)), {
      cid,
      size: file.length,
      sha256: `0x${hash('sha256', file)}`,
    });
  });

  it('stores a repeated block once and gives the file back', async () => {
    const { store, folder: at } = await home();
    const file = new Uint8Array(20 * MIB);
    const { cid } = await store.add(file);
    assert.equal((await blockFiles(at)).length, 2);
    assert.equal(Buffer.compare(await store.read(cid, budget), file), 0);
  });

  it('keeps nothing when the source fails', async () => {
    const { store, folder: at } = await home();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield seeded(3 * MIB, 'broken');
      throw new Error('source failed');
    }
    await assert.rejects(store.add(broken()), /source failed/);
    assert.deepEqual(await filesIn(at), []);
    assert.deepEqual(await store.roots(), []);
  });

  it('repairs a corrupt block of the same file', async () => {
    const { store, folder: at } = await home();
    const file = seeded(2 * MIB, 'repair by add');
    const { cid } = await store.add(file);
    await writeFile((await blockFiles(at))[0]!, 'garbage');
    await store.add(file);
    assert.equal(Buffer.compare(await store.read(cid, budget), file), 0);
  });
});

describe('read', () => {
  it('gives back what was added, from one byte to many blocks', async () => {
    const { store } = await home();
    for (const size of [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 3]) {
      const file = seeded(size, `size ${size}`);
      const { cid } = await store.add(file);
      assert.equal(Buffer.compare(await store.read(cid, budget), file), 0, `${size} bytes`);
    }
  });

  it('agrees with the stock exporter on the same folder', async () => {
    const { store, folder: at } = await home();
    const file = seeded(4 * MIB + 5, 'stock');
    const { cid } = await store.add(file);
    const entry = await exporter(CID.parse(cid), new FsBlockstore(join(at, 'blocks')));
    assert.ok(entry.type === 'file');
    assert.equal(Buffer.compare(await collect(entry.content()), file), 0);
  });

  it('survives a restart of the process', async () => {
    const first = await home();
    const file = seeded(2 * MIB, 'restart');
    const { cid } = await first.store.add(file);
    await first.store.close();
    const second = await home({}, first.folder);
    assert.deepEqual(await second.store.roots(), [cid]);
    assert.equal(await second.store.has(cid), true);
    assert.equal(Buffer.compare(await second.store.read(cid, budget), file), 0);
  });

  it('error: StoreBlockMissing names the absent block', async () => {
    const { store } = await home();
    const absent = textOf(rawBlock(Buffer.from('absent')));
    await assert.rejects(store.read(absent, budget), (error: unknown) => {
      assert.ok(error instanceof StoreBlockMissing);
      assert.match(error.why, /root block is absent/);
      return true;
    });
    assert.equal(await store.block(absent), undefined);
    assert.equal(await store.has(absent), false);
  });

  it('error: StoreBudgetExceeded for a file of one byte more than allowed', async () => {
    const { store } = await home();
    for (const size of [1000, 3 * MIB]) {
      const { cid } = await store.add(seeded(size, 'large'));
      assert.equal((await store.read(cid, { maxBytes: size })).length, size);
      await assert.rejects(store.read(cid, { maxBytes: size - 1 }), StoreBudgetExceeded);
    }
    const { cid } = await store.add(new Uint8Array(6 * MIB));
    await assert.rejects(store.read(cid, { ...budget, maxBlocks: 6 }), StoreBudgetExceeded);
    await assert.rejects(store.read(cid, { ...budget, maxDepth: 0 }), StoreBudgetExceeded);
  });

  it('error: StoreBlockCorrupt for one flipped bit in any block, which is quarantined and never served', async () => {
    const roll = dice(8);
    for (let round = 0; round < 12; round++) {
      const { store, folder: at } = await home();
      const file = seeded(2 * MIB + 9, `rot ${round}`);
      const { cid } = await store.add(file);
      const victim = (await blockFiles(at))[round % 4]!;
      const bytes = await readFile(victim);
      bytes[roll(bytes.length)]! ^= 1 << roll(8);
      await writeFile(victim, bytes);
      await assert.rejects(store.read(cid, budget), StoreBlockCorrupt);
      await assert.rejects(store.read(cid, budget), StoreBlockMissing);
      await assert.rejects(collect(store.exportCar(cid)), StoreBlockMissing);
      assert.equal(await store.has(cid), false);
      const aside = await readdir(join(at, 'quarantine'));
      assert.equal(aside.length, 1);
      assert.equal(Buffer.compare(await readFile(join(at, 'quarantine', aside[0]!)), bytes), 0);
    }
  });

  it('error: StoreBlockCorrupt for a block file that is larger than any block, without reading it', async () => {
    const { store, folder: at } = await home();
    const file = seeded(1000, 'grown');
    const { cid } = await store.add(file);
    await writeFile(await fileHolding(at, file), new Uint8Array(2 * MIB + 1));
    await assert.rejects(store.block(cid), StoreBlockCorrupt);
  });
});

describe('remove', () => {
  it('frees what no other root needs', async () => {
    const { store, folder: at } = await home();
    const shared = seeded(2 * MIB, 'shared');
    const one = await store.add(Buffer.concat([shared, seeded(MIB, 'one')]));
    const two = await store.add(Buffer.concat([shared, seeded(MIB, 'two')]));
    assert.equal((await blockFiles(at)).length, 6);
    await store.remove(one.cid);
    assert.equal((await blockFiles(at)).length, 4);
    assert.deepEqual(await store.roots(), [two.cid]);
    assert.equal((await store.read(two.cid, budget)).length, 3 * MIB);
    await store.remove(two.cid);
    assert.deepEqual(await blockFiles(at), []);
    await store.remove(two.cid);
  });

  it('keeps a block that another root names under another codec', async () => {
    const { store } = await home();
    const inner = node([], []);
    const asRaw = rawBlock(inner.bytes);
    await store.importCar(textOf(inner), stream(carOf(inner.cid, [inner])), budget);
    await store.importCar(textOf(asRaw), stream(carOf(asRaw.cid, [asRaw])), budget);
    await store.remove(textOf(asRaw));
    assert.equal(await store.has(textOf(inner)), true);
  });

  it('copes with a corrupt inner block, its own or of another root', async () => {
    const { store, folder: at } = await home();
    const one = await store.add(seeded(2 * MIB, 'corrupt inner one'));
    const two = await store.add(seeded(3 * MIB, 'corrupt inner two'));
    await writeFile(await fileHolding(at, (await store.block(one.cid))!), 'corrupt');
    assert.equal(await store.has(one.cid), false);
    await writeFile(await fileHolding(at, (await store.block(two.cid))!), 'corrupt');
    await store.remove(one.cid);
    assert.deepEqual(await store.roots(), [two.cid]);
    await store.remove(two.cid);
    assert.deepEqual(await store.roots(), []);
  });

  it('does not take blocks from a file that is being added at the same time', async () => {
    const { store } = await home();
    const file = seeded(8 * MIB, 'contended');
    const { cid } = await store.add(file);
    for (let round = 0; round < 10; round++) {
      await Promise.all([store.remove(cid), store.add(file)]);
      if ((await store.roots()).includes(cid)) assert.equal(Buffer.compare(await store.read(cid, budget), file), 0);
      else await store.add(file);
    }
  });
});

describe('exportCar and importCar', () => {
  it('carry a file to another store', async () => {
    const [a, b] = [await home(), await home()];
    const file = seeded(5 * MIB + 1, 'car');
    const { cid } = await a.store.add(file);
    const car = await collect(a.store.exportCar(cid));
    await b.store.importCar(cid, stream(car), budget);
    assert.deepEqual(await b.store.roots(), [cid]);
    assert.equal(Buffer.compare(await b.store.read(cid, budget), file), 0);
    assert.equal(Buffer.compare(await collect(b.store.exportCar(cid)), car), 0);
  });

  it('sends a repeated block once', async () => {
    const { store } = await home();
    const { cid } = await store.add(new Uint8Array(50 * MIB));
    const car = await collect(store.exportCar(cid));
    assert.ok(car.length < 2 * MIB, `${car.length} bytes`);
    const other = await home();
    await other.store.importCar(cid, stream(car), budget);
    assert.equal((await other.store.read(cid, budget)).length, 50 * MIB);
  });

  it('scope: block, entity, all', async () => {
    const { store } = await home();
    const leaf = rawBlock(Buffer.from('leaf'));
    const file = node([leaf.cid], [4n]);
    const directory = node([file.cid], [], 1, 'directory');
    await store.importCar(textOf(directory), stream(carOf(directory.cid, [directory, file, leaf])), budget);
    const sizes = async (cid: Cid, scope: 'block' | 'entity' | 'all') =>
      (await collect(store.exportCar(cid, scope))).length;
    assert.equal(await sizes(textOf(directory), 'block'), carOf(directory.cid, [directory]).length);
    assert.equal(await sizes(textOf(directory), 'entity'), carOf(directory.cid, [directory]).length);
    assert.equal(await sizes(textOf(directory), 'all'), carOf(directory.cid, [directory, file, leaf]).length);
    assert.equal(await sizes(textOf(file), 'entity'), carOf(file.cid, [file, leaf]).length);

    const shard = pbBlock({ Data: new UnixFS({ type: 'hamt-sharded-directory', fanout: 256n }).marshal(), Links: [] });
    const sharded = pbBlock({
      Data: new UnixFS({ type: 'hamt-sharded-directory', fanout: 256n }).marshal(),
      Links: [
        { Name: '0A', Tsize: 1, Hash: shard.cid },
        { Name: '0Bentry', Tsize: 1, Hash: file.cid },
      ],
    });
    const whole = [sharded, shard, file, leaf];
    await store.importCar(textOf(sharded), stream(carOf(sharded.cid, whole)), budget);
    assert.equal(await sizes(textOf(sharded), 'entity'), carOf(sharded.cid, [sharded, shard]).length);
    assert.equal(await sizes(textOf(sharded), 'all'), carOf(sharded.cid, whole).length);
  });

  it('error: StoreCarMalformed for another root, a truncated, an incomplete, a padded or a disordered CAR; nothing is kept', async () => {
    const { store, folder: at } = await home();
    const leaves = [1, 2, 3].map((value) => rawBlock(Buffer.from([value])));
    const root = node(
      leaves.map(({ cid }) => cid),
      [1n, 1n, 1n],
    );
    const stranger = rawBlock(Buffer.from('stranger'));
    const whole = [root, ...leaves];
    const good = carOf(root.cid, whole);
    const cases: readonly [why: RegExp, car: Uint8Array][] = [
      [/its roots are/, carOf(leaves[0]!.cid, whole)],
      [/truncated/, carOf(root.cid, whole.slice(0, -1))],
      [/middle of a section/, good.subarray(0, good.length - 1)],
      [/middle of a section/, good.subarray(0, good.length - 30)],
      [/where the end is next/, carOf(root.cid, [...whole, stranger])],
      [/is next in depth-first order/, carOf(root.cid, [root, leaves[1]!, leaves[0]!, leaves[2]!])],
      [/hash to something else/, carOf(root.cid, [root, { cid: leaves[0]!.cid, bytes: Buffer.from([9]) }])],
      [/header/, new Uint8Array(0)],
      [/announces/, Buffer.from('ffffff7f', 'hex')],
    ];
    for (const [why, car] of cases) {
      await assert.rejects(store.importCar(textOf(root), stream(car), budget), (error: unknown) => {
        assert.ok(error instanceof StoreCarMalformed, String(error));
        assert.match(error.why, why);
        return true;
      });
      assert.deepEqual(await filesIn(at), []);
    }
    await store.importCar(textOf(root), stream(good), budget);
    assert.deepEqual([...(await store.read(textOf(root), budget))], [1, 2, 3]);
  });

  it('error: StoreBudgetExceeded, and nothing is kept', async () => {
    const [a, b] = [await home(), await home()];
    const { cid } = await a.store.add(seeded(3 * MIB, 'over'));
    await assert.rejects(b.store.importCar(cid, a.store.exportCar(cid), { maxBytes: 3 * MIB }), StoreBudgetExceeded);
    assert.deepEqual(await filesIn(b.folder), []);
  });
});

describe('the port as a whole', () => {
  it('error: StoreCidInvalid everywhere', async () => {
    const { store } = await home();
    const bad = '../../etc/passwd' as Cid;
    await assert.rejects(store.has(bad), StoreCidInvalid);
    await assert.rejects(store.read(bad, budget), StoreCidInvalid);
    await assert.rejects(store.block(bad), StoreCidInvalid);
    await assert.rejects(store.remove(bad), StoreCidInvalid);
    await assert.rejects(store.fetch(bad, { ...budget, providers: [] }), StoreCidInvalid);
    await assert.rejects(collect(store.exportCar(bad)), StoreCidInvalid);
    await assert.rejects(store.importCar(bad, stream(), budget), StoreCidInvalid);
  });

  it('error: StoreClosed after close, which waits for what runs', async () => {
    const store = await openStore(await folder());
    const adding = store.add(seeded(4 * MIB, 'closing'));
    await store.close();
    await assert.rejects(adding, StoreClosed);
    await assert.rejects(store.roots(), StoreClosed);
    await assert.rejects(store.add(new Uint8Array(1)), StoreClosed);
    await store.close();
  });

  it('close does not wait for streams that never go on, nor for their ends', async () => {
    const at = await folder();
    const store = await openStore(at);
    async function* stuck(first: Uint8Array): AsyncGenerator<Uint8Array> {
      yield first;
      await new Promise(() => undefined);
    }
    const leaf = rawBlock(seeded(MIB, 'stuck'));
    const root = node([leaf.cid], [BigInt(MIB)]);
    const tasks = Promise.allSettled([
      store.add(stuck(leaf.bytes)),
      store.importCar(textOf(root), stuck(carOf(root.cid, [root])), budget),
    ]);
    const { cid } = await store.add(seeded(3 * MIB, 'exported'));
    const car = store.exportCar(cid)[Symbol.asyncIterator]();
    await car.next();
    await store.close();
    for (const task of await tasks) assert.ok(task.status === 'rejected' && task.reason instanceof StoreClosed);
    await assert.rejects(async () => {
      for (let i = 0; i < 4; i++) await car.next();
    }, StoreClosed);
    assert.equal((await filesIn(join(at, 'tmp'))).length, 0);
  });
});
