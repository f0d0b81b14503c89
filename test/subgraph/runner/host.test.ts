import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { HandlerFailed } from '../../../subgraph/runner/executor.ts';
import { type MappingHarness, openHarness } from '../../../subgraph/runner/harness.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { temporary } from '../fixture/temporary.ts';

const ALICE = `0x${'a1'.repeat(20)}`;
const BOB = `0x${'b0'.repeat(20)}`;
const DIGEST = `0x${'ab'.repeat(32)}`;

describe('the host of mappings', () => {
  const folder = temporary('host');
  let manifest: string;
  let index: MappingHarness;

  before(() => {
    manifest = buildFixture(join(folder, 'build'));
  });
  beforeEach(async () => {
    index?.close();
    index = openHarness(manifest);
    const args = {
      id: 1n,
      author: ALICE,
      title: 'Héllo 𝄞',
      price: 2n ** 255n,
      score: -7n,
      digest: DIGEST,
      tags: ['x', ''],
    };
    await index.apply([{ source: 'Shelf', event: 'Written', args }]);
  });
  after(() => index.close());

  const broken = (how: number): Promise<unknown> =>
    index.apply([{ source: 'Shelf', event: 'Broken', args: { id: 1n, how: BigInt(how) } }]);
  const noteAfter = async (how: number): Promise<unknown> => {
    await broken(how);
    return index.entity('Book', '1')?.['note'];
  };

  it('gives back every scalar as it was written', () => {
    assert.deepEqual(index.entity('Book', '1'), {
      id: '1',
      title: 'Héllo 𝄞',
      author: ALICE,
      kind: 'SHORT',
      price: (2n ** 255n).toString(),
      score: '-7',
      ratio: '-2.333333333333333333333333333333333',
      digest: DIGEST,
      tags: ['x', ''],
      fans: [],
      likeCount: 0,
      weight: '0',
      open: true,
      at: '1700000012000000',
      small: '-1234567890123456789',
      note: null,
      pages: null,
    });
  });

  it('reckons as graph-node does', async () => {
    assert.deepEqual(String(await noteAfter(10)).split(' '), [
      ...['-3', '-1', '-14', '-5', '-9', (2n ** 100n).toString(), '-5', '0', (2n ** 71n).toString(), '-4', '0xff'],
      `0.${'3'.repeat(34)}`,
      `0.${'6'.repeat(33)}7`,
      // graph-node's decimals round up only above zero.
      `-0.${'6'.repeat(34)}`,
      ...['100000000000000000000.5', '-2.2', '0', '123.4', 'equal', '-3.5'],
    ]);
  });

  it('reads JSON, hashes and converts text', async () => {
    assert.equal(
      await noteAfter(11),
      'a 12345678901234567890123 1 true null xé error 0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8 hi 112PM',
    );
  });

  it('encodes and decodes ABI values', async () => {
    assert.equal(await noteAfter(12), '192 same hello -5 null');
  });

  it('tells what was written in this block from what was there', async () => {
    assert.equal(await noteAfter(13), 'not in block');
    await index.apply([
      { source: 'Shelf', event: 'Liked', args: [1n, BOB, 1n] },
      { source: 'Shelf', event: 'Broken', args: [1n, 13n] },
    ]);
    assert.equal(index.entity('Book', '1')?.['note'], 'in block');
  });

  it('keeps hostile text as it is, but for zeros', async () => {
    const title = 'zero\0here \u202e \u{1f600} \ufffd <script> "; DROP TABLE e_Book; --';
    await index.apply([{ source: 'Shelf', event: 'Written', args: [2n, ALICE, title, 1n, 1n, DIGEST, ['\0']] }]);
    const book = index.entity('Book', '2');
    assert.deepEqual([book?.['title'], book?.['tags']], [title.replace('\0', ''), ['']]);
    const found = index.query<{ books: unknown[] }>(
      'query ($title: String) { books(where: { title: $title }) { id } }',
      {
        title: title.replace('\0', ''),
      },
    );
    assert.deepEqual(found.books, [{ id: '2' }]);
  });

  it('unsets fields that may be null', async () => {
    await noteAfter(13);
    assert.equal(await noteAfter(14), null);
  });

  it('starts a new instance when a mapping has filled its memory', async () => {
    for (let i = 0; i < 20; i++) assert.equal(await noteAfter(15), '2000');
  });

  it('loads what refers to an entity, from the store and from the block at hand', async () => {
    await index.apply([{ source: 'Shelf', event: 'Liked', args: [1n, BOB, 1n] }]);
    await index.apply([
      { source: 'Shelf', event: 'Liked', args: [1n, ALICE, 2n] },
      { source: 'Shelf', event: 'Unliked', args: [1n, BOB] },
    ]);
    assert.equal(index.entity('Book', '1')?.['note'], 'likes seen: 2');
    assert.deepEqual(index.entity('Book', '1')?.['fans'], [ALICE]);
  });

  it('makes data sources from templates, with context, and runs them on the same block', async () => {
    const room = `0x${'0c'.repeat(20)}`;
    const said = { source: 'Room', event: 'Said', address: room } as const;
    await index.apply([
      { source: 'Shelf', event: 'Opened', args: { room, topic: 'the topic' } },
      { ...said, args: { who: BOB, text: 'first' } },
    ]);
    await index.apply([{ ...said, args: { who: BOB, text: 'second' } }]);
    const sayings = index.entities('Saying');
    assert.deepEqual(sayings.map((saying) => saying['text']).sort(), ['first', 'second']);
    const topic = index.entity('Room', room)?.['topic'];
    for (const saying of sayings) assert.equal(saying['context'], `localhost ${topic}`);
    index.rollBack(1);
    await index.apply([{ ...said, args: { who: BOB, text: 'to nobody' } }]);
    assert.deepEqual(index.entities('Saying'), []);
  });

  it('hands warnings on', async () => {
    await index.apply([{ source: 'Shelf', event: 'Liked', args: [9n, BOB, 1n] }]);
    assert.deepEqual(index.logged, [{ level: 'warning', message: 'no book 9' }]);
  });

  it('keeps several writes of one block as one version, and none where nothing changed', async () => {
    await index.apply([
      { source: 'Shelf', event: 'Liked', args: [1n, BOB, 1n] },
      { source: 'Shelf', event: 'Liked', args: [1n, BOB, 1n] },
    ]);
    const versions = (): unknown => index.db.prepare('SELECT count(*) AS n FROM h_Book').get();
    assert.deepEqual({ ...(versions() as object) }, { n: 1 });
    await broken(14);
    assert.deepEqual({ ...(versions() as object) }, { n: 1 });
  });

  const WAYS: readonly (readonly [number, string, RegExp])[] = [
    [0, 'an assertion', /mapping aborted at src\/mapping.ts:\d+:\d+: it broke as asked/],
    [1, 'a critical message', /critical error logged in mapping: critical as asked: 1/],
    [3, 'a division by zero', /divide a BigInt by zero/],
    [4, 'a trap', /the mapping trapped: unreachable/],
    [5, 'a host function that is not hosted', /ipfs\.cat is not hosted/],
    [16, 'half a character', /not valid UTF-16/],
    [7, 'a value that the enum does not have', /"HUGE" is not one of Kind/],
  ];
  for (const [how, what, message] of WAYS)
    it(`undoes the whole block after ${what}, and says which handler and block`, async () => {
      const before = index.entities('Book');
      await assert.rejects(
        index.apply([
          { source: 'Shelf', event: 'Liked', args: [1n, BOB, 5n] },
          { source: 'Shelf', event: 'Broken', args: [1n, BigInt(how)] },
        ]),
        (error: unknown) => {
          assert.ok(error instanceof HandlerFailed);
          assert.equal(error.handler, 'handleBroken');
          assert.equal(error.block.number, 2);
          assert.match(error.message, /^handleBroken failed at block 2, log 1: /);
          assert.match(error.message, message);
          return true;
        },
      );
      assert.deepEqual(index.entities('Book'), before);
      assert.deepEqual(index.entities('Like'), []);
    });

  it('refuses to change what is immutable in a later block', async () => {
    await index.apply([{ source: 'Shelf', event: 'Liked', args: [1n, BOB, 5n] }]);
    await assert.rejects(broken(6), /is immutable and was written in an earlier block/);
  });

  it('refuses an entity without what must not be null', async () => {
    await index.apply([{ source: 'Shelf', event: 'Burnt', args: [1n] }]);
    assert.equal(index.entity('Book', '1'), undefined);
    await assert.rejects(broken(2), /Book 1 was saved without title/);
  });
});
