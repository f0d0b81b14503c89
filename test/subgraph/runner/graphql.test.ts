import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { pluralName, singularName } from '../../../subgraph/runner/graphql/names.ts';
import { type MappingHarness, openHarness, type PlainEntity } from '../../../subgraph/runner/harness.ts';
import { Seeded } from '../../helpers/seeded.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { temporary } from '../fixture/temporary.ts';

const WORDS = ['Alpha', 'alpha beta', 'BETA', 'gamma', 'Äther', 'äther', '', '100%', 'under_score', "it's"];
const author = (i: number): string => `0x${String(i).padStart(2, '0').repeat(20)}`;

type Test = (book: PlainEntity) => boolean;
const big = (value: unknown): bigint => BigInt(value as string);
const text = (value: unknown): string => value as string;

/** A filter, and the same in JavaScript. */
const CASES: readonly (readonly [Record<string, unknown>, Test])[] = [
  [{ id: '7' }, (b) => b['id'] === '7'],
  [{ id_not: '7' }, (b) => b['id'] !== '7'],
  [{ id_gt: '3' }, (b) => text(b['id']) > '3'],
  [{ id_in: ['1', '2', 'x'] }, (b) => ['1', '2'].includes(text(b['id']))],
  [{ id_not_in: ['1', '2'] }, (b) => !['1', '2'].includes(text(b['id']))],
  [{ id_in: [] }, () => false],
  [{ id_not_in: [] }, () => true],
  [{ title: 'Alpha' }, (b) => b['title'] === 'Alpha'],
  [{ title_not: 'Alpha' }, (b) => b['title'] !== 'Alpha'],
  [{ title_gte: 'a' }, (b) => Buffer.compare(Buffer.from(text(b['title'])), Buffer.from('a')) >= 0],
  [{ title_contains: 'a' }, (b) => text(b['title']).includes('a')],
  [{ title_contains_nocase: 'ALPHA' }, (b) => text(b['title']).toLowerCase().includes('alpha')],
  [{ title_contains_nocase: 'ÄTH' }, (b) => text(b['title']).toLowerCase().includes('äth')],
  [{ title_not_contains: 'a' }, (b) => !text(b['title']).includes('a')],
  [{ title_not_contains_nocase: 'A' }, (b) => !text(b['title']).toLowerCase().includes('a')],
  [{ title_starts_with: 'Al' }, (b) => text(b['title']).startsWith('Al')],
  [{ title_starts_with: 'Ä' }, (b) => text(b['title']).startsWith('Ä')],
  [{ title_starts_with_nocase: 'aL' }, (b) => text(b['title']).toLowerCase().startsWith('al')],
  [{ title_not_starts_with: 'Al' }, (b) => !text(b['title']).startsWith('Al')],
  [{ title_not_starts_with_nocase: 'al' }, (b) => !text(b['title']).toLowerCase().startsWith('al')],
  [{ title_ends_with: 'a' }, (b) => text(b['title']).endsWith('a')],
  [{ title_ends_with: '' }, () => true],
  [{ title_ends_with_nocase: 'A' }, (b) => text(b['title']).toLowerCase().endsWith('a')],
  [{ title_not_ends_with: 'a' }, (b) => !text(b['title']).endsWith('a')],
  [{ title_not_ends_with_nocase: 'A' }, (b) => !text(b['title']).toLowerCase().endsWith('a')],
  [{ title_contains: '%' }, (b) => text(b['title']).includes('%')],
  [{ title_contains: '_' }, (b) => text(b['title']).includes('_')],
  [{ title_contains: "'" }, (b) => text(b['title']).includes("'")],
  [{ price_gt: '1000000000000000000000' }, (b) => big(b['price']) > 10n ** 21n],
  [{ price_lte: '10000' }, (b) => big(b['price']) <= 10_000n],
  [{ price: 1 }, (b) => big(b['price']) === 1n],
  [{ score_lt: '0' }, (b) => big(b['score']) < 0n],
  [{ score_gte: -3, score_lt: 3 }, (b) => big(b['score']) >= -3n && big(b['score']) < 3n],
  [{ score_in: ['-1', '2'] }, (b) => [-1n, 2n].includes(big(b['score']))],
  [{ ratio_gt: '0.5' }, (b) => Number(b['ratio']) > 0.5],
  [{ ratio_lte: '-1' }, (b) => Number(b['ratio']) <= -1],
  [{ ratio: '1' }, (b) => b['ratio'] === '1'],
  [{ kind: 'LONG' }, (b) => b['kind'] === 'LONG'],
  [{ kind_not_in: ['LONG'] }, (b) => b['kind'] !== 'LONG'],
  [{ open: true }, (b) => b['open'] === true],
  [{ open_not: true }, (b) => b['open'] !== true],
  [{ likeCount_gte: 1 }, (b) => Number(b['likeCount']) >= 1],
  [{ at_gt: '1700000120000000' }, (b) => big(b['at']) > 1_700_000_120_000_000n],
  [{ small_lt: '0' }, (b) => big(b['small']) < 0n],
  [{ note: null }, (b) => b['note'] === null],
  [{ note_not: null }, (b) => b['note'] !== null],
  [{ note_contains: 'seen' }, (b) => b['note'] !== null && text(b['note']).includes('seen')],
  [{ note_not_contains: 'seen' }, (b) => b['note'] !== null && !text(b['note']).includes('seen')],
  [{ digest_contains: '0a0b' }, (b) => text(b['digest']).slice(2).match(/../g)!.join(' ').includes('0a 0b')],
  [{ digest_not_contains: '0x0a0b' }, (b) => !text(b['digest']).slice(2).match(/../g)!.join(' ').includes('0a 0b')],
  [{ digest_contains: 'A0B0' }, (b) => text(b['digest']).slice(2).match(/../g)!.join(' ').includes('a0 b0')],
  [{ tags: ['x', 'Tag1'] }, (b) => JSON.stringify(b['tags']) === '["x","Tag1"]'],
  [{ tags_not: ['x', 'Tag1'] }, (b) => JSON.stringify(b['tags']) !== '["x","Tag1"]'],
  [{ tags_contains: ['Tag2'] }, (b) => (b['tags'] as string[]).includes('Tag2')],
  [{ tags_contains: ['Tag2', 'x'] }, (b) => (b['tags'] as string[]).includes('Tag2')],
  [{ tags_contains_nocase: ['tAG2'] }, (b) => (b['tags'] as string[]).includes('Tag2')],
  [{ tags_not_contains: ['Tag2'] }, (b) => !(b['tags'] as string[]).includes('Tag2')],
  [{ fans_contains: [author(1)] }, (b) => (b['fans'] as string[]).includes(author(1))],
  [{ author: author(2) }, (b) => b['author'] === author(2)],
  [{ author: author(2).toUpperCase().replace('X', 'x') }, (b) => b['author'] === author(2)],
  [{ author_not_in: [author(2)] }, (b) => b['author'] !== author(2)],
  [{ author_: { id_in: [author(1), author(2)] } }, (b) => [author(1), author(2)].includes(text(b['author']))],
  [{ author_: { firstBook_: { id: '1' } } }, (b) => b['author'] === author(1)],
  [{ fans_: { id: author(3) } }, (b) => (b['fans'] as string[]).includes(author(3))],
  [{ likes_: { weight_gt: '0', reader: author(3) } }, (b) => (b['fans'] as string[]).includes(author(3))],
  [{ and: [{ open: true }, { score_lt: 0 }] }, (b) => big(b['score']) < 0n],
  [{ or: [{ score_lt: -5 }, { id: '1' }] }, (b) => big(b['score']) < -5n || b['id'] === '1'],
  [
    { or: [{ and: [{ score_lt: 0 }, { or: [{ id: '1' }, { id: '20' }] }] }, { id: '2' }] },
    (b) => ['20', '2'].includes(text(b['id'])),
  ],
  [{ and: [] }, () => true],
  [{}, () => true],
];

describe('GraphQL', () => {
  const folder = temporary('graphql');
  let index: MappingHarness;
  let books: PlainEntity[];

  before(async () => {
    index = openHarness(buildFixture(join(folder, 'build')));
    const random = new Seeded(3);
    for (let i = 0; i < 40; i++) {
      const title = WORDS[i % WORDS.length]!;
      const digest =
        i % 3 === 0
          ? `0x${'0a0b'.repeat(16)}`
          : `0x${random.int(0, 1) === 0 ? '00a0b0'.padEnd(64, '1') : '11'.repeat(32)}`;
      const args = [i, author(i % 5), title, 10n ** BigInt(i), 10 - i, digest, ['x', `Tag${i % 4}`]];
      await index.apply([{ source: 'Shelf', event: 'Written', args }]);
      if (i % 2 === 0) await index.apply([{ source: 'Shelf', event: 'Liked', args: [i, author(i % 4), i + 1] }]);
      if (i % 8 === 0) await index.apply([{ source: 'Shelf', event: 'Unliked', args: [i, author(9)] }]);
    }
    books = index.entities('Book');
  });
  after(() => index.close());

  const ids = (rows: readonly { readonly [key: string]: unknown }[]): string[] => rows.map((row) => text(row['id']));
  const list = (args: string, where?: unknown): string[] => {
    const head = where === undefined ? '' : 'query ($where: Book_filter) ';
    const query = `${head}{ books(first: 1000, ${args}) { id } }`;
    return ids(index.query<{ books: PlainEntity[] }>(query, { where }).books);
  };

  for (const [where, test] of CASES)
    it(`filters by ${JSON.stringify(where)}`, () => {
      assert.deepEqual(list('where: $where', where), ids(books.filter(test)).sort());
    });

  it('orders by every kind of column, ties by id, nulls last', () => {
    const compare = (a: bigint | string | number, b: bigint | string | number): number => (a < b ? -1 : a > b ? 1 : 0);
    const byId = (a: PlainEntity, b: PlainEntity): number => compare(text(a['id']), text(b['id']));
    const keys: [string, (book: PlainEntity) => bigint | string | number][] = [
      ['price', (b) => big(b['price'])],
      ['score', (b) => big(b['score'])],
      ['ratio', (b) => Number(b['ratio'])],
      ['likeCount', (b) => Number(b['likeCount'])],
      ['title', (b) => Buffer.from(text(b['title'])).toString('latin1')],
      ['note', (b) => (b['note'] === null ? '\uffff' : text(b['note']))],
      ['author', (b) => text(b['author'])],
      ['author__count', () => 8],
    ];
    for (const [name, key] of keys) {
      const sorted = ids(books.toSorted((a, b) => compare(key(a), key(b)) || byId(a, b)));
      assert.deepEqual(list(`orderBy: ${name}`), sorted, name);
      assert.deepEqual(list(`orderBy: ${name}, orderDirection: desc`), sorted.toReversed(), name);
    }
  });

  it('pages with first and skip, and refuses what is out of range', () => {
    const all = list('orderBy: price');
    const page = (args: string): string[] =>
      ids(index.query<{ books: PlainEntity[] }>(`{ books(orderBy: price, ${args}) { id } }`).books);
    assert.deepEqual(page('first: 7, skip: 5'), all.slice(5, 12));
    assert.deepEqual(page('skip: 38'), all.slice(38));
    assert.deepEqual(page('first: 0'), []);
    for (const args of ['first: 1001', 'first: -1', 'skip: 5001', 'skip: -1'])
      assert.throws(() => page(args), /argument must be between/);
  });

  it('follows references both ways, with arguments, fragments, aliases and variables', () => {
    const data = index.query<
      Record<string, { id: string; books: { id: string; likes: { reader: { id: string } }[] }[] }>
    >(
      `query Q($id: ID!, $n: Int = 2) { one: author(id: $id) { ...A } }
       fragment A on Author { id books(first: $n, orderBy: price, orderDirection: desc, where: { likeCount_gt: 0 }) { id ... on Book { likes { reader { id } } } } }`,
      { id: author(2) },
    );
    assert.deepEqual(data['one'], {
      id: author(2),
      books: [
        { id: '32', likes: [{ reader: { id: author(0) } }] },
        { id: '22', likes: [{ reader: { id: author(2) } }] },
      ],
    });
    assert.deepEqual(index.query('{ book(id: "none") { id } author(id: "0x00") { id } }'), {
      book: null,
      author: null,
    });
  });

  it('answers as of a block by number and by hash, and tells which block that is', () => {
    const at = index.query<{
      _meta: { block: { number: number; hash: string; timestamp: number; parentHash: string } };
    }>('{ _meta(block: { number: 5 }) { block { number hash timestamp parentHash } hasIndexingErrors } }')._meta.block;
    assert.equal(at.number, 5);
    const count = (block: string): number =>
      index.query<{ books: unknown[] }>(`{ books(first: 1000, block: ${block}) { id } }`).books.length;
    assert.equal(count('{ number: 1 }'), 1);
    assert.equal(count(`{ hash: "${at.hash}" }`), count('{ number: 5 }'));
    assert.equal(count('{ number_gte: 5 }'), books.length);
    assert.throws(() => count('{ number: 100000 }'), /has only come to block/);
    assert.throws(() => count('{ number_gte: 100000 }'), /has only come to block/);
    assert.throws(() => count('{ number: -1 }'), /not yet available/);
    assert.throws(() => count(`{ hash: "0x${'12'.repeat(32)}" }`), /no block with this hash/);
    assert.throws(() => count('{ number: 1, number_gte: 1 }'), /takes one of/);
    const changed = index.query<{ books: PlainEntity[] }>(
      '{ books(where: { _change_block: { number_gte: 60 } }) { id } }',
    );
    assert.ok(changed.books.length > 0 && changed.books.length < books.length);
  });

  it('describes itself', () => {
    const { __schema } = index.query<{ __schema: { types: { name: string }[] } }>(getIntrospectionQuery());
    const names = __schema.types.map(({ name }) => name);
    for (const name of ['Book', 'Book_filter', 'Book_orderBy', 'Block_height', '_Meta_', 'Kind', 'BigInt'])
      assert.ok(names.includes(name), name);
  });

  it('says what is wrong with a query', () => {
    const errors: [string, RegExp][] = [
      ['{ nothing }', /Cannot query field "nothing"/],
      ['{ books }', /must have a selection/],
      ['{ books(where: { nope: 1 }) { id } }', /nope/],
      ['{ books(where: { price: "1.5" }) { id } }', /an integer is needed/],
      ['{ books(where: { digest: "zz" }) { id } }', /hex is needed/],
      ['{ books(where: { small: "9223372036854775808" }) { id } }', /64 bits/],
      ['{ books(where: { ratio: "abc" }) { id } }', /BigDecimal cannot be/],
      ['{ books(where: { price_gt: null }) { id } }', /cannot be null/],
      ['{ books(where: { open: true, or: [{ id: "1" }] }) { id } }', /cannot be mixed/],
      ['{ books(where: { kind: "LONG" }) { id } }', /LONG/],
      ['mutation { x }', /mutation/i],
      ['{ books { id }', /Syntax Error/],
      ['', /Syntax Error/],
    ];
    for (const [query, message] of errors) assert.throws(() => index.query(query), message, query);
  });

  it('names queries as graph-node does', () => {
    const names: [string, string, string][] = [
      ['Book', 'book', 'books'],
      ['GameMove', 'gameMove', 'gameMoves'],
      ['Batch', 'batch', 'batches'],
      ['Policy', 'policy', 'policies'],
      ['Day', 'day', 'days'],
      ['Status', 'status', 'statuses'],
      ['JobStats', 'jobStats', 'jobStats_collection'],
      ['Shelf', 'shelf', 'shelves'],
      ['Address', 'address', 'addresses'],
    ];
    for (const [type, one, many] of names) assert.deepEqual([singularName(type), pluralName(type)], [one, many]);
  });
});
