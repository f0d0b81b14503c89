import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CID } from 'multiformats/cid';
import { create as createDigest } from 'multiformats/hashes/digest';
import type { ProtocolError } from '../../../node/core/errors.ts';
import { StoreBudgetExceeded, StoreCarMalformed, StoreDagRefused } from '../../../node/ipfs/errors.ts';
import { seeded } from './seeded.ts';
import {
  CAR_HEADERS,
  carOf,
  cidOf,
  collect,
  dice,
  filesIn,
  type Home,
  home,
  listen,
  type Made,
  MIB,
  node,
  pbBlock,
  rawBlock,
  stream,
  textOf,
  worker,
} from './world.ts';

const wide = { maxBytes: 64 * MIB };
const take = (at: Home, root: Made, blocks: readonly Made[], budget = wide): Promise<void> =>
  at.store.importCar(textOf(root), stream(carOf(root.cid, blocks)), budget);

async function refuses(
  task: Promise<unknown>,
  kind: new (...rest: never[]) => ProtocolError,
  why: RegExp,
): Promise<void> {
  await assert.rejects(task, (error: unknown) => {
    assert.ok(error instanceof kind, String(error));
    assert.match(error.why, why);
    return true;
  });
}

/** A gateway that serves any blocks as they are, depth first as given, and counts what it sent. */
async function bombSite(root: Made, blocks: readonly Made[]): Promise<{ url: string; sent: () => number }> {
  let sent = 0;
  const url = await listen((request, response) => {
    const raw = blocks.find(({ cid }) => request.url!.includes(String(cid)));
    const body = request.url!.includes('format=car') ? carOf(root.cid, blocks) : raw?.bytes;
    sent += body?.length ?? 0;
    response.writeHead(body === undefined ? 404 : 200, CAR_HEADERS).end(body);
  });
  return { url, sent: () => sent };
}

/** Levels of nodes that all link `width` times to the one block below: small to send, enormous to read. */
function bomb(levels: number, width: number, leaf: Made, declare: (honest: bigint) => bigint): Made[] {
  const blocks = [leaf];
  let size = BigInt(leaf.bytes.length);
  for (let level = 0; level < levels; level++) {
    const below = blocks[0]!;
    blocks.unshift(
      node(
        Array.from({ length: width }, () => below.cid),
        Array.from({ length: width }, () => declare(size)),
      ),
    );
    size *= BigInt(width);
  }
  return blocks;
}

describe('DAG bombs', () => {
  const roll = dice(20);
  const declarations: readonly [name: string, declare: (honest: bigint) => bigint][] = [
    ['honest sizes', (honest) => honest],
    ['sizes of nothing', () => 0n],
    ['sizes of one', () => 1n],
    ['sizes beyond 64 bits', () => 2n ** 63n],
  ];
  const cases = Array.from({ length: 20 }, (_, i) => ({
    levels: i < 4 ? 5 : 2 + roll(8),
    width: i < 4 ? 1024 : 2 + roll(1023),
    leaf: rawBlock(seeded(i % 5 === 4 ? 0 : 1 + roll(MIB), `bomb ${i}`)),
    declaration: declarations[i % 4]!,
  }));
  for (const { levels, width, leaf, declaration } of cases) {
    const [name, declare] = declaration;
    it(`${levels + 1} blocks that mean ${width}^${levels} x ${leaf.bytes.length} bytes, ${name}`, async () => {
      const at = await home();
      const blocks = bomb(levels, width, leaf, declare);
      const root = blocks[0]!;
      const site = await bombSite(root, blocks);
      await at.store.fetch(textOf(root), { ...wide, providers: [site.url] });
      const memory = process.memoryUsage().rss;
      const started = performance.now();
      await assert.rejects(at.store.read(textOf(root), { maxBytes: 4 * MIB, maxBlocks: 300 }), (error: unknown) => {
        assert.ok(error instanceof StoreBudgetExceeded || error instanceof StoreDagRefused, String(error));
        return true;
      });
      assert.ok(performance.now() - started < 2000);
      assert.ok(process.memoryUsage().rss - memory < 200 * MIB);
      assert.equal(await at.store.has(textOf(root)), true);
      const car = await collect(at.store.exportCar(textOf(root)));
      assert.equal(car.length, carOf(root.cid, blocks).length);
      await at.store.remove(textOf(root));
      assert.deepEqual(await filesIn(at.folder), []);
    });
  }

  it('a DAG of more bytes, blocks or levels than its budget is left at the border, and nothing of it is kept', async () => {
    const leaves = Array.from({ length: 40 }, (_, i) => rawBlock(seeded(100_000, `many ${i}`)));
    const inner = leaves.map((leaf) => node([leaf.cid], [100_000n]));
    const root = node(
      inner.map(({ cid }) => cid),
      inner.map(() => 100_000n),
    );
    const blocks = [root, ...inner.flatMap((parent, i) => [parent, leaves[i]!])];
    const budgets = [
      { maxBytes: 1_000_000 },
      { maxBytes: 64 * MIB, maxBlocks: 20 },
      { maxBytes: 64 * MIB, maxDepth: 1 },
      { maxBytes: 0 },
    ];
    for (const budget of budgets) {
      const at = await home();
      const site = await bombSite(root, blocks);
      await refuses(
        at.store.fetch(textOf(root), { ...budget, providers: [site.url] }),
        StoreBudgetExceeded,
        /the limit is/,
      );
      assert.deepEqual(await filesIn(at.folder), []);
      await refuses(take(at, root, blocks, budget), StoreBudgetExceeded, /the limit is/);
      assert.deepEqual(await filesIn(at.folder), []);
    }
  });

  it('a chain of 32 links is the deepest', async () => {
    for (const links of [32, 33, 3000]) {
      const at = await home();
      const blocks = [rawBlock(Buffer.from('bottom'))];
      for (let i = 0; i < links; i++) blocks.unshift(node([blocks[0]!.cid], [6n]));
      const root = blocks[0]!;
      const site = await bombSite(root, blocks);
      if (links === 32) {
        await at.store.fetch(textOf(root), { ...wide, providers: [site.url] });
        assert.equal(String(Buffer.from(await at.store.read(textOf(root), wide))), 'bottom');
      } else {
        await refuses(
          at.store.fetch(textOf(root), { ...wide, providers: [site.url] }),
          StoreBudgetExceeded,
          /33 levels/,
        );
        await refuses(take(at, root, blocks), StoreBudgetExceeded, /33 levels/);
        assert.deepEqual(await filesIn(at.folder), []);
      }
    }
  });

  it('1,024 links are the widest, and more are counted before they are decoded', async () => {
    const leaf = rawBlock(Buffer.from('x'));
    for (const links of [1024, 1025, 30_000]) {
      const at = await home();
      const root = node(
        Array.from({ length: links }, () => leaf.cid),
        Array.from({ length: links }, () => 1n),
      );
      if (links === 1024) await take(at, root, [root, leaf]);
      else await refuses(take(at, root, [root, leaf]), StoreDagRefused, /the limit is 1024/);
    }
    const at = await home();
    const empty = new Uint8Array(2 * MIB).map((_, i) => (i % 2 === 0 ? 0x12 : 0));
    const root: Made = { cid: cidOf(0x70, empty), bytes: empty };
    const started = performance.now();
    await refuses(take(at, root, [root]), StoreDagRefused, /1048576 fields/);
    assert.ok(performance.now() - started < 500);
  });

  it('a block of more than 2 MiB is not read into memory', async () => {
    const at = await home();
    const large = rawBlock(new Uint8Array(2 * MIB + 1));
    await refuses(take(at, large, [large]), StoreCarMalformed, /announces 2097153 bytes/);
    const full = rawBlock(seeded(2 * MIB, 'full'));
    await take(at, full, [full]);
    assert.equal((await at.store.read(textOf(full), wide)).length, 2 * MIB);
  });
});

describe('links that are refused', () => {
  const digest = (code: number, size: number) => createDigest(code, seeded(size, `${code} ${size}`));
  const links: readonly [name: string, cid: CID][] = [
    ['dag-cbor', CID.createV1(0x71, digest(0x12, 32))],
    ['dag-json', CID.createV1(0x0129, digest(0x12, 32))],
    ['identity with data inside', CID.createV1(0x55, digest(0x00, 100))],
    ['sha1', CID.createV1(0x55, digest(0x11, 20))],
    ['md5', CID.createV1(0x55, digest(0xd5, 16))],
    ['truncated sha2-256', CID.createV1(0x55, digest(0x12, 16))],
    ['sha2-512', CID.createV1(0x55, digest(0x13, 64))],
    ['CID version 0', CID.createV0(digest(0x12, 32) as never)],
  ];
  for (const [name, cid] of links) {
    it(name, async () => {
      const at = await home();
      const root = node([cid], [1n]);
      await refuses(take(at, root, [root]), StoreDagRefused, /it links to/);
      const site = await bombSite(root, [root]);
      await refuses(at.store.fetch(textOf(root), { ...wide, providers: [site.url] }), StoreDagRefused, /it links to/);
      assert.deepEqual(await filesIn(at.folder), []);
      const carrier = node([], []);
      await assert.rejects(take(at, carrier, [{ cid, bytes: new Uint8Array(1) }, carrier]), StoreCarMalformed);
    });
  }
});

describe('files that contradict themselves', () => {
  const leaf = rawBlock(Buffer.from('1234'));
  const inner = node([leaf.cid], [4n]);
  const cases: readonly [why: RegExp, root: Made, blocks: readonly Made[]][] = [
    [/declares 5/, node([leaf.cid], [5n]), [leaf]],
    [/declares 3/, node([leaf.cid], [3n]), [leaf]],
    [/declares 9/, node([inner.cid], [9n]), [inner, leaf]],
    [/sizes of 1 children and links to 2/, node([leaf.cid, leaf.cid], [4n]), [leaf]],
    [/sizes of 2 children and links to 1/, node([leaf.cid], [4n, 4n]), [leaf]],
    [/a directory and not a file/, node([leaf.cid], [], 4, 'directory'), [leaf]],
    [/not UnixFS/, pbBlock({ Links: [] }), []],
    [/not UnixFS/, pbBlock({ Data: seeded(40, 'noise'), Links: [] }), []],
  ];
  for (const [why, root, rest] of cases) {
    it(String(why), async () => {
      const at = await home();
      await take(at, root, [root, ...rest]);
      await refuses(at.store.read(textOf(root), wide), StoreDagRefused, why);
    });
  }

  it('a declared size beyond the memory of the process, even when the budget allows it', async () => {
    const at = await home();
    const root = node([leaf.cid], [2n ** 52n]);
    await take(at, root, [root, leaf]);
    await refuses(at.store.read(textOf(root), { maxBytes: Number.MAX_SAFE_INTEGER }), StoreDagRefused, /can hold/);
  });

  it('a dag-pb CID whose bytes are not dag-pb', async () => {
    const at = await home();
    const roll = dice(77);
    for (let i = 0; i < 200; i++) {
      const bytes = seeded(1 + roll(300), `noise ${i}`);
      const root: Made = { cid: cidOf(0x70, bytes), bytes };
      await assert.rejects(take(at, root, [root]), (error: unknown) => {
        assert.ok(error instanceof StoreDagRefused || error instanceof StoreCarMalformed, String(error));
        return true;
      });
    }
    assert.deepEqual(await filesIn(at.folder), []);
  });
});

describe('malformed CARs', () => {
  it('of 3,000 mutations (seed 3000) none is kept unless it still carries the very same DAG', async () => {
    const small = await worker(300, 'mutant leaf');
    const leaf = { cid: CID.parse(small.cid), bytes: small.file };
    const other = rawBlock(seeded(100, 'mutant sibling'));
    const root = node([leaf.cid, other.cid, leaf.cid], [300n, 100n, 300n]);
    const good = carOf(root.cid, [root, leaf, other]);
    const at = await home();
    const roll = dice(3000);
    let accepted = 0;
    for (let i = 0; i < 3000; i++) {
      const car = mutate(good, roll, i);
      try {
        await at.store.importCar(textOf(root), stream(...pieces(car, roll)), { maxBytes: 10_000 });
        accepted++;
        assert.equal((await at.store.read(textOf(root), wide)).length, 700);
        await at.store.remove(textOf(root));
      } catch (error) {
        assert.ok(error instanceof StoreCarMalformed, `mutation ${i}: ${error}`);
      }
      if (i % 100 === 0 || accepted > 0) assert.deepEqual(await filesIn(at.folder), [], `mutation ${i}`);
    }
    assert.deepEqual(await filesIn(at.folder), []);
    assert.ok(accepted < 150, `${accepted} mutations left the DAG intact`);
  });
});

/** One of: flipped bits, cut, inserted, removed, doubled, or overwritten bytes. Some leave every block as it is. */
function mutate(good: Uint8Array, roll: (bound: number) => number, kind: number): Uint8Array {
  const bytes = Buffer.from(good);
  const at = roll(bytes.length);
  const size = Math.min(1 + roll(40), bytes.length - at);
  switch (kind % 6) {
    case 0:
      bytes[at]! ^= 1 << roll(8);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), seeded(size, `insert ${kind}`), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at + size), bytes.subarray(at)]);
    default:
      bytes.fill(roll(2) * 255, at, at + size);
      return bytes;
  }
}

function pieces(bytes: Uint8Array, roll: (bound: number) => number): Uint8Array[] {
  const cut = roll(bytes.length + 1);
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}
