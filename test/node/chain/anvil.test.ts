import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AnvilFailed, PortInUse, startAnvil } from '../../../node/chain/anvil.ts';
import { AnvilMissing, anvilBinary } from '../../../node/chain/anvilBinary.ts';
import { Rpc } from '../../../node/chain/rpc/rpc.ts';
import { RICH, startTestChain, until } from '../../helpers/anvilRpc.ts';

const CHILD = fileURLToPath(new URL('../../helpers/anvilChild.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'assay-anvil-'));
after(() => rmSync(folder, { recursive: true }));
let states = 0;
const freshState = (): string => join(folder, `${states++}`, 'chain.gz');

const send = async (rpc: Rpc): Promise<string> => {
  const hash = (await rpc.request('eth_sendTransaction', [{ from: RICH, to: RICH, value: '0x1' }])) as string;
  await until(() => rpc.request('eth_getTransactionReceipt', [hash]), 'mined');
  return hash;
};

describe('anvilBinary', () => {
  it('default: finds the one of this machine', () => assert.ok(existsSync(anvilBinary())));
  it('error: AnvilMissing names the platform', () => {
    assert.throws(
      () => anvilBinary('sunos', 'sparc'),
      (error) => error instanceof AnvilMissing && /sunos sparc/.test(error.message),
    );
  });
});

describe('startAnvil', () => {
  it('behavior: a stopped chain comes back whole: blocks, receipts, logs, balances, code, nonces', async () => {
    const stateFile = freshState();
    const first = await startTestChain({ stateFile });
    const counter = await first.deployCounter();
    const hash = await send(first.rpc);
    const look = async (rpc: Rpc): Promise<unknown[]> =>
      Promise.all([
        rpc.request('eth_getBlockByNumber', ['0x0', true]),
        rpc.request('eth_getBlockByNumber', ['latest', true]),
        rpc.request('eth_getTransactionReceipt', [hash]),
        rpc.request('eth_getTransactionByHash', [hash]),
        rpc.request('eth_getBalance', [RICH, 'latest']),
        rpc.request('eth_getTransactionCount', [RICH, 'latest']),
        rpc.request('eth_getCode', [counter, 'latest']),
        rpc.request('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }]),
      ]);
    const before = await look(first.rpc);
    await first.anvil.stop();
    await first.anvil.stop();
    assert.deepEqual(readdirSync(join(stateFile, '..')), ['chain.gz']);
    const second = await startTestChain({ stateFile });
    assert.deepEqual(await look(second.rpc), before);
    await send(second.rpc);
    await second.anvil.stop();
    // anvil 1.7.1 dumps one more block 0 in every life; ours stays the first.
    for (let life = 3; life < 6; life++) {
      const next = await startTestChain({ stateFile });
      assert.deepEqual(next.chain, first.chain);
      await next.anvil.stop();
    }
  });

  it('behavior: SIGKILL loses nothing that was saved, and the chain runs again by itself', async () => {
    const { anvil, rpc, chain } = await startTestChain({ stateFile: freshState(), saveEveryMs: 50 });
    const hash = await send(rpc);
    await anvil.save();
    for (let life = 1; life <= 2; life++) {
      const { pid } = anvil;
      process.kill(pid, 'SIGKILL');
      await until(() => anvil.restarts === life && anvil.pid !== pid, 'another life');
      assert.ok(await rpc.request('eth_getTransactionReceipt', [hash]));
    }
    await new Rpc({ urls: [anvil.url], chain }).check();
    await anvil.stop();
    await assert.rejects(new Rpc({ urls: [anvil.url], deadlineMs: 100 }).request('eth_chainId'));
  });

  it('behavior: a heartbeat makes chain time advance', async () => {
    const { anvil, rpc } = await startTestChain({ heartbeatMs: 100 });
    const time = async (): Promise<number> =>
      Number(((await rpc.request('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }).timestamp);
    const start = await time();
    await until(async () => (await time()) >= start + 2, 'two seconds of chain time', 6_000);
    assert.ok(Math.abs((await time()) - Date.now() / 1000) < 4);
    await anvil.stop();
  });

  it('behavior: what a killed supervisor left running is taken over with everything it did', async () => {
    const stateFile = freshState();
    const child = spawn(process.execPath, [CHILD, stateFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until(() => text.includes('\n'), 'the child has a chain');
    const left = JSON.parse(text) as { url: string; pid: number; port: number; genesisHash: string };
    // Its supervisor lives: nobody may touch it.
    await assert.rejects(startAnvil({ stateFile }), PortInUse);
    child.kill('SIGKILL');
    await new Promise((done) => child.on('close', done));
    const hash = await send(new Rpc({ urls: [left.url] }));
    const { anvil, rpc, chain } = await startTestChain({ stateFile, port: left.port });
    assert.equal(chain.genesisHash, left.genesisHash);
    assert.ok(await rpc.request('eth_getTransactionReceipt', [hash]));
    assert.throws(() => process.kill(left.pid, 0), { code: 'ESRCH' });
    await anvil.stop();
    assert.deepEqual(readdirSync(join(stateFile, '..')), ['chain.gz']);
  });

  it('error: PortInUse names the port', async () => {
    const squatter = createServer();
    await new Promise<void>((done) => squatter.listen(0, '127.0.0.1', done));
    const { port } = squatter.address() as { port: number };
    await assert.rejects(
      startAnvil({ port }),
      (error) => error instanceof PortInUse && error.message.includes(`${port}`),
    );
    squatter.close();
  });

  it('error: AnvilFailed on a state that is no state, on flags it does not know; nothing stays behind', async () => {
    const stateFile = freshState();
    const { anvil } = await startTestChain({ stateFile });
    await anvil.stop();
    const packed = readFileSync(stateFile);
    writeFileSync(stateFile, packed.subarray(0, packed.length >> 1));
    await assert.rejects(startAnvil({ stateFile }), AnvilFailed);
    assert.deepEqual(readdirSync(join(stateFile, '..')), ['chain.gz']);
    await assert.rejects(startAnvil({ flags: ['--no-such-flag'] }), (error) => {
      assert.ok(error instanceof AnvilFailed);
      assert.match(error.message, /no-such-flag/);
      return true;
    });
  });
});
