import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeFunctionData } from 'viem';
import { Rpc } from '../../../../node/chain/rpc/rpc.ts';
import { createSigner } from '../../../../node/chain/signer.ts';
import { TxQueue } from '../../../../node/chain/tx/txQueue.ts';
import { type Address, toHex } from '../../../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../../../node/journal/sqliteJournal.ts';
import { memoryLog, startTestChain, type TestChain, until } from '../../../helpers/anvilRpc.ts';
import { counterAbi } from '../../../helpers/counterContract.ts';
import { seeded } from '../../../helpers/rpcProxy.ts';
import type { TxTask } from '../../../helpers/txChild.ts';

const CHILD = fileURLToPath(new URL('../../../helpers/txChild.ts', import.meta.url));
const SEED = Number(process.env['SEED'] ?? 20261121);
const folder = mkdtempSync(join(tmpdir(), 'assay-crash-'));
let chain: TestChain;
let counter: Address;
before(async () => {
  chain = await startTestChain({ stateFile: join(folder, 'chain.gz'), saveEveryMs: 100 });
  counter = await chain.deployCounter();
});
after(async () => {
  await chain.anvil.stop();
  rmSync(folder, { recursive: true });
});

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function live(task: TxTask): Promise<Life> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      text.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text.stderr += chunk;
    });
    child.on('close', (_, signal) => done({ signal, ...text }));
  });
}

async function hits(id: number): Promise<number> {
  const data = encodeFunctionData({ abi: counterAbi, functionName: 'hits', args: [BigInt(id)] });
  return Number(await chain.call('eth_call', [{ to: counter, data }, 'latest']));
}

describe('TxQueue and SIGKILL', () => {
  it(`behavior: killed at 26 steps of its work, each intent takes effect exactly once (seed ${SEED})`, async () => {
    // Two accounts side by side use both cores; each lives 13 lives that end at a step, and one that ends by itself.
    const random = seeded(SEED);
    const runs = [0, 1].map(async (run) => {
      const key = toHex(randomBytes(32));
      await chain.fund(createSigner(Buffer.from(key.slice(2), 'hex')).address);
      const task = {
        url: chain.anvil.url,
        chain: chain.chain,
        journal: join(folder, `${run}.db`),
        key,
        counter,
        firstId: 1000 * (run + 1),
        count: 20,
      };
      let killed = 0;
      for (let point = 0; point < 13; point++) {
        // The first steps of a life are its recovery; then come simulation, signing, sending and recording.
        const dieAtStep = 2 * point + run + 1 + Math.floor(random() * 20);
        const life = await live({ ...task, dieAtStep });
        assert.equal(life.stderr, '');
        if (life.signal === 'SIGKILL') killed += 1;
      }
      const last = await live({ ...task, dieAtStep: 0 });
      assert.equal(last.stderr, '');
      assert.equal((JSON.parse(last.stdout) as { confirmed: number }).confirmed, task.count);
      for (let id = task.firstId; id < task.firstId + task.count; id++) assert.equal(await hits(id), 1, `id ${id}`);
      return killed;
    });
    const killed = (await Promise.all(runs)).reduce((sum, each) => sum + each, 0);
    assert.ok(killed >= 22, `only ${killed} lives were cut short`);
  });

  it('behavior: the chain itself is killed again and again; nothing is lost, nothing doubled', async () => {
    const signer = createSigner(randomBytes(32));
    await chain.fund(signer.address);
    await chain.anvil.save();
    const log = memoryLog();
    const rpc = new Rpc({ urls: [chain.anvil.url], chain: chain.chain });
    const journal = SqliteJournal.open(':memory:');
    const queue = new TxQueue({
      rpc,
      chain: chain.chain,
      signer,
      journal,
      log,
      errors: counterAbi,
      pollMs: 20,
      watchMs: 50,
    });
    queue.start();
    const ids = Array.from({ length: 60 }, (_, i) => 5000 + i);
    const outcomes: Promise<unknown>[] = [];
    for (const [i, id] of ids.entries()) {
      const data = encodeFunctionData({ abi: counterAbi, functionName: 'hit', args: [BigInt(id)] });
      outcomes.push(queue.enqueue({ id: `hit ${id}`, to: counter, data, describe: `hit ${id}` }));
      if (i % 20 === 10) {
        await outcomes.at(-1);
        const { pid } = chain.anvil;
        process.kill(pid, 'SIGKILL');
        await until(() => chain.anvil.pid !== pid, 'the chain runs again');
      }
    }
    await Promise.all(outcomes);
    await until(async () => (await Promise.all(ids.map(hits))).every((n) => n === 1), 'every intent is on the chain');
    assert.equal(chain.anvil.restarts, 3);
    assert.equal(Number(await chain.call('eth_getTransactionCount', [signer.address, 'latest'])), ids.length);
    await queue.stop();
  });
});
