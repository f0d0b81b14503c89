import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeFunctionData } from 'viem';
import { type Anvil, startAnvil } from '../../../node/chain/anvil.ts';
import { SignerUrlUnsafe } from '../../../node/chain/externalKey.ts';
import {
  createExternalSigner,
  KeyElsewhere,
  SignerLied,
  SignerRefused,
  SignerUnreachable,
  watchedAccount,
} from '../../../node/chain/externalSigner.ts';
import { createKeyring, KeyNameInvalid, type Keyring } from '../../../node/chain/keyring.ts';
import { createSigner } from '../../../node/chain/signer.ts';
import { TxQueue } from '../../../node/chain/tx/txQueue.ts';
import { fromHex, type Hex } from '../../../node/core/codec/hex.ts';
import { authorizationData } from '../../../node/core/codec/job.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import type { AccountSigner } from '../../../node/ports/Signer.ts';
import { memoryLog, RICH, RICH_KEY, startTestChain, type TestChain } from '../../helpers/anvilRpc.ts';
import { counterAbi } from '../../helpers/counterContract.ts';

const KEY = createSigner(fromHex(`0x${RICH_KEY}`, 32));
const STRANGER = createSigner(new Uint8Array(32).fill(7));
const TRANSACTION = {
  chainId: 31337,
  nonce: 7,
  to: `0x${'ab'.repeat(20)}` as Hex,
  value: 5n,
  data: '0x1234' as Hex,
  gas: 100_000n,
  maxFeePerGas: 2_000_000_000n,
  maxPriorityFeePerGas: 1n,
};
const MESSAGE = authorizationData(
  'Receive',
  {
    from: RICH,
    to: `0x${'cd'.repeat(20)}`,
    value: 10n ** 24n,
    validAfter: 0n,
    validBefore: 2n ** 63n,
    nonce: `0x${'12'.repeat(32)}` as Hex,
  },
  { chainId: 31337n, token: `0x${'ef'.repeat(20)}` },
);

type Reply = (method: string, params: readonly unknown[]) => Promise<unknown> | unknown;

/** A signer of another mind: answers what the case says; an Error is a JSON-RPC error. */
async function hostileSigner(reply: Reply): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', async () => {
      const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
      const result = await reply(method, params);
      const said = result instanceof Error ? { error: { code: -32_601, message: result.message } } : { result };
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
    });
  });
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('an external signer: anvil, in a process of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-external-'));
  let chain: TestChain;
  let holder: Anvil;
  let signer: AccountSigner;
  let keys: Keyring;
  const servers: Server[] = [];
  before(async () => {
    [chain, holder] = await Promise.all([startTestChain({ accounts: 0 }), startAnvil({ accounts: 2 })]);
    signer = createExternalSigner({ address: RICH, url: holder.url });
    keys = createKeyring({ home: folder, passwordFile: join(folder, 'password') });
  });
  after(async () => {
    for (const server of servers) server.close();
    await Promise.all([chain.anvil.stop(), holder.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const hostile = async (reply: Reply): Promise<AccountSigner> => {
    const { url, server } = await hostileSigner(reply);
    servers.push(server);
    return createExternalSigner({ address: RICH, url });
  };

  it('signs transactions and messages to the same bytes as the key itself', async () => {
    assert.deepEqual(await signer.signTransaction(TRANSACTION), await KEY.signTransaction(TRANSACTION));
    const { to: _, ...creation } = TRANSACTION;
    assert.deepEqual(await signer.signTransaction(creation), await KEY.signTransaction(creation));
    assert.equal(await signer.signTypedData(MESSAGE), await KEY.signTypedData(MESSAGE));
  });

  it('its transactions reach a chain that has never heard of its key', async () => {
    await chain.call('anvil_setCode', [TRANSACTION.to, '0x00']);
    await chain.fund(RICH);
    const queue = new TxQueue({
      rpc: chain.rpc,
      chain: chain.chain,
      signer,
      journal: SqliteJournal.open(':memory:'),
      log: memoryLog(),
      errors: counterAbi,
    });
    queue.start();
    const data = encodeFunctionData({ abi: counterAbi, functionName: 'hit', args: [1n] });
    const outcome = await queue.enqueue({ id: 'one', to: TRANSACTION.to, data, describe: 'call' });
    await queue.stop();
    assert.equal(outcome.kind, 'confirmed');
  });

  it('a queue whose signer is away forgets what it never sent, and says so', async () => {
    const away = createExternalSigner({ address: RICH, url: 'http://127.0.0.1:9' });
    const queue = new TxQueue({
      rpc: chain.rpc,
      chain: chain.chain,
      signer: away,
      journal: SqliteJournal.open(':memory:'),
      log: memoryLog(),
      errors: counterAbi,
    });
    queue.start();
    await assert.rejects(
      queue.enqueue({ id: 'two', to: TRANSACTION.to, data: '0x', describe: 'call' }),
      SignerUnreachable,
    );
    assert.deepEqual(queue.pending(), []);
    await queue.stop();
  });

  it('error: SignerLied when anything differs from what was asked, whoever signed it', async () => {
    const tampered = {
      nonce: { ...TRANSACTION, nonce: 8 },
      to: { ...TRANSACTION, to: STRANGER.address },
      value: { ...TRANSACTION, value: 6n },
      data: { ...TRANSACTION, data: '0x1235' as Hex },
      chainId: { ...TRANSACTION, chainId: 1 },
      maxFeePerGas: { ...TRANSACTION, maxFeePerGas: 3_000_000_000n },
    };
    for (const [field, other] of Object.entries(tampered)) {
      const liar = await hostile(async () => (await KEY.signTransaction(other)).raw);
      await assert.rejects(liar.signTransaction(TRANSACTION), SignerLied, field);
    }
    const thief = await hostile(async (method) =>
      method === 'eth_signTransaction'
        ? { raw: (await STRANGER.signTransaction(TRANSACTION)).raw }
        : STRANGER.signTypedData(MESSAGE),
    );
    await assert.rejects(thief.signTransaction(TRANSACTION), /that of 0x/);
    await assert.rejects(thief.signTypedData(MESSAGE), SignerLied);
    const more = { ...MESSAGE, message: { ...MESSAGE.message, value: 10n ** 25n } };
    const greedy = await hostile(() => KEY.signTypedData(more));
    await assert.rejects(greedy.signTypedData(MESSAGE), SignerLied);
    for (const rubbish of ['0x', '0x02', '0x02c0', 'ok', null, 7, {}, `0x${'00'.repeat(65)}`]) {
      const broken = await hostile(() => rubbish);
      await assert.rejects(broken.signTransaction(TRANSACTION), SignerLied, String(rubbish));
      await assert.rejects(broken.signTypedData(MESSAGE), SignerLied, String(rubbish));
    }
  });

  it('knows both names of the method for messages, v as 0 and 1, and the answer of geth', async () => {
    const older = await hostile(async (method) => {
      if (method === 'eth_signTypedData_v4') return new Error('the method does not exist');
      if (method === 'eth_signTransaction') return { raw: (await KEY.signTransaction(TRANSACTION)).raw, tx: {} };
      return (await KEY.signTypedData(MESSAGE)).replace(/1b$/, '00').replace(/1c$/, '01');
    });
    assert.equal(await older.signTypedData(MESSAGE), await KEY.signTypedData(MESSAGE));
    assert.deepEqual(await older.signTransaction(TRANSACTION), await KEY.signTransaction(TRANSACTION));
  });

  it('error: SignerRefused for an account it does not hold; SignerUnreachable', async () => {
    const other = createExternalSigner({ address: STRANGER.address, url: holder.url });
    await assert.rejects(other.signTransaction(TRANSACTION), SignerRefused);
    await assert.rejects(other.signTypedData(MESSAGE), SignerRefused);
    const nobody = createExternalSigner({ address: RICH, url: 'http://127.0.0.1:9' });
    await assert.rejects(nobody.signTypedData(MESSAGE), SignerUnreachable);
  });

  it('a keyring links a name to it: asked whether it holds the account, listed, never overwritten', async () => {
    await assert.rejects(keys.link('cold', holder.url), { code: 'SIGNER_REFUSED', fix: /--address/ });
    await assert.rejects(keys.link('cold', holder.url, STRANGER.address), SignerRefused);
    await assert.rejects(keys.link('../cold', holder.url, RICH), KeyNameInvalid);
    assert.equal(await keys.link('cold', holder.url, RICH), RICH);
    assert.equal(statSync(join(folder, 'keys', 'cold.json')).mode & 0o777, 0o600);
    assert.equal(await keys.addressOf('cold'), RICH);
    assert.deepEqual(await keys.list(), [{ name: 'cold', address: RICH, signer: new URL(holder.url).host }]);
    assert.equal(await (await keys.signer('cold')).signTypedData(MESSAGE), await KEY.signTypedData(MESSAGE));
    await assert.rejects(keys.link('cold', holder.url, RICH), { code: 'KEYSTORE_EXISTS' });
    assert.equal(await keys.ensure('cold'), RICH, 'no key is made in its place');
  });

  it('error: KeyElsewhere where only the key itself will do', async () => {
    await assert.rejects(keys.open('cold'), KeyElsewhere);
    await assert.rejects(watchedAccount(RICH).signTransaction(TRANSACTION), KeyElsewhere);
    await assert.rejects(watchedAccount(RICH).signTypedData(MESSAGE), KeyElsewhere);
  });

  it('error: SignerUrlUnsafe for what others could read along, also in a file that was changed', async () => {
    for (const url of [
      'http://signer.example',
      'http://10.0.0.1:9000',
      'ftp://127.0.0.1',
      'signer',
      'http://127.0.0.1.evil.example',
    ])
      await assert.rejects(keys.link('far', url), SignerUrlUnsafe, url);
    const file = join(folder, 'keys', 'cold.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('http://127.0.0.1', 'http://signer.example'));
    await assert.rejects(keys.signer('cold'), SignerUrlUnsafe);
    writeFileSync(file, text);
  });
});
