import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { createPublicClient } from 'viem';
import { Endpoint } from '../../../../node/chain/rpc/endpoint.ts';
import {
  ChainIdMismatch,
  ChainUnreachable,
  GenesisMismatch,
  RpcAnswerTooLarge,
  RpcAttemptFailed,
  RpcRefused,
} from '../../../../node/chain/rpc/errors.ts';
import { Rpc, type RpcOptions } from '../../../../node/chain/rpc/rpc.ts';
import type { Digest } from '../../../../node/core/codec/hex.ts';
import { RICH, startTestChain, type TestChain, until } from '../../../helpers/anvilRpc.ts';
import { type Fault, type RpcProxy, seeded, startRpcProxy } from '../../../helpers/rpcProxy.ts';

let chain: TestChain;
const proxies: RpcProxy[] = [];
before(async () => {
  chain = await startTestChain();
  const closed = await startRpcProxy(chain.anvil.url);
  await closed.close();
  NOWHERE = closed.url;
});
after(async () => {
  for (const proxy of proxies) await proxy.close();
  await chain.anvil.stop();
});

async function proxied(fault?: RpcProxy['fault']): Promise<RpcProxy> {
  const proxy = await startRpcProxy(chain.anvil.url, fault);
  proxies.push(proxy);
  return proxy;
}

const QUICK = { timeoutMs: 300, deadlineMs: 3_000 };
const rpcOf = (list: readonly RpcProxy[], options: Partial<RpcOptions> = {}): Rpc =>
  new Rpc({ urls: list.map(({ url }) => url), ...QUICK, ...options });
/** A port that nobody listens on: it was free a moment ago. */
let NOWHERE: string;

/** Breaks the first `count` calls. */
const first =
  (count: number, fault: Fault): RpcProxy['fault'] =>
  ({ index }) =>
    index < count ? fault : undefined;

describe('Rpc.request', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['a lost call', 'lost'],
    ['a lost answer', 'cut-after'],
    ['half an answer', 'cut'],
    ['JSON cut short', 'truncated'],
    ['no answer', 'hang'],
    ['an HTML page', 'garbage'],
    ['an answer to another call', 'wrong-id'],
    ['HTTP 500', { status: 500 }],
    ['HTTP 503 with Retry-After', { status: 503, retryAfter: '0' }],
    ['HTTP 429', { status: 429 }],
    ['HTTP 404', { status: 404 }],
    ['a rate limit in JSON', { error: { code: -32005, message: 'limit exceeded' } }],
  ];
  for (const [name, fault] of faults) {
    it(`behavior: survives ${name}`, async () => {
      const proxy = await proxied(first(3, fault));
      assert.equal(await rpcOf([proxy]).request('eth_chainId'), '0x7a69');
      assert.equal(proxy.calls.length, 4);
    });
  }

  it('behavior: Retry-After is honoured', async () => {
    const proxy = await proxied(first(1, { status: 429, retryAfter: '1' }));
    const start = performance.now();
    await rpcOf([proxy]).request('eth_chainId');
    assert.ok(performance.now() - start >= 990);
  });

  it('behavior: the next endpoint answers when the first does not', async () => {
    const good = await proxied();
    const rpc = new Rpc({ urls: [NOWHERE, good.url], ...QUICK });
    const start = performance.now();
    assert.equal(await rpc.request('eth_chainId'), '0x7a69');
    assert.ok(performance.now() - start < 250);
    assert.equal(rpc.status()[0]!.state, 'failing');
    assert.equal(rpc.status()[0]!.lastFailure, 'ECONNREFUSED');
  });

  it('behavior: 300 calls side by side over two bad lines all get their own answer', async () => {
    const seed = Number(process.env['SEED'] ?? 7);
    const random = seeded(seed);
    const kinds: Fault[] = ['lost', 'cut', 'truncated', 'wrong-id', 'garbage', { status: 500 }, { status: 429 }];
    const fault = (): Fault | undefined => (random() < 0.3 ? kinds[Math.floor(random() * kinds.length)] : undefined);
    const rpc = rpcOf([await proxied(fault), await proxied(fault)], { timeoutMs: 3_000, deadlineMs: 20_000 });
    const accounts = Array.from({ length: 300 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`);
    await Promise.all(
      accounts.map((account, i) => chain.call('anvil_setBalance', [account, `0x${(i + 7).toString(16)}`])),
    );
    const balances = await Promise.all(accounts.map((account) => rpc.request('eth_getBalance', [account, 'latest'])));
    assert.deepEqual(
      balances.map(Number),
      accounts.map((_, i) => i + 7),
      `seed ${seed}`,
    );
  });

  it('error: RpcRefused is passed on at once, with code and data', async () => {
    const proxy = await proxied();
    await assert.rejects(rpcOf([proxy]).request('eth_nonsense'), (error) => {
      assert.ok(error instanceof RpcRefused);
      assert.equal(error.rpcCode, -32601);
      return true;
    });
    assert.equal(proxy.calls.length, 1);
  });

  it('error: ChainUnreachable at the deadline names every endpoint and what it did, without paths or keys', async () => {
    const bad = await proxied(() => ({ status: 502 }));
    const rpc = new Rpc({ urls: [`${bad.url}/v3/secret-key`, NOWHERE], timeoutMs: 100, deadlineMs: 400 });
    await assert.rejects(rpc.request('eth_chainId'), (error) => {
      assert.ok(error instanceof ChainUnreachable && error.retryable);
      for (const url of [bad.url, NOWHERE]) assert.ok(error.message.includes(`${new URL(url).host}: `));
      assert.match(error.message, /HTTP 502|no answer within/);
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  });

  it('behavior: the last hurried attempt before the deadline does not hide what was wrong', async () => {
    let asked = 0;
    const bad = await proxied(() => (asked++ < 1 ? { status: 502 } : 'hang'));
    const rpc = new Rpc({ urls: [bad.url], timeoutMs: 10_000, deadlineMs: 300 });
    await assert.rejects(
      rpc.request('eth_chainId'),
      (error) => error instanceof ChainUnreachable && /HTTP 502/.test(error.why),
    );
  });

  it('error: RpcAnswerTooLarge before it is in memory', async () => {
    const proxy = await proxied(() => ({ result: () => 'x'.repeat(100_000) }));
    await assert.rejects(rpcOf([proxy], { maxResponseBytes: 50_000 }).request('eth_call'), RpcAnswerTooLarge);
  });

  it('behavior: a server that comes back is used again', async () => {
    const proxy = await proxied();
    const rpc = rpcOf([proxy]);
    await rpc.request('eth_chainId');
    await proxy.close();
    const waiting = rpc.request('eth_chainId');
    await new Promise((done) => setTimeout(done, 300));
    await proxy.reopen();
    assert.equal(await waiting, '0x7a69');
  });
});

describe('Endpoint.call', () => {
  it('error: RpcAttemptFailed says why and how long to wait', async () => {
    const limits = { timeoutMs: 200, maxResponseBytes: 1000 };
    const proxy = await proxied(() => ({ status: 429, retryAfter: new Date(Date.now() + 5_000).toUTCString() }));
    await assert.rejects(new Endpoint(proxy.url, limits).call('eth_chainId', [], 200), (error) => {
      assert.ok(error instanceof RpcAttemptFailed);
      assert.ok(error.waitMs! > 3_000 && error.waitMs! <= 5_000);
      return true;
    });
    await assert.rejects(new Endpoint(NOWHERE, limits).call('eth_chainId', [], 200), (error) => {
      assert.ok(error instanceof RpcAttemptFailed && error.disconnected);
      return true;
    });
  });
});

describe('Endpoint credentials', () => {
  it('behavior: user and password of a URL are sent, and in no message', async () => {
    const seen: string[] = [];
    const proxy = await proxied();
    proxy.onHeaders = (headers) => seen.push(String(headers.authorization));
    const url = proxy.url.replace('//', '//me:s%40cret@');
    const rpc = new Rpc({ urls: [url, NOWHERE.replace('//', '//me:s%40cret@')], ...QUICK });
    assert.equal(await rpc.request('eth_chainId'), '0x7a69');
    assert.deepEqual(seen, [`Basic ${Buffer.from('me:s@cret').toString('base64')}`]);
    await proxy.close();
    const error = await rpc.request('eth_chainId').catch((caught: unknown) => caught);
    assert.ok(error instanceof ChainUnreachable && !/s@cret|s%40cret/.test(inspect(error, { depth: 9 })));
  });
});

describe('Rpc chain check', () => {
  const wrongChain: RpcProxy['fault'] = ({ method }) =>
    method === 'eth_chainId' ? { result: () => '0x1' } : undefined;

  it('error: ChainIdMismatch names both ids, at the start and at the first call', async () => {
    const rpc = rpcOf([await proxied(wrongChain)], { chain: { chainId: 31337 } });
    for (const ask of [rpc.check(), rpc.request('eth_blockNumber')]) {
      await assert.rejects(ask, (error) => {
        assert.ok(error instanceof ChainIdMismatch);
        assert.deepEqual([error.meta['expected'], error.meta['actual']], [31337, 1]);
        assert.match(error.message, /serves chain 1, this node is set up for chain 31337/);
        return true;
      });
    }
  });

  it('error: check refuses when any endpoint is of another chain, a call goes to the right one', async () => {
    const rpc = rpcOf([await proxied(wrongChain), await proxied()], { chain: { chainId: 31337 } });
    await assert.rejects(rpc.check(), ChainIdMismatch);
    assert.equal(Number(await rpc.request('eth_blockNumber')) >= 0, true);
  });

  it('error: GenesisMismatch when the same number hides another chain', async () => {
    const genesisHash = `0x${'ab'.repeat(32)}` as Digest;
    const rpc = rpcOf([await proxied()], { chain: { chainId: 31337, genesisHash } });
    await assert.rejects(rpc.check(), GenesisMismatch);
    await rpcOf([await proxied()], { chain: chain.chain }).check();
  });

  it('behavior: check passes while one endpoint is down, and fails when all are', async () => {
    const good = await proxied();
    await new Rpc({ urls: [NOWHERE, good.url], chain: chain.chain, ...QUICK }).check();
    await assert.rejects(
      new Rpc({ urls: [NOWHERE], chain: chain.chain, timeoutMs: 100, deadlineMs: 300 }).check(),
      ChainUnreachable,
    );
  });

  it('behavior: a server that is replaced by another chain during an outage is noticed', async () => {
    const other = await startTestChain();
    const proxy = await proxied();
    const rpc = rpcOf([proxy], { chain: chain.chain });
    await rpc.request('eth_blockNumber');
    await proxy.close();
    proxy.target = other.anvil.url;
    await proxy.reopen();
    await assert.rejects(rpc.request('eth_blockNumber'), GenesisMismatch);
    await other.anvil.stop();
  });
});

describe('Rpc heads', () => {
  it('behavior: an endpoint whose head is frozen is left for one that follows the chain', async () => {
    let frozen: unknown;
    const stale = await proxied(({ method }) =>
      method === 'eth_blockNumber' || method === 'eth_getBlockByNumber'
        ? {
            result: (truth) => {
              frozen ??= truth;
              return frozen;
            },
          }
        : undefined,
    );
    const rpc = rpcOf([stale, await proxied()], { maxLagBlocks: 3, probeMs: 50 });
    const before = Number(await rpc.request('eth_blockNumber'));
    await chain.mine(10);
    const head = await until(async () => {
      const seen = Number(await rpc.request('eth_blockNumber'));
      return seen >= before + 10 ? seen : undefined;
    }, 'failover');
    assert.ok(head >= before + 10);
    assert.equal(rpc.status()[0]!.state, 'lagging');
    assert.equal(rpc.status()[1]!.state, 'healthy');
    assert.ok(rpc.status()[1]!.headAgeMs! < 5_000);
  });
});

describe('Rpc.pinned', () => {
  it('behavior: all calls of one body see one endpoint; the body starts again on the next', async () => {
    const breaks = await proxied(({ index }) => (index >= 1 ? 'lost' : undefined));
    const good = await proxied();
    const rpc = rpcOf([breaks, good]);
    let rounds = 0;
    const results = await rpc.pinned(async (request) => {
      rounds += 1;
      return [await request('eth_chainId', []), await request('eth_blockNumber', [])];
    });
    assert.equal(results.length, 2);
    assert.equal(rounds, 2);
    assert.deepEqual(
      good.calls.map(({ method }) => method),
      ['eth_chainId', 'eth_blockNumber'],
    );
  });
});

describe('Rpc.transport', () => {
  it('default: a viem client works on it, and finds revert data', async () => {
    const client = createPublicClient({ transport: rpcOf([await proxied(first(2, 'lost'))]).transport() });
    assert.equal(await client.getChainId(), 31337);
    assert.ok((await client.getBalance({ address: RICH })) > 0n);
    await assert.rejects(client.call({ data: '0x60016000526001601ffd' }), /reverted/);
  });
});
