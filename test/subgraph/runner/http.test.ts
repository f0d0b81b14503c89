import assert from 'node:assert/strict';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { QueryEngine } from '../../../subgraph/runner/graphql/engine.ts';
import { QueryPool } from '../../../subgraph/runner/graphql/pool.ts';
import { openHarness } from '../../../subgraph/runner/harness.ts';
import { serve } from '../../../subgraph/runner/http.ts';
import { readManifest } from '../../../subgraph/runner/manifest.ts';
import { type Runner, startRunner } from '../../../subgraph/runner/runner.ts';
import { openReader } from '../../../subgraph/runner/store/database.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { temporary } from '../fixture/temporary.ts';

const AUTHORS = 400;
const A_AUTHOR = 50;

describe('the server, asked by strangers', () => {
  const folder = temporary('http');
  const database = join(folder, 'index.db');
  let manifest: string;
  let runner: Runner;

  before(async () => {
    manifest = buildFixture(join(folder, 'build'));
    const index = openHarness(manifest, database);
    for (let a = 0; a < AUTHORS; a++) {
      const author = `0x${a.toString(16).padStart(40, '0')}`;
      await index.apply(
        Array.from({ length: A_AUTHOR }, (_, i) => {
          const id = BigInt(a * A_AUTHOR + i);
          return {
            source: 'Shelf',
            event: 'Written',
            args: [id, author, `Title ${id}`, id, 0, `0x${'00'.repeat(32)}`, ['a']],
          };
        }),
      );
    }
    index.close();
  });
  before(async () => {
    const path = join(folder, 'empty.db');
    runner = await startRunner({ rpcUrls: ['http://127.0.0.1:9'], manifest, database: path, log: () => undefined });
  });
  after(() => runner?.close());

  const post = (
    body: string,
    headers: Record<string, string> = {},
    path = '/subgraphs/name/assay',
  ): Promise<Response> =>
    fetch(`${runner.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const message = async (response: Response): Promise<string> =>
    ((await response.json()) as { errors: { message: string }[] }).errors[0]!.message;

  it('answers queries at both paths, with CORS and its preflight', async () => {
    for (const path of ['/', '/subgraphs/name/assay']) {
      const response = await post('{"query":"{ books { id } }"}', { origin: 'https://example.org' }, path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.deepEqual(await response.json(), { data: { books: [] } });
    }
    const preflight = await fetch(`${runner.url}/subgraphs/name/assay`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://example.org',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-headers')!, /content-type/);
    assert.match(preflight.headers.get('access-control-allow-methods')!, /POST/);
  });

  it('refuses other paths and methods, bodies that are no request, and bodies too large', async () => {
    assert.equal((await post('{}', {}, '/graphql')).status, 404);
    assert.equal((await fetch(runner.url)).status, 405);
    const bad: [string, RegExp][] = [
      ['', /not JSON/],
      ['{', /not JSON/],
      ['[]', /not an object/],
      ['null', /not an object/],
      ['{"query":5}', /no query/],
      ['{"query":"{a}","variables":[]}', /variables must be an object/],
      ['{"query":"{a}","operationName":5}', /operationName must be text/],
    ];
    for (const [body, why] of bad) {
      const response = await post(body);
      assert.equal(response.status, 400, body);
      assert.match(await message(response), why);
    }
    const large = await post(JSON.stringify({ query: `{ books { id } } #${'x'.repeat(250_000)}` })).catch(
      () => undefined,
    );
    if (large !== undefined) assert.equal(large.status, 413);
  });

  it('stops reading a body that never says how long it is', async () => {
    const { port } = new URL(runner.url);
    const socket = connect(Number(port), '127.0.0.1');
    const closed = new Promise<string>((done) => {
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => done(answer));
    });
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let i = 0; i < 10; i++) socket.write(`8000\r\n${'x'.repeat(0x8000)}\r\n`);
    assert.match(await closed, /^HTTP\/1\.1 413/);
  });

  const HOSTILE: readonly (readonly [string, () => string, RegExp])[] = [
    [
      'deep nesting',
      () => `{ books { ${'author { books { '.repeat(20)} id ${'} } '.repeat(20)} } }`,
      /nested more than 25 deep/,
    ],
    ['a hundred thousand tokens', () => `{ books { ${'id '.repeat(30_000)} } }`, /more than 10000 tokens/],
    ['a query of a megabyte', () => `{ books { id } } #${'x'.repeat(150_000)}`, /100000 characters at most/],
    [
      'fragments that double with every step',
      () =>
        `{ books { ...F0 } } ${Array.from({ length: 16 }, (_, i) => `fragment F${i} on Book { a${i}: id ...F${i + 1} b: author { books { ...F${i + 1} } } }`).join(' ')} fragment F16 on Book { id }`,
      /nested more than|selects more than/,
    ],
    [
      'a fragment that contains itself',
      () => '{ books { ...F } } fragment F on Book { id author { books { ...F } } }',
      /itself|fragment/i,
    ],
    [
      'thousands of aliases',
      () => `{ ${Array.from({ length: 2_600 }, (_, i) => `a${i}: books { id }`).join(' ')} }`,
      /tokens|more than 5000 fields/,
    ],
    [
      'deep introspection',
      () => `{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} } '.repeat(6)} } } }`,
      /introspection|nested/i,
    ],
    [
      'filters nested too deep',
      () => `{ books(where: ${'{ author_: { books_: '.repeat(6)} { id: "1" } ${'} }'.repeat(6)}) { id } }`,
      /nested 8 deep/,
    ],
    [
      'a filter of thousands of conditions',
      () => `{ books(where: { or: [${'{ id: "1" } '.repeat(600)}] }) { id } }`,
      /200 conditions/,
    ],
    [
      'a list of thousands of members',
      () => `{ books(where: { id_in: [${'"1" '.repeat(1_500)}] }) { id } }`,
      /1000 items/,
    ],
    [
      'a join of everything with everything',
      () =>
        '{ a: authors(first: 400) { books(first: 1000) { author { books(first: 1000) { author { books(first: 1000) { id } } } } } } }',
      /reads more than|look-ups|took more than/,
    ],
  ];
  for (const [what, query, why] of HOSTILE)
    it(`refuses ${what}, quickly`, async () => {
      const pool = new QueryPool(
        database,
        (await import('../../../subgraph/runner/manifest.ts')).readManifest(manifest).schemaText,
        1,
      );
      try {
        await pool.run({ query: '{ books(first: 1) { id } }' });
        const started = performance.now();
        const { errors } = JSON.parse(await pool.run({ query: query() })) as { errors?: { message: string }[] };
        assert.match(errors?.map((error) => error.message).join() ?? 'answered', why);
        assert.ok(performance.now() - started < 8_000);
        const after = JSON.parse(await pool.run({ query: '{ books(first: 1) { id } }' })) as {
          data: { books: unknown[] };
        };
        assert.equal(after.data.books.length, 1, 'the next query is answered');
      } finally {
        await pool.close();
      }
    });

  it('ends a statement of SQLite, which no end of a thread would stop', () => {
    const engine = new QueryEngine(openReader(database), readManifest(manifest).schema, 300);
    const again = (depth: number): string =>
      depth === 0 ? 'title: "none"' : `title_contains: "T", author_: { books_: { ${again(depth - 1)} } }`;
    const started = performance.now();
    const { errors } = engine.run({ query: `{ books(where: { ${again(3)} }) { id } }` });
    assert.match(errors?.[0]?.message ?? 'answered', /took more than 300 ms/);
    assert.ok(performance.now() - started < 3_000);
    assert.equal(engine.run({ query: '{ books(first: 1) { id } }' }).errors, undefined);
  });

  it('survives variables nested deeper than a message to a thread may be, also after a wait', async () => {
    const pool = new QueryPool(database, readManifest(manifest).schemaText, 1);
    const deep: unknown = JSON.parse(`${'['.repeat(90_000)}${']'.repeat(90_000)}`);
    const asked = { query: '{ books(first: 1) { id } }' };
    try {
      const answers = await Promise.all([
        pool.run(asked),
        pool.run({ ...asked, variables: { deep } }),
        pool.run({ ...asked, variables: { deep } }),
        pool.run(asked),
      ]);
      assert.deepEqual(
        answers.map((body) => (/nested too deeply/.test(body) ? 'refused' : Object.keys(JSON.parse(body)).join())),
        ['data', 'refused', 'refused', 'data'],
      );
    } finally {
      await pool.close();
    }
  });

  it('refuses to write an answer of many megabytes', async () => {
    const pool = new QueryPool(database, readManifest(manifest).schemaText, 1, 20_000);
    const lists = Array.from({ length: 40 }, (_, i) => `a${i}: books(first: 1000) { ...F }`).join(' ');
    const names = Array.from({ length: 8 }, (_, i) => `x${i}: digest`).join(' ');
    try {
      const body = await pool.run({ query: `{ ${lists} } fragment F on Book { ${names} }` });
      assert.match(body.slice(0, 200), /16777216 characters at most/);
    } finally {
      await pool.close();
    }
  });

  it('keeps only so much for askers who do not read', async () => {
    const large = 'x'.repeat(16 * 2 ** 20);
    const server = await serve({ host: '127.0.0.1', port: 0, query: async () => large, status: () => runner.status() });
    const { port } = server.address() as AddressInfo;
    const ask = JSON.stringify({ query: '{a}' });
    const sockets = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').pause());
    try {
      for (const socket of sockets)
        socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${ask.length}\r\n\r\n${ask}`);
      const post = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: ask });
      const until = async (status: number): Promise<void> => {
        for (;;) {
          const response = await post();
          await response.body?.cancel();
          if (response.status === status) return;
        }
      };
      await until(503);
      for (const socket of sockets) socket.destroy();
      await until(200);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('orders what thousands of rows pass by the index of the order, and answers the same', () => {
    const engine = new QueryEngine(openReader(database), readManifest(manifest).schema);
    const ids = (args: string): string[] =>
      (engine.run({ query: `{ books(${args}) { id } }` }).data as { books: { id: string }[] }).books.map(
        ({ id }) => id,
      );
    const numbers = (from: number, step: number): string[] =>
      Array.from({ length: 50 }, (_, i) => String(from + step * i));
    const page = 'orderBy: price, first: 50, skip: 100';
    assert.deepEqual(ids(`where: { open: true }, ${page}`), numbers(100, 1));
    assert.deepEqual(ids(`where: { kind: LONG }, ${page}`), numbers(10_100, 1));
    assert.deepEqual(ids(`where: { kind_in: [LONG], open: true }, orderDirection: desc, ${page}`), numbers(19_899, -1));
    assert.deepEqual(ids(`where: { kind: LONG, open: true, likeCount: 1 }, ${page}`), []);
    // Few authors, and thousands of books: found once, and looked at row by row.
    const seventh = `0x${'7'.padStart(40, '0')}`;
    assert.deepEqual(ids(`where: { author_: { id: "${seventh}" } }, orderBy: price, first: 50`), numbers(350, 1));
    assert.deepEqual(ids(`where: { author_: { books_: { kind: LONG } } }, ${page}`), numbers(10_100, 1));
    const authors = (filter: string): number =>
      (
        engine.run({ query: `{ authors(first: 1000, where: { books_: ${filter} }) { id } }` }).data as {
          authors: unknown[];
        }
      ).authors.length;
    assert.deepEqual([authors('{ open: true }'), authors('{ id: "5" }'), authors('{ open: false }')], [AUTHORS, 1, 0]);
  });

  it('ends a query that takes too long, and answers the next', async () => {
    const pool = new QueryPool(database, readManifest(manifest).schemaText, 1, 500);
    try {
      await pool.run({ query: '{ books(first: 1) { id } }' });
      const conditions = Array.from(
        { length: 60 },
        (_, i) => `{ author_: { books_: { title_contains_nocase: "zz${i}" } } }`,
      );
      const answer = await pool.run({ query: `{ books(first: 1, where: { or: [${conditions.join(' ')}] }) { id } }` });
      assert.match(answer, /took more than 500 ms/);
      assert.match(await pool.run({ query: '{ books(first: 1) { id } }' }), /"id"/);
    } finally {
      await pool.close();
    }
  });

  it('shows no text of SQL and no path, whatever is asked', async () => {
    for (const id of ["'", '"; DROP TABLE e_Book; --', '\u0000', '%', '\\', '😀'.repeat(100)]) {
      const response = await post(
        JSON.stringify({ query: 'query ($id: ID!) { book(id: $id) { id } }', variables: { id } }),
      );
      assert.deepEqual(await response.json(), { data: { book: null } });
    }
  });
});
