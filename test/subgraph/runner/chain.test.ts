import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { bloomMayHold } from '../../../subgraph/runner/chain/bloom.ts';
import { RpcError } from '../../../subgraph/runner/errors.ts';
import { type Anvil, startAnvil } from '../../helpers/anvil.ts';
import { buildFixture } from '../fixture/fixture.ts';
import { type Lie, type LyingRpc, startLyingRpc } from '../fixture/lyingRpc.ts';
import { contentOf, type OpenIndex, openIndex } from '../fixture/openIndex.ts';
import { deployShelf, rpc, type Shelf } from '../fixture/shelf.ts';
import { temporary } from '../fixture/temporary.ts';

type Json = Record<string, unknown>;
const OTHER = `0x${'77'.repeat(32)}`;
const onLogs =
  (change: (logs: Json[]) => unknown): Lie =>
  (method, result) =>
    method === 'eth_getLogs' && (result as Json[]).length > 0 ? change(result as Json[]) : result;
const onBlocks =
  (change: (block: Json) => unknown): Lie =>
  (method, result) =>
    method.startsWith('eth_getBlockBy') && result !== null ? change(result as Json) : result;

describe('the index and its chain', () => {
  const folder = temporary('chain');
  let anvil: Anvil;
  let shelf: Shelf;
  let manifest: string;
  let liar: LyingRpc;
  let truth: string;

  before(async () => {
    anvil = await startAnvil();
    shelf = await deployShelf(anvil.url);
    manifest = buildFixture(join(folder, 'build'), { addresses: { shelf: shelf.address }, startBlock: '1' });
    for (let i = 0; i < 6; i++) await shelf.send(i, 'write', BigInt(i), `Title ${i}`, 1n, 1n, ['a']);
    for (let i = 0; i < 6; i++) await shelf.send(i, 'likeMany', 0n, 6n, 3n);
    liar = await startLyingRpc(anvil.url);
    const index = openIndex(manifest, [anvil.url]);
    await index.sync();
    truth = contentOf(index.db);
    index.close();
  });
  beforeEach(() => {
    liar.lie = undefined;
    liar.asked.length = 0;
  });
  after(async () => {
    liar?.close();
    await anvil?.stop();
  });

  const LIES: readonly (readonly [string, Lie, RegExp])[] = [
    ['logs that are no list', onLogs(() => ({})), /not a list/],
    ['a log with five topics', onLogs(([log]) => [{ ...log, topics: Array(5).fill(OTHER) }]), /at most four/],
    ['a log whose data is no hex', onLogs(([log]) => [{ ...log, data: '0xzz' }]), /data is not hex/],
    ['a log of another range', onLogs(([log]) => [{ ...log, blockNumber: '0xffffff' }]), /came for blocks/],
    ['the same log twice', onLogs(([log]) => [log, log]), /came twice/],
    [
      'one block under two hashes',
      onLogs(([log]) => [log, { ...log, logIndex: '0x5', blockHash: OTHER }]),
      /two hashes/,
    ],
    ['a log that was removed', onLogs(([log]) => [{ ...log, removed: true }]), /removed/],
    [
      'a log of a transaction that is not in its block',
      onLogs(([log]) => [{ ...log, transactionHash: OTHER }]),
      /does not belong/,
    ],
    ['a quantity that is none', onBlocks((block) => ({ ...block, timestamp: 'soon' })), /timestamp is not a quantity/],
    [
      'a block number beyond reason',
      onBlocks((block) => ({ ...block, number: `0x${'f'.repeat(20)}` })),
      /absurdly large/,
    ],
    ['no transactions', onBlocks((block) => ({ ...block, transactions: null })), /transactions is not a list/],
    [
      'another block than was asked for',
      (method, result) => (method === 'eth_getBlockByHash' ? { ...(result as Json), hash: OTHER } : result),
      /came for block/,
    ],
    ['nothing', () => undefined, /with nothing|did not answer/],
    ['a short hash', onBlocks((block) => ({ ...block, hash: '0x1234' })), /hash is not 32 bytes/],
  ];
  for (const [what, lie, why] of LIES)
    it(`refuses ${what}, and believes the next endpoint`, async () => {
      liar.lie = lie;
      const alone = openIndex(manifest, [liar.url]);
      await assert.rejects(alone.sync(), (error: unknown) => error instanceof RpcError && why.test(error.message));
      assert.equal(alone.indexer.status.events, 0);
      alone.close();
      const index = openIndex(manifest, [liar.url, anvil.url]);
      // What only two answers together show is noticed after the fact: the next look asks the other endpoint.
      await index.sync().catch(() => index.sync());
      assert.equal(contentOf(index.db), truth);
      index.close();
    });

  it('ignores logs of contracts and events that nobody asked for', async () => {
    liar.lie = onLogs((logs) => [...logs, { ...logs.at(-1), address: `0x${'99'.repeat(20)}`, logIndex: '0x63' }]);
    const index = openIndex(manifest, [liar.url]);
    await index.sync();
    assert.equal(contentOf(index.db), truth);
    index.close();
  });

  it('asks again by hash where logs are withheld that the bloom filter promises', async () => {
    liar.lie = (method, result, [query]) =>
      method === 'eth_getLogs' && (query as Json)['blockHash'] === undefined ? (result as Json[]).slice(0, 2) : result;
    const index = openIndex(manifest, [liar.url]);
    await index.sync();
    assert.equal(contentOf(index.db), truth);
    index.close();
  });

  it('reads bloom filters as the chain writes them', async () => {
    const block = await rpc<Json>(anvil.url, 'eth_getBlockByNumber', '0x2', false);
    const bloom = block['logsBloom'] as string;
    assert.equal(bloomMayHold(bloom, shelf.address), true);
    assert.equal(bloomMayHold(bloom, `0x${'12'.repeat(20)}`), false);
    assert.equal(bloomMayHold(`0x${'00'.repeat(256)}`, shelf.address), false);
  });

  it('takes smaller ranges when the endpoint refuses large ones, and larger ones again', async () => {
    await shelf.mine(300);
    liar.lie = (method, result, [query]) => {
      const { fromBlock, toBlock } = (query ?? {}) as Record<string, string>;
      if (method === 'eth_getLogs' && Number(toBlock) - Number(fromBlock) >= 70)
        throw { code: -32_005, message: 'query returned more than 10000 results' };
      return result;
    };
    const index = openIndex(manifest, [liar.url]);
    await index.sync();
    assert.equal(contentOf(index.db), truth);
    index.close();
  });

  for (const [most, answer] of [
    [10, 'refuses'],
    [10, 'breaks down over'],
    [1, 'refuses'],
    [100, 'breaks down over'],
  ] as const)
    it(`comes through with an endpoint that ${answer} more than ${most} blocks at once`, async () => {
      liar.lie = (method, result, [query]) => {
        const { fromBlock, toBlock } = (query ?? {}) as Record<string, string>;
        if (method !== 'eth_getLogs' || Number(toBlock) - Number(fromBlock) < most) return result;
        if (answer === 'refuses') throw { code: -32_600, message: `up to ${most} blocks` };
        return undefined;
      };
      const index = openIndex(manifest, [liar.url]);
      for (let failures = 0; failures < 40; failures++) {
        const failed = await index.sync().then(
          () => false,
          (error: unknown) => error instanceof RpcError,
        );
        if (!failed) break;
      }
      assert.equal(index.indexer.status.behind, 0);
      assert.equal(contentOf(index.db), truth);
      index.close();
    });

  it('does not mistake an endpoint that lags for a chain that went back', async () => {
    const index = openIndex(manifest, [liar.url]);
    await index.sync();
    const tip = index.indexer.status.indexedBlock!;
    const old = await rpc<Json>(anvil.url, 'eth_getBlockByNumber', `0x${(tip - 3).toString(16)}`, false);
    liar.lie = (method, result, [number]) => (method === 'eth_getBlockByNumber' && number === 'latest' ? old : result);
    await index.indexer.step();
    assert.deepEqual([index.indexer.status.indexedBlock, index.indexer.status.reorgs], [tip, 0]);
    index.close();
  });

  it('stands still at a mapping that fails, says so, and goes on when the block is taken back', async () => {
    const index = openIndex(manifest, [anvil.url]);
    await shelf.send(0, 'like', 1n, 5n);
    const good = await shelf.blockNumber();
    const snapshot = await rpc(anvil.url, 'evm_snapshot');
    await rpc(anvil.url, 'evm_setAutomine', false);
    await shelf.send(0, 'open', 'topic', 'words');
    await shelf.send(0, 'breakIt', 1n, 0);
    await shelf.mine();
    await rpc(anvil.url, 'evm_setAutomine', true);
    await shelf.send(0, 'like', 1n, 6n);
    await index.sync();
    const { failed, lastError, synced, indexedBlock } = index.indexer.status;
    assert.deepEqual([failed?.handler, failed?.block, indexedBlock, synced], ['handleBroken', good + 1, good, false]);
    const sources = index.db.prepare('SELECT count(*) AS n FROM sources').get();
    assert.deepEqual({ ...sources }, { n: 0 }, 'nothing of the block stays');
    assert.match(lastError!, /handleBroken failed at block \d+, log 2: mapping aborted at src\/mapping\.ts/);
    const meta = (of: OpenIndex): unknown =>
      of.engine.run({ query: '{ _meta { hasIndexingErrors } }' }).data?.['_meta'];
    assert.deepEqual({ ...(meta(index) as object) }, { hasIndexingErrors: true });
    await rpc(anvil.url, 'evm_revert', snapshot);
    await shelf.send(0, 'like', 1n, 7n);
    await index.sync();
    assert.equal(index.indexer.status.failed, null);
    assert.deepEqual({ ...(meta(index) as object) }, { hasIndexingErrors: false });
    assert.equal(index.indexer.status.synced, true);
    const rebuilt = openIndex(manifest, [anvil.url]);
    await rebuilt.sync();
    assert.equal(contentOf(index.db), contentOf(rebuilt.db));
    rebuilt.close();
    index.close();
  });

  it('reads the chain at the block at hand, for a handler that asks', async () => {
    const index = openIndex(manifest, [anvil.url]);
    const parts = [
      { pages: 3n, title: 'x' },
      { pages: 4n, title: 'yy' },
    ];
    await shelf.send(0, 'bind', 2n, parts, [1, 2], '0xabcd');
    await shelf.send(0, 'burn', 3n);
    await index.sync();
    const note = index.engine.run({ query: '{ book(id: "2") { note pages } }' }).data?.['book'];
    assert.deepEqual(JSON.parse(JSON.stringify(note)), { note: 'x;yy;1/2 0xabcd 1 1 1:1', pages: ['3', '4'] });
    index.close();
  });
});
