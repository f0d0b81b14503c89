import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ProblemError } from '../../../web/lib/problem.ts';
import { RpcRefusal, rpcRequest } from '../../../web/lib/rpc.ts';

/** Nodes of several kinds, by path. */
const ANSWERS: Readonly<Record<string, string>> = {
  '/good': JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x5' }),
  '/refusing': JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    error: { code: 3, message: 'execution reverted', data: '0xdeadbeef' },
  }),
  '/nested': JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    error: { code: -32000, message: 'x', data: { data: '0xdeadbeef' } },
  }),
  '/html': '<html>gateway timeout</html>',
};

describe('rpcRequest', () => {
  let server: Server;
  let url: string;
  const asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      response.end(ANSWERS[request.url!] ?? '');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('goes on to the next node when one is gone or talks nonsense', async () => {
    const urls = ['http://127.0.0.1:9', `${url}/html`, `${url}/good`];
    assert.equal(await rpcRequest(urls, 'eth_blockNumber', []), '0x5');
  });

  it('takes a refusal as the answer, with its data, and asks nobody else', async () => {
    asked.length = 0;
    await assert.rejects(rpcRequest([`${url}/refusing`, `${url}/good`], 'eth_call', []), (error: RpcRefusal) => {
      assert.ok(error instanceof RpcRefusal);
      assert.deepEqual([error.code, error.data], [3, '0xdeadbeef']);
      return true;
    });
    assert.deepEqual(asked, ['/refusing']);
    await assert.rejects(rpcRequest([`${url}/nested`], 'eth_call', []), { data: '0xdeadbeef' });
  });

  it('says so when no node answers, or none is configured', async () => {
    await assert.rejects(rpcRequest(['http://127.0.0.1:9'], 'eth_call', []), ProblemError);
    await assert.rejects(rpcRequest([], 'eth_call', []), /no RPC address/);
  });

  it('ends when it is given up', async () => {
    await assert.rejects(rpcRequest([`${url}/good`], 'eth_call', [], AbortSignal.abort()), { name: 'AbortError' });
  });
});
