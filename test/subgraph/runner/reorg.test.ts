import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Hex } from 'viem';
import { type Anvil, startAnvil } from '../../helpers/anvil.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { contentOf, type OpenIndex, openIndex } from '../fixture/openIndex.ts';
import { deployShelf, rpc, type Shelf } from '../fixture/shelf.ts';

const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('the index after the chain takes blocks back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-reorg-'));
  let anvil: Anvil;
  let shelf: Shelf;
  let manifest: string;

  before(async () => {
    anvil = await startAnvil();
    shelf = await deployShelf(anvil.url);
    manifest = buildFixture(folder, { addresses: { shelf: shelf.address }, startBlock: '1' });
  });
  after(async () => {
    await anvil?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One block with one to three transactions of any kind. */
  async function randomBlock(random: Seeded, rooms: readonly Hex[]): Promise<void> {
    await rpc(anvil.url, 'evm_setAutomine', false);
    for (let n = 1 + random.int(0, 2); n > 0; n--) {
      const id = BigInt(random.int(0, 5));
      const who = random.int(0, 4);
      const kind = random.int(0, rooms.length > 0 ? 7 : 6);
      if (kind <= 1)
        await shelf.send(who, 'write', id, `Title ${random.int(0, 1e9)}`, BigInt(random.int(0, 1e6)), -5n, ['a']);
      else if (kind <= 3) await shelf.send(who, 'like', id, BigInt(random.int(0, 99)));
      else if (kind === 4) await shelf.send(who, 'unlike', id);
      else if (kind === 5) await shelf.send(who, 'burn', id);
      else if (kind === 6) await shelf.send(who, 'open', `topic ${random.int(0, 1e9)}`, 'first words');
      else await shelf.say(rooms[random.int(0, rooms.length - 1)]!, who, `words ${random.int(0, 1e9)}`);
    }
    await shelf.mine();
    await rpc(anvil.url, 'evm_setAutomine', true);
  }

  const roomsOf = (index: OpenIndex): Hex[] =>
    (index.engine.run({ query: '{ rooms { id } }' }).data as { rooms: { id: Hex }[] }).rooms.map(({ id }) => id);

  async function sameAsRebuilt(index: OpenIndex, what: string): Promise<void> {
    await index.sync();
    const rebuilt = openIndex(manifest, [anvil.url]);
    try {
      await rebuilt.sync();
      assert.equal(contentOf(index.db), contentOf(rebuilt.db), what);
      assert.equal(index.indexer.status.indexedBlock, await shelf.blockNumber(), what);
    } finally {
      rebuilt.close();
    }
  }

  for (const seed of [1, 2, 3])
    it(`equals a rebuild from zero at every depth from 1 to 12, seed ${seed}`, async () => {
      const random = new Seeded(seed);
      const index = openIndex(manifest, [anvil.url], join(folder, `${seed}.db`));
      try {
        for (let i = 0; i < 10; i++) await randomBlock(random, []);
        for (const depth of DEPTHS) {
          const snapshot = await rpc(anvil.url, 'evm_snapshot');
          for (let i = 0; i < depth; i++) {
            await randomBlock(random, roomsOf(index));
            // Some blocks arrive one by one, some together.
            if (random.int(0, 1) === 0) await index.sync();
          }
          await index.sync();
          const before = index.indexer.status.reorgs;
          if (random.int(0, 1) === 0) {
            await rpc(anvil.url, 'anvil_reorg', depth, []);
          } else {
            await rpc(anvil.url, 'evm_revert', snapshot);
            // Longer, equal or shorter than what it replaces.
            for (let i = random.int(0, depth + 2); i > 0; i--) await randomBlock(random, roomsOf(index));
          }
          await sameAsRebuilt(index, `seed ${seed}, depth ${depth}`);
          assert.ok(index.indexer.status.reorgs > before, 'the reorg was noticed');
          assert.deepEqual(index.indexer.status.failed, null);
        }
        for (const table of ['e_Book', 'e_Like', 'e_Room', 'e_Saying', 'h_Book', 'sources'])
          assert.ok(
            index.db.prepare(`SELECT 1 FROM ${table}`).get() !== undefined,
            `${table} had something to compare`,
          );
      } finally {
        index.close();
      }
    });

  it('goes back when the chain only became shorter', async () => {
    const index = openIndex(manifest, [anvil.url]);
    const snapshot = await rpc(anvil.url, 'evm_snapshot');
    await shelf.send(0, 'write', 77n, 'short-lived', 1n, 1n, []);
    await index.sync();
    assert.equal(
      (index.engine.run({ query: '{ book(id: "77") { id } }' }).data as { book: unknown }).book === null,
      false,
    );
    await rpc(anvil.url, 'evm_revert', snapshot);
    await sameAsRebuilt(index, 'shorter');
    assert.equal((index.engine.run({ query: '{ book(id: "77") { id } }' }).data as { book: unknown }).book, null);
    index.close();
  });

  it('answers as of earlier blocks as an index that stopped there', async () => {
    const random = new Seeded(9);
    const query = (block: string): string =>
      `{ books(orderBy: weight${block}) { id title weight note fans { id count } likes { weight } author { count mean books { id } } } authors(where: { count_gt: 0 }${block}) { id total } }`;
    const index = openIndex(manifest, [anvil.url]);
    const answers: [number, string][] = [];
    for (let i = 0; i < 12; i++) {
      await randomBlock(random, []);
      await index.sync();
      answers.push([await shelf.blockNumber(), JSON.stringify(index.engine.run({ query: query('') }))]);
    }
    for (const [number, answer] of answers)
      assert.equal(JSON.stringify(index.engine.run({ query: query(`, block: { number: ${number} }`) })), answer);
    index.close();
  });
});
