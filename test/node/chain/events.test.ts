import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { encodeFunctionData, type Hex } from 'viem';
import { type ChainEvent, type Follower, type FollowOptions, follow } from '../../../node/chain/events.ts';
import { RpcDisputed } from '../../../node/chain/rpc/agreement.ts';
import { Rpc } from '../../../node/chain/rpc/rpc.ts';
import type { Address } from '../../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import type { Journal } from '../../../node/ports/Journal.ts';
import { memoryLog, RICH, startTestChain, type TestChain, until } from '../../helpers/anvilRpc.ts';
import { counterAbi } from '../../helpers/counterContract.ts';
import { type Fault, type RpcProxy, seeded, startRpcProxy } from '../../helpers/rpcProxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-events-'));
let chain: TestChain;
const ends: (() => Promise<void>)[] = [];
before(async () => {
  chain = await startTestChain();
});
after(async () => {
  for (const end of ends) await end();
  await chain.anvil.stop();
  rmSync(folder, { recursive: true });
});

interface Row {
  readonly id: string;
  readonly count: string;
  readonly block: number;
  readonly hash: string;
}

interface Followed {
  readonly follower: Follower;
  /** What the handler wrote, in order: ids as the journal holds them. */
  ids(): string[];
  readonly rows: () => Row[];
  readonly log: ReturnType<typeof memoryLog>;
}

/** A follower that keeps what it is told in the same journal, as a service would. */
function track(journal: Journal, address: Address, options: Partial<FollowOptions> = {}): Followed {
  const table = journal.table<Row>('events');
  const log = memoryLog();
  const follower = follow({
    rpc: chain.rpc,
    journal,
    log,
    name: 'counter',
    addresses: [address],
    abi: counterAbi,
    fromBlock: 0,
    pollMs: 20,
    onEvent: ({ args, blockNumber, blockHash, logIndex }) =>
      table.insert(`${blockNumber} ${logIndex}`, {
        id: String(args['id']),
        count: String(args['count']),
        block: blockNumber,
        hash: blockHash,
      }),
    onRollback: (block) => {
      for (const [key, row] of [...table.entries()]) if (row.block > block) table.delete(key);
    },
    ...options,
  });
  ends.push(() => follower.stop());
  const rows = (): Row[] => [...table.entries()].map(([, row]) => row);
  return { follower, rows, log, ids: () => rows().map(({ id }) => id) };
}

async function hit(counter: Address, first: number, count = 1): Promise<void> {
  const data = encodeFunctionData({ abi: counterAbi, functionName: 'hitMany', args: [BigInt(first), BigInt(count)] });
  const hash = await chain.call('eth_sendTransaction', [{ from: RICH, to: counter, data, gas: '0x700000' }]);
  await until(() => chain.call('eth_getTransactionReceipt', [hash]), 'mined');
}

/** What a new follower sees, from zero: the truth to compare with. */
async function rebuilt(counter: Address): Promise<Row[]> {
  const { follower, rows } = track(SqliteJournal.open(':memory:'), counter);
  await follower.synced();
  await follower.stop();
  return rows();
}

/** Adds empty blocks on top of a saved chain: copies of its last one. */
function lengthen(stateFile: string, blocks: number): void {
  interface Saved {
    best_block_number: number;
    block: { number: string };
    blocks: { header: { number: string; timestamp: string } }[];
  }
  const saved = JSON.parse(gunzipSync(readFileSync(stateFile)).toString()) as Saved;
  const last = saved.blocks.find(({ header }) => Number(header.number) === saved.best_block_number)!;
  for (let i = 1; i <= blocks; i++) {
    const number = `0x${(saved.best_block_number + i).toString(16)}`;
    saved.blocks.push({ ...last, header: { ...last.header, number } });
  }
  saved.best_block_number += blocks;
  saved.block.number = `0x${saved.best_block_number.toString(16)}`;
  writeFileSync(stateFile, gzipSync(JSON.stringify(saved), { level: 1 }));
}

const range = (from: number, count: number): string[] => Array.from({ length: count }, (_, i) => String(from + i));

describe('follow', () => {
  it('default: delivers each event once, in order, and resumes where it was', async () => {
    const counter = await chain.deployCounter();
    await hit(counter, 1, 5);
    const journal = SqliteJournal.open(join(folder, 'resume.db'));
    const first = track(journal, counter);
    await first.follower.synced();
    await hit(counter, 6, 2);
    await first.follower.synced();
    assert.deepEqual(first.ids(), range(1, 7));
    await first.follower.stop();
    await hit(counter, 8, 3);
    await chain.mine(5);
    const second = track(journal, counter);
    await second.follower.synced();
    assert.deepEqual(second.ids(), range(1, 10));
    assert.equal(second.follower.position, Number(await chain.call('eth_blockNumber')));
  });

  it('behavior: a handler that throws loses nothing: the stretch comes again', async () => {
    const counter = await chain.deployCounter();
    await hit(counter, 1, 4);
    const journal = SqliteJournal.open(':memory:');
    const table = journal.table<number>('seen');
    let throws = 2;
    const { follower, log } = track(journal, counter, {
      onEvent: ({ args }: ChainEvent) => {
        table.insert(String(args['id']), 1);
        if (args['id'] === 3n && throws-- > 0) throw new Error('planted');
      },
    });
    await follower.synced();
    assert.equal(table.count(), 4);
    assert.equal(log.lines.filter((line) => line.includes('planted')).length, 2);
  });

  it('behavior: events it cannot read are counted, not thrown over', async () => {
    const counter = await chain.deployCounter();
    await hit(counter, 1, 3);
    const { follower, ids } = track(SqliteJournal.open(':memory:'), counter, {
      abi: [{ type: 'event', name: 'Other', inputs: [], anonymous: false }],
    });
    await follower.synced();
    assert.deepEqual([ids(), follower.skipped], [[], 3]);
  });

  it('args: confirmations hold events back', async () => {
    const counter = await chain.deployCounter();
    const { follower, ids } = track(SqliteJournal.open(':memory:'), counter, { confirmations: 3 });
    await hit(counter, 1);
    await chain.mine(1);
    await follower.synced();
    assert.deepEqual(ids(), []);
    await chain.mine(1);
    await follower.synced();
    assert.deepEqual(ids(), ['1']);
  });

  it('behavior: reorganisations of depth 1 to 12 leave what a rebuild from zero shows', async () => {
    const counter = await chain.deployCounter();
    const journal = SqliteJournal.open(':memory:');
    const tracked = track(journal, counter);
    let id = 1;
    for (let depth = 1; depth <= 12; depth++) {
      for (let block = 0; block < 3; block++) await hit(counter, id++);
      await chain.mine(depth >> 1);
      await tracked.follower.synced();
      await chain.call('anvil_reorg', [depth, []]);
      await hit(counter, 1000 * depth, 2);
      await tracked.follower.synced();
      assert.deepEqual(tracked.rows(), await rebuilt(counter), `depth ${depth}`);
    }
    assert.equal(tracked.log.lines.filter((line) => line.includes('takes events back')).length, 12);
  });

  it('behavior: a reorganisation during downtime is noticed at the next start', async () => {
    const counter = await chain.deployCounter();
    const journal = SqliteJournal.open(':memory:');
    const first = track(journal, counter);
    await hit(counter, 1, 2);
    await hit(counter, 3, 2);
    await first.follower.synced();
    await first.follower.stop();
    await chain.call('anvil_reorg', [1, []]);
    await hit(counter, 50, 1);
    const second = track(journal, counter);
    await second.follower.synced();
    assert.deepEqual(second.ids(), ['1', '2', '50']);
  });
});

describe('follow under faults', () => {
  const proxied = async (fault: RpcProxy['fault']): Promise<RpcProxy> => {
    const proxy = await startRpcProxy(chain.anvil.url, fault);
    ends.push(() => proxy.close());
    return proxy;
  };

  it('behavior: far behind, over an endpoint that gives 20 blocks at once and fails every third call', async () => {
    const counter = await chain.deployCounter();
    const start = Number(await chain.call('eth_blockNumber'));
    for (let i = 0; i < 8; i++) {
      await hit(counter, 1 + 3 * i, 3);
      await chain.mine(60);
    }
    const seed = Number(process.env['SEED'] ?? 11);
    const random = seeded(seed);
    const kinds: Fault[] = [{ status: 429, retryAfter: '0' }, { status: 500 }, 'lost', 'cut', 'truncated', 'wrong-id'];
    let asked = 0;
    const proxy = await proxied(({ method, params }) => {
      if (random() < 0.3) return kinds[Math.floor(random() * kinds.length)];
      if (method !== 'eth_getLogs') return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: Hex; toBlock: Hex };
      if (Number(toBlock) - Number(fromBlock) >= 20) return { error: { code: -32005, message: 'too many blocks' } };
      asked += 1;
      return undefined;
    });
    const rpc = new Rpc({ urls: [proxy.url], chain: chain.chain, timeoutMs: 1000 });
    const { follower, ids } = track(SqliteJournal.open(':memory:'), counter, { rpc, fromBlock: start });
    await follower.synced();
    assert.deepEqual(ids(), range(1, 24), `seed ${seed}`);
    assert.ok(asked >= 480 / 20);
  });

  it('behavior: 10,000 blocks behind', async () => {
    // Mining so many takes anvil minutes, so they are written into a saved chain, between two real events.
    const stateFile = join(folder, 'long', 'chain.gz');
    const short = await startTestChain({ stateFile });
    const counter = await short.deployCounter();
    const send = async (to: TestChain, first: number): Promise<void> => {
      const data = encodeFunctionData({ abi: counterAbi, functionName: 'hitMany', args: [BigInt(first), 2n] });
      const hash = await to.call('eth_sendTransaction', [{ from: RICH, to: counter, data }]);
      await until(() => to.call('eth_getTransactionReceipt', [hash]), 'mined');
    };
    await send(short, 1);
    await short.mine(1);
    await short.anvil.stop();
    lengthen(stateFile, 10_000);
    const long = await startTestChain({ stateFile });
    ends.push(() => long.anvil.stop());
    await send(long, 3);
    const proxy = await startRpcProxy(long.anvil.url);
    ends.push(() => proxy.close());
    const rpc = new Rpc({ urls: [proxy.url], chain: long.chain });
    const { follower, ids } = track(SqliteJournal.open(':memory:'), counter, { rpc, maxRange: 250 });
    await follower.synced();
    assert.deepEqual(ids(), range(1, 4));
    assert.ok(follower.position > 10_000);
    assert.ok(proxy.calls.filter(({ method }) => method === 'eth_getLogs').length >= 40);
  });

  it('behavior: events keep coming while an endpoint duplicates, reorders and repeats logs', async () => {
    const counter = await chain.deployCounter();
    const proxy = await proxied(({ method }) =>
      method === 'eth_getLogs'
        ? { result: (logs) => [...(logs as unknown[]), ...(logs as unknown[])].reverse() }
        : undefined,
    );
    const rpc = new Rpc({ urls: [proxy.url] });
    const { follower, ids } = track(SqliteJournal.open(':memory:'), counter, { rpc });
    for (let i = 0; i < 3; i++) {
      await hit(counter, 1 + 4 * i, 4);
      await follower.synced();
    }
    assert.deepEqual(ids(), range(1, 12));
  });

  it('behavior: an endpoint whose answers come from nodes of different heights cannot hide events', async () => {
    const counter = await chain.deployCounter();
    const random = seeded(5);
    // Half of the answers come from a node that is two blocks behind: it shows fewer logs and no newest block.
    const proxy = await proxied(({ method, params }) => {
      if (random() < 0.5) return undefined;
      if (method === 'eth_blockNumber') return { result: (head) => `0x${Math.max(0, Number(head) - 2).toString(16)}` };
      if (method === 'eth_getBlockByNumber' && typeof params[0] === 'string') {
        return { result: (block) => (Number(params[0]) > floor ? null : block) };
      }
      return undefined;
    });
    let floor = Number(await chain.call('eth_blockNumber'));
    const rpc = new Rpc({ urls: [proxy.url] });
    const tracked = track(SqliteJournal.open(':memory:'), counter, { rpc });
    for (let i = 0; i < 12; i++) {
      await hit(counter, 1 + i);
      floor = Number(await chain.call('eth_blockNumber')) - 2;
    }
    floor = Number.POSITIVE_INFINITY;
    await until(async () => {
      await tracked.follower.synced();
      return tracked.follower.position === Number(await chain.call('eth_blockNumber'));
    }, 'caught up');
    assert.deepEqual(tracked.rows(), await rebuilt(counter));
  });

  it('error: RpcDisputed: with agree 2 of 3 a liar deceives nobody, and two that differ stop everything', async () => {
    const counter = await chain.deployCounter();
    const omit: Fault = { result: () => [] };
    const forge: Fault = {
      result: (logs) =>
        (logs as Record<string, unknown>[]).map((each) => ({
          ...each,
          data: `0x${'00'.repeat(63)}07${'00'.repeat(0)}`,
        })),
    };
    const high: Fault = { result: () => '0xffffff' };
    for (const lie of [omit, forge]) {
      const liar = await proxied(({ method }) =>
        method === 'eth_getLogs' ? lie : method === 'eth_blockNumber' ? high : undefined,
      );
      const honest = [await proxied(() => undefined), await proxied(() => undefined)];
      const rpc = new Rpc({ urls: [liar, ...honest].map(({ url }) => url), chain: chain.chain });
      const { follower, rows } = track(SqliteJournal.open(':memory:'), counter, { rpc, agree: 2 });
      const id = 1 + Number((await rebuilt(counter)).length);
      await hit(counter, id);
      await follower.synced();
      assert.deepEqual(rows(), await rebuilt(counter));
      await follower.stop();

      const two = new Rpc({ urls: [liar.url, honest[0]!.url], chain: chain.chain });
      const stuck = track(SqliteJournal.open(':memory:'), counter, { rpc: two, agree: 2 });
      await until(() => stuck.log.lines.find((line) => line.includes('do not agree')), 'a dispute is reported');
      assert.deepEqual(stuck.rows(), []);
      await stuck.follower.stop();
    }
    const none = new Rpc({ urls: [(await proxied(() => 'lost')).url], timeoutMs: 100 });
    await assert.rejects(
      none.agreed(1, (ask) => ask('eth_chainId', [])),
      RpcDisputed,
    );
    await assert.rejects(
      none.agreed(1, (ask) => ask('eth_blockNumber', [])),
      RpcDisputed,
    );
  });

  it('behavior: the chain dies and loses its last blocks; what is left is what a rebuild shows', async () => {
    const state = join(folder, 'dying', 'chain.gz');
    const mortal = await startTestChain({ stateFile: state, saveEveryMs: 60_000 });
    ends.push(() => mortal.anvil.stop());
    const counter = await mortal.deployCounter();
    const send = async (first: number): Promise<void> => {
      const data = encodeFunctionData({ abi: counterAbi, functionName: 'hitMany', args: [BigInt(first), 1n] });
      const hash = await mortal.call('eth_sendTransaction', [{ from: RICH, to: counter, data }]);
      await until(() => mortal.call('eth_getTransactionReceipt', [hash]), 'mined');
    };
    await send(1);
    await mortal.anvil.save();
    await send(2);
    const journal = SqliteJournal.open(':memory:');
    const { follower, ids } = track(journal, counter, { rpc: mortal.rpc });
    await follower.synced();
    assert.deepEqual(ids(), ['1', '2']);
    const { pid } = mortal.anvil;
    process.kill(pid, 'SIGKILL');
    await until(() => mortal.anvil.pid !== pid, 'it runs again');
    await until(() => ids().length === 1, 'the lost event is taken back');
    await send(3);
    await follower.synced();
    assert.deepEqual(ids(), ['1', '3']);
  });
});
