import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWalletClient, http } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { foundry } from 'viem/chains';
import { follow } from '../node/chain/events.ts';
import { recoverAddress } from '../node/chain/recoverAddress.ts';
import { createSigner } from '../node/chain/signer.ts';
import { TxQueue } from '../node/chain/tx/txQueue.ts';
import { toHex } from '../node/core/codec/hex.ts';
import { SqliteJournal } from '../node/journal/sqliteJournal.ts';
import { memoryLog, startTestChain, until } from '../test/helpers/anvilRpc.ts';
import type { BenchRow } from './row.ts';

const perSecond = (count: number, start: number): number => (count / (performance.now() - start)) * 1000;

async function signing(): Promise<BenchRow[]> {
  const key = randomBytes(32);
  const digests = Array.from({ length: 2_000 }, () => randomBytes(32));
  const signer = createSigner(key);
  let start = performance.now();
  const signatures = digests.map((digest) => signer.signDigest(digest));
  const ours = perSecond(digests.length, start);
  start = performance.now();
  for (const [i, signature] of signatures.entries()) recoverAddress(digests[i]!, signature);
  const recovered = perSecond(digests.length, start);
  const some = digests.slice(0, 300);
  start = performance.now();
  for (const digest of some) await sign({ hash: toHex(digest), privateKey: toHex(key) });
  const peer = perSecond(some.length, start);
  return [
    { name: 'sign a digest (libsecp256k1 against viem)', unit: '/s', ours, peer, ratio: ours / peer, target: 5 },
    { name: 'recover a signer', unit: '/s', ours: recovered, peer: null, ratio: null },
  ];
}

function journal(folder: string): BenchRow[] {
  const rows = SqliteJournal.open(join(folder, 'bench.db'));
  const table = rows.table<{ feeWei: bigint }>('jobs');
  const start = performance.now();
  for (let i = 0; i < 2_000; i++) table.insert(`job ${i}`, { feeWei: 10n ** 18n });
  const ours = perSecond(2_000, start);
  rows.close();
  return [
    { name: 'journal rows, each on the disk before the call returns', unit: '/s', ours, peer: null, ratio: null },
  ];
}

async function queue(folder: string): Promise<BenchRow[]> {
  const chain = await startTestChain();
  const key = randomBytes(32);
  const signer = createSigner(key);
  await chain.fund(signer.address);
  const account = privateKeyToAccount(toHex(randomBytes(32)));
  await chain.fund(account.address);
  const store = SqliteJournal.open(join(folder, 'queue.db'));
  const log = memoryLog();
  const line = new TxQueue({ rpc: chain.rpc, chain: chain.chain, signer, journal: store, log, errors: [] });
  line.start();
  const call = (i: number) => ({ id: `${i}`, to: signer.address, data: '0x' as const, describe: 'send nothing' });
  await line.enqueue(call(-1));

  let start = performance.now();
  for (let i = 0; i < 50; i++) await line.enqueue(call(i));
  const oneByOneMs = (performance.now() - start) / 50;
  start = performance.now();
  await Promise.all(Array.from({ length: 200 }, (_, i) => line.enqueue(call(1_000 + i))));
  const many = perSecond(200, start);

  const wallet = createWalletClient({ account, chain: foundry, transport: http(chain.anvil.url) });
  start = performance.now();
  for (let i = 0; i < 50; i++) {
    const hash = await wallet.sendTransaction({ to: account.address });
    await until(() => chain.call('eth_getTransactionReceipt', [hash]), 'mined');
  }
  const viemMs = (performance.now() - start) / 50;
  await line.stop();
  store.close();
  await chain.anvil.stop();
  return [
    {
      name: 'one call from request to recorded receipt, one after another (peer: viem, no journal)',
      unit: 'ms',
      ours: oneByOneMs,
      peer: viemMs,
      ratio: viemMs / oneByOneMs,
    },
    { name: 'calls from request to recorded receipt, 200 at once', unit: '/s', ours: many, peer: null, ratio: null },
  ];
}

async function following(): Promise<BenchRow[]> {
  const chain = await startTestChain();
  const counter = await chain.deployCounter();
  const blocks = 1_000;
  await chain.mine(blocks);
  const start = performance.now();
  const follower = follow({
    rpc: chain.rpc,
    journal: SqliteJournal.open(':memory:'),
    log: memoryLog(),
    name: 'bench',
    addresses: [counter],
    abi: [],
    fromBlock: 0,
    maxRange: 100,
    onEvent: () => undefined,
    onRollback: () => undefined,
  });
  await follower.synced();
  const ours = perSecond(blocks, start);
  await follower.stop();
  await chain.anvil.stop();
  return [{ name: 'blocks caught up with, 100 at once', unit: '/s', ours, peer: null, ratio: null }];
}

export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  try {
    return [...(await signing()), ...journal(folder), ...(await queue(folder)), ...(await following())];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
