import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ProblemError } from '../../../web/lib/problem.ts';
import { querySubgraph } from '../../../web/lib/subgraph.ts';

const DATA = '{"data":{"_meta":{"block":{"number":7}}}}';

describe('querySubgraph', () => {
  let server: Server;
  let answer: () => { readonly status: number; readonly text: string };
  const ask = (signal?: AbortSignal) =>
    querySubgraph<{ readonly _meta: unknown }>(
      { subgraphUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      '{ _meta { block { number } } }',
      {},
      signal,
    );
  before(async () => {
    server = createServer((_, response) => {
      const { status, text } = answer();
      response.writeHead(status).end(text);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('gives the data', async () => {
    answer = () => ({ status: 200, text: DATA });
    assert.deepEqual(await ask(), { _meta: { block: { number: 7 } } });
  });
  const failures: readonly (readonly [string, string, RegExp])[] = [
    ['a refusal', '{"errors":[{"message":"no such field"}]}', /no such field/],
    ['no JSON', '<html>', /no JSON/],
    ['no data', '{"data":null}', /empty/],
    ['other types', '{"data":{"_meta":{"block":{"number":"7"}}}}', /_meta\.block\.number should be a count/],
  ];
  for (const [name, text, why] of failures)
    it(`says what is wrong with ${name}`, async () => {
      answer = () => ({ status: 200, text });
      await assert.rejects(ask(), (error) => error instanceof ProblemError && why.test(error.problem.why));
    });
  it('says that nobody is there', async () => {
    const nobody = querySubgraph({ subgraphUrl: 'http://127.0.0.1:9' }, '{ x }');
    await assert.rejects(
      nobody,
      (error) => error instanceof ProblemError && /cannot be reached/.test(error.problem.why),
    );
  });
  it('lets its caller give up', async () => {
    answer = () => ({ status: 200, text: DATA });
    await assert.rejects(ask(AbortSignal.abort()), (error) => !(error instanceof ProblemError));
  });
});
