import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { decodeFunctionResult, encodeFunctionData } from 'viem';
import { Rpc } from '../../../../node/chain/rpc/rpc.ts';
import { createSigner } from '../../../../node/chain/signer.ts';
import { BalanceTooLow, IntentChanged, TxQueueStopped } from '../../../../node/chain/tx/errors.ts';
import type { TxRequest } from '../../../../node/chain/tx/intent.ts';
import { TxQueue, type TxQueueOptions } from '../../../../node/chain/tx/txQueue.ts';
import type { Address, Hex } from '../../../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import type { Journal } from '../../../../node/ports/Journal.ts';
import { memoryLog, startTestChain, type TestChain, until } from '../../../helpers/anvilRpc.ts';
import { counterAbi } from '../../../helpers/counterContract.ts';
import { type Fault, type RpcProxy, seeded, startRpcProxy } from '../../../helpers/rpcProxy.ts';
import { secretEncodings } from '../../../helpers/secretEncodings.ts';

let chain: TestChain;
let counter: Address;
const open: TxQueue[] = [];
before(async () => {
  chain = await startTestChain();
  counter = await chain.deployCounter();
});
after(async () => {
  for (const queue of open) await queue.stop();
  await chain.anvil.stop();
});

interface Made {
  readonly queue: TxQueue;
  readonly journal: Journal;
  readonly log: ReturnType<typeof memoryLog>;
  /** A second life on the same journal. */
  again(): TxQueue;
}

async function make(options: Partial<TxQueueOptions> = {}, funded = true): Promise<Made> {
  const signer = options.signer ?? createSigner(randomBytes(32));
  if (funded && options.signer === undefined) await chain.fund(signer.address);
  const journal = options.journal ?? SqliteJournal.open(':memory:');
  const log = memoryLog();
  const all = {
    rpc: chain.rpc,
    chain: chain.chain,
    signer,
    journal,
    log,
    errors: counterAbi,
    pollMs: 40,
    watchMs: 40,
    ...options,
  };
  const start = (): TxQueue => {
    const queue = new TxQueue(all);
    queue.start();
    open.push(queue);
    return queue;
  };
  return { queue: start(), journal, log, again: start };
}

const data = (...call: Parameters<typeof encode>): Hex => encode(...call);
function encode(functionName: 'hit' | 'refuse' | 'overflow', ...args: [bigint]): Hex {
  return encodeFunctionData({ abi: counterAbi, functionName, args });
}
const hit = (id: bigint, more: Partial<TxRequest> = {}): TxRequest => ({
  id: `hit ${id}`,
  to: counter,
  data: data('hit', id),
  describe: `hit ${id}`,
  ...more,
});

let ids = 1n;
const freshId = (): bigint => ids++;

async function hits(id: bigint): Promise<bigint> {
  const call = { to: counter, data: encodeFunctionData({ abi: counterAbi, functionName: 'hits', args: [id] }) };
  const result = (await chain.call('eth_call', [call, 'latest'])) as Hex;
  return decodeFunctionResult({ abi: counterAbi, functionName: 'hits', data: result });
}

const confirmedHash = (outcome: Awaited<ReturnType<TxQueue['enqueue']>>): Hex => {
  assert.equal(
    outcome.kind,
    'confirmed',
    JSON.stringify(outcome, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
  );
  return outcome.hash!;
};

describe('TxQueue.enqueue', () => {
  it('default: takes effect once, and says where', async () => {
    const { queue } = await make();
    const id = freshId();
    const outcome = await queue.enqueue(hit(id));
    assert.equal(outcome.kind, 'confirmed');
    const receipt = (await chain.call('eth_getTransactionReceipt', [confirmedHash(outcome)])) as { blockHash: Hex };
    assert.equal(outcome.kind === 'confirmed' && outcome.blockHash, receipt.blockHash);
    assert.equal(await hits(id), 1n);
  });

  it('behavior: the same id joins, and gives the outcome later, in this life and the next', async () => {
    const { queue, again } = await make();
    const id = freshId();
    const [a, b] = await Promise.all([queue.enqueue(hit(id)), queue.enqueue(hit(id))]);
    assert.deepEqual(a, b);
    assert.deepEqual(await queue.enqueue(hit(id)), a);
    await queue.stop();
    assert.deepEqual(await again().enqueue(hit(id)), a);
    assert.equal(await hits(id), 1n);
  });

  it('behavior: one hundred at once take one nonce each', async () => {
    const { queue } = await make();
    const all = Array.from({ length: 100 }, freshId);
    const outcomes = await Promise.all(all.map((id) => queue.enqueue(hit(id))));
    assert.equal(new Set(outcomes.map(confirmedHash)).size, 100);
    for (const id of all) assert.equal(await hits(id), 1n);
    assert.equal(Number(await chain.call('eth_getTransactionCount', [queue.address, 'latest'])), 100);
  });

  it('behavior: a call that needs an earlier one in flight waits for it', async () => {
    const { queue } = await make();
    const [first, second] = [freshId(), freshId()];
    const needs = encodeFunctionData({ abi: counterAbi, functionName: 'needs', args: [first, second] });
    const outcomes = await Promise.all([
      queue.enqueue(hit(first)),
      queue.enqueue({ id: `needs ${second}`, to: counter, data: needs, describe: 'need' }),
    ]);
    outcomes.forEach(confirmedHash);
  });

  it('error: a contract that refuses, decoded, costs no nonce, and may be asked again', async () => {
    const { queue } = await make();
    const outcome = await queue.enqueue({ id: 'r', to: counter, data: data('refuse', 7n), describe: 'be refused' });
    assert.equal(outcome.kind, 'reverted');
    assert.ok(outcome.kind === 'reverted' && outcome.hash === undefined);
    assert.deepEqual(outcome.revert, { name: 'Refused', args: [7n, 'always'], sentence: 'Refused (id 7, why always)' });
    const overflow = await queue.enqueue({ id: 'o', to: counter, data: data('overflow', 1n), describe: 'overflow' });
    assert.match(overflow.kind === 'reverted' ? overflow.revert.sentence : '', /too large/);
    assert.equal(Number(await chain.call('eth_getTransactionCount', [queue.address, 'pending'])), 0);
    assert.equal(queue.outcomeOf('r')?.kind, 'reverted');

    const close = encodeFunctionData({ abi: counterAbi, functionName: 'setOpen', args: [false] });
    const reopen = encodeFunctionData({ abi: counterAbi, functionName: 'setOpen', args: [true] });
    const id = freshId();
    await queue.enqueue({ id: `close ${id}`, to: counter, data: close, describe: 'close' });
    assert.equal((await queue.enqueue(hit(id))).kind, 'reverted');
    await queue.enqueue({ id: `open ${id}`, to: counter, data: reopen, describe: 'open' });
    confirmedHash(await queue.enqueue(hit(id)));
  });

  it('error: a contract that refuses only in the block costs the nonce and says why', async () => {
    const { queue } = await make();
    // A gas limit of its own skips the estimate, not the simulation: so the state must change in between.
    const spender = await make();
    const id = freshId();
    await chain.call('evm_setAutomine', [false]);
    const close = encodeFunctionData({ abi: counterAbi, functionName: 'setOpen', args: [false] });
    const price = { maxFeePerGas: '0x174876e800', maxPriorityFeePerGas: '0x174876e800' };
    const mined = queue.enqueue(hit(id));
    await until(
      () => chain.call('eth_getTransactionCount', [queue.address, 'pending']).then((n) => n === '0x1'),
      'sent',
    );
    const { RICH } = await import('../../../helpers/anvilRpc.ts');
    await chain.call('eth_sendTransaction', [{ from: RICH, to: counter, data: close, ...price }]);
    await chain.mine();
    await chain.call('evm_setAutomine', [true]);
    const outcome = await mined;
    assert.ok(outcome.kind === 'reverted' && outcome.hash !== undefined);
    assert.equal(outcome.revert.sentence, `Refused (id ${id}, why closed)`);
    assert.equal(await hits(id), 0n);
    const reopen = encodeFunctionData({ abi: counterAbi, functionName: 'setOpen', args: [true] });
    confirmedHash(await spender.queue.enqueue({ id: 'reopen', to: counter, data: reopen, describe: 'open' }));
  });

  it('error: BalanceTooLow names both amounts, records nothing, and heals with money', async () => {
    const { queue } = await make({}, false);
    const id = freshId();
    await assert.rejects(queue.enqueue(hit(id)), (error) => {
      assert.ok(error instanceof BalanceTooLow);
      assert.equal(error.meta['balanceWei'], 0n);
      assert.match(error.message, /holds 0 wei, the transaction needs up to \d+ wei/);
      return true;
    });
    await assert.rejects(queue.enqueue(hit(id, { id: 'with value', value: 5n })), BalanceTooLow);
    assert.deepEqual(queue.pending(), []);
    await chain.fund(queue.address);
    confirmedHash(await queue.enqueue(hit(id)));
  });

  it('error: IntentChanged when the id stands for another call, live or settled', async () => {
    const { queue } = await make({ finalAfter: 2 });
    const [a, b] = [freshId(), freshId()];
    await queue.enqueue(hit(a));
    await assert.rejects(queue.enqueue(hit(b, { id: `hit ${a}` })), IntentChanged);
    await chain.mine(3);
    await assert.rejects(queue.enqueue(hit(b, { id: `hit ${a}` })), IntentChanged);
    await assert.rejects(queue.enqueue(hit(a, { value: 1n })), IntentChanged);
  });

  it('error: TxQueueStopped leaves the intent to the next life', async () => {
    const { queue, again } = await make();
    await chain.call('evm_setAutomine', [false]);
    const id = freshId();
    const cut = queue.enqueue(hit(id));
    await until(() => queue.pending()[0]?.nonce === 0, 'sent');
    const stopped = queue.stop();
    await assert.rejects(cut, TxQueueStopped);
    await stopped;
    await assert.rejects(queue.enqueue(hit(id)), TxQueueStopped);
    await chain.call('evm_setAutomine', [true]);
    await chain.mine();
    confirmedHash(await again().enqueue(hit(id)));
    assert.equal(await hits(id), 1n);
  });

  it('args: confirmations are waited for', async () => {
    const { queue } = await make({ confirmations: 3 });
    const id = freshId();
    let done = false;
    const promise = queue.enqueue(hit(id)).then((outcome) => {
      done = true;
      return outcome;
    });
    await until(async () => (await hits(id)) === 1n, 'mined');
    await chain.mine(1);
    await new Promise((next) => setTimeout(next, 150));
    assert.equal(done, false);
    await chain.mine(1);
    confirmedHash(await promise);
  });
});

describe('TxQueue under faults', () => {
  const proxied = async (fault: RpcProxy['fault'], options: Partial<TxQueueOptions> = {}) => {
    const proxy = await startRpcProxy(chain.anvil.url, fault);
    after(() => proxy.close());
    const rpc = new Rpc({ urls: [proxy.url], chain: chain.chain, timeoutMs: 400, deadlineMs: 3_000 });
    return { proxy, ...(await make({ rpc, ...options })) };
  };

  it('behavior: 100 parallel intents through a line that loses 30 % of everything', async () => {
    const seed = Number(process.env['SEED'] ?? 20261121);
    const random = seeded(seed);
    const kinds: Fault[] = ['lost', 'cut-after', 'cut', 'truncated', { status: 500 }, { status: 429, retryAfter: '0' }];
    const { queue, proxy } = await proxied(() =>
      random() < 0.3 ? kinds[Math.floor(random() * kinds.length)] : undefined,
    );
    const all = Array.from({ length: 100 }, freshId);
    const outcomes = await Promise.all(all.map((id) => queue.enqueue(hit(id))));
    assert.equal(new Set(outcomes.map(confirmedHash)).size, 100, `seed ${seed}`);
    for (const id of all) assert.equal(await hits(id), 1n, `seed ${seed}`);
    assert.ok(proxy.calls.length > 400);
  });

  it('behavior: a transaction that the pool drops is sent again, with the same hash', async () => {
    const { queue, log } = await make();
    await chain.call('evm_setAutomine', [false]);
    const id = freshId();
    const mined = queue.enqueue(hit(id));
    const sent = await until(() => log.lines.find((line) => line.includes('transaction sent')), 'sent');
    const hash = /hash=(0x\w+)/.exec(sent)![1]!;
    await chain.call('anvil_dropTransaction', [hash]);
    await until(async () => (await chain.call('eth_getTransactionByHash', [hash])) !== null, 'sent again');
    await chain.call('evm_setAutomine', [true]);
    await chain.mine();
    assert.equal(confirmedHash(await mined), hash);
    assert.equal(await hits(id), 1n);
  });

  it('behavior: a stuck transaction gets a higher price under the same nonce', async () => {
    const { queue, log } = await make({ stuckAfterBlocks: 2 });
    await chain.call('evm_setAutomine', [false]);
    // A base fee above what was offered keeps it in the pool while blocks pass.
    const [low, next] = [freshId(), freshId()];
    const mined = [queue.enqueue(hit(low)), queue.enqueue(hit(next))];
    await until(() => queue.pending().every(({ nonce }) => nonce !== undefined), 'sent');
    for (let block = 0; block < 4; block++) {
      await chain.call('anvil_setNextBlockBaseFeePerGas', ['0x4a817c800']);
      await chain.mine();
    }
    await until(() => log.lines.some((line) => line.includes('gets a higher price')), 'priced up');
    await chain.call('evm_setAutomine', [true]);
    await until(async () => {
      await chain.mine();
      return queue.pending().length === 0;
    }, 'both mined');
    (await Promise.all(mined)).forEach(confirmedHash);
    for (const id of [low, next]) assert.equal(await hits(id), 1n);
    assert.equal(Number(await chain.call('eth_getTransactionCount', [queue.address, 'latest'])), 2);
  });

  it('behavior: reorganisations of depth 1 to 12 lose nothing and double nothing', async () => {
    const { queue } = await make();
    for (let depth = 1; depth <= 12; depth++) {
      const all = Array.from({ length: 3 }, freshId);
      await Promise.all(all.map((id) => queue.enqueue(hit(id))));
      await chain.mine(Math.max(0, depth - 2));
      await chain.call('anvil_reorg', [depth, []]);
      await until(async () => (await Promise.all(all.map(hits))).every((n) => n === 1n), `again after depth ${depth}`);
    }
    await until(() => queue.pending().length === 0, 'settled');
    for (let id = 1n; id < ids; id++) assert.ok((await hits(id)) <= 1n);
  });

  it('behavior: somebody else uses our nonce; the call gets another and takes effect once', async () => {
    const key = randomBytes(32);
    const signer = createSigner(key);
    await chain.fund(signer.address);
    const { queue, log } = await make({ signer });
    await queue.enqueue(hit(freshId()));
    await chain.call('evm_setAutomine', [false]);
    const id = freshId();
    const mined = queue.enqueue(hit(id));
    await until(() => queue.pending()[0]?.nonce === 1, 'sent');
    // A wallet with the same key replaces it.
    const { signTransaction } = await import('../../../../node/chain/signTransaction.ts');
    const other = signTransaction(createSigner(key), {
      chainId: 31337,
      nonce: 1,
      to: signer.address,
      gas: 21_000n,
      maxFeePerGas: 10n ** 12n,
      maxPriorityFeePerGas: 10n ** 11n,
    });
    await chain.call('eth_sendRawTransaction', [other.raw]);
    await chain.call('evm_setAutomine', [true]);
    await chain.mine(2);
    await new Promise((next) => setTimeout(next, 400));
    assert.equal(queue.pending().length, 1);
    await chain.mine(12);
    confirmedHash(await mined);
    assert.equal(await hits(id), 1n);
    assert.ok(log.lines.some((line) => line.includes('somebody else used our nonce')));
  });

  it('behavior: the key is in no log line, no error, no journal byte', async () => {
    const key = randomBytes(32);
    const signer = createSigner(key);
    const path = join(mkdtempSync(join(tmpdir(), 'assay-queue-')), 'queue.db');
    const { queue, log, journal } = await make({ signer, journal: SqliteJournal.open(path), watchMs: 20 });
    const shown: unknown[] = [await queue.enqueue(hit(freshId())).catch((error: unknown) => error)];
    await chain.fund(signer.address);
    shown.push(await queue.enqueue(hit(freshId())));
    shown.push(await queue.enqueue({ id: 'no', to: counter, data: data('refuse', 1n), describe: 'be refused' }));
    await queue.stop();
    shown.push(await queue.enqueue(hit(freshId())).catch((error: unknown) => error), queue, signer);
    const folder = dirname(path);
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
    const text = [...log.lines, ...shown.map((each) => inspect(each, { depth: 12, showHidden: true })), ...files].join(
      '\n',
    );
    for (const secret of [...secretEncodings(key), key.toString('latin1')]) assert.ok(!text.includes(secret));
    journal.close();
    rmSync(folder, { recursive: true });
  });

  it('behavior: stop does not wait for a dead chain', async () => {
    const { queue, proxy } = await proxied(() => undefined);
    await queue.enqueue(hit(freshId()));
    await proxy.close();
    const waiting = queue.enqueue(hit(freshId()));
    await new Promise((next) => setTimeout(next, 100));
    const start = performance.now();
    await Promise.all([queue.stop(), assert.rejects(waiting, TxQueueStopped)]);
    assert.ok(performance.now() - start < 2_500);
  });

  it('behavior: a refused transaction gives its nonce back through an empty one', async () => {
    const { queue, proxy } = await proxied(({ method, index: _ }) =>
      method === 'eth_sendRawTransaction' && refuse
        ? { error: { code: -32000, message: 'forbidden by policy' } }
        : undefined,
    );
    let refuse = true;
    const id = freshId();
    const ended = queue.enqueue(hit(id));
    await until(
      () => proxy.calls.filter(({ method }) => method === 'eth_sendRawTransaction').length >= 3,
      'refused',
      20_000,
    );
    refuse = false;
    const outcome = await ended;
    assert.ok(outcome.kind === 'cancelled' || outcome.kind === 'confirmed');
    assert.equal(await hits(id), outcome.kind === 'confirmed' ? 1n : 0n);
    confirmedHash(await queue.enqueue(hit(freshId())));
  });
});
