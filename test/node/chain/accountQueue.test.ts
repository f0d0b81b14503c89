import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createPublicClient, createWalletClient, encodeErrorResult, type PublicClient } from 'viem';
import { foundry } from 'viem/chains';
import { type AccountQueue, openAccountQueue, TransactionCancelled } from '../../../node/chain/accountQueue.ts';
import { createAuthoring } from '../../../node/chain/assay/authoring.ts';
import type { Writing } from '../../../node/chain/assay/context.ts';
import { type Deployment, deploy } from '../../../node/chain/deploy.ts';
import { assayGovernorAbi, assayTokenAbi } from '../../../node/chain/generated/contracts.ts';
import { ChainReverted, decodeRevert } from '../../../node/chain/revert.ts';
import { Rpc } from '../../../node/chain/rpc/rpc.ts';
import { createSigner } from '../../../node/chain/signer.ts';
import { signerAccount } from '../../../node/chain/signerAccount.ts';
import { BalanceTooLow } from '../../../node/chain/tx/errors.ts';
import type { Hex } from '../../../node/core/codec/hex.ts';
import { SqliteJournal } from '../../../node/journal/sqliteJournal.ts';
import { ELECTORATE } from '../../helpers/anvil.ts';
import { memoryLog, startTestChain, type TestChain } from '../../helpers/anvilRpc.ts';
import { counterAbi } from '../../helpers/counterContract.ts';
import { startRpcProxy } from '../../helpers/rpcProxy.ts';

let chain: TestChain;
let deployment: Deployment;
const queues: AccountQueue[] = [];
const CID = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';

const clientOf = (rpc: Rpc): PublicClient =>
  createPublicClient({ chain: foundry, transport: rpc.transport(), cacheTime: 0, pollingInterval: 30 });

before(async () => {
  chain = await startTestChain();
  const deployer = createSigner(randomBytes(32));
  await chain.fund(deployer.address);
  deployment = await deploy({
    publicClient: clientOf(chain.rpc),
    walletClient: createWalletClient({
      account: signerAccount(deployer),
      chain: foundry,
      transport: chain.rpc.transport(),
    }),
    profile: 'dev',
    allocations: [ELECTORATE],
  });
});
after(async () => {
  for (const queue of queues) await queue.close();
  await chain.anvil.stop();
});

async function openWriting(rpc = chain.rpc, funded = true): Promise<Writing & { readonly queue: AccountQueue }> {
  const signer = createSigner(randomBytes(32));
  if (funded) await chain.fund(signer.address);
  const client = clientOf(rpc);
  const journal = SqliteJournal.open(':memory:');
  const queue = openAccountQueue({ rpc, client, chain: chain.chain, signer, journal, log: memoryLog() });
  queues.push(queue);
  const { addresses } = deployment;
  let calls = 0;
  return {
    client,
    addresses,
    chainId: 31337n,
    account: signer.address,
    send: queue.send,
    fresh: () => `${calls++}`,
    queue,
  };
}

describe('openAccountQueue', () => {
  it('default: a contract verb gives what its event says', async () => {
    const writing = await openWriting();
    const modelId = await createAuthoring(writing).registerModel('first-model', CID);
    assert.equal(modelId, 1n);
    assert.equal(writing.queue.pending, 0);
  });

  it('error: ChainReverted carries name, arguments and a sentence of the Solidity error', async () => {
    const authoring = createAuthoring(await openWriting());
    await assert.rejects(authoring.registerModel('first-model', CID), (error) => {
      assert.ok(error instanceof ChainReverted);
      assert.equal(error.error, 'ModelRegistrySlugTaken');
      assert.deepEqual(error.args, ['first-model', 1n]);
      assert.match(
        error.message,
        /refused to register the model first-model: [A-Z][a-z ]+ \(ModelRegistrySlugTaken: slug first-model/,
      );
      assert.match(error.fix, /Nothing was sent/);
      return true;
    });
    await assert.rejects(authoring.registerModel('Bad Slug', CID), /ModelRegistrySlugInvalid/);
  });

  it('error: BalanceTooLow for an account without gas money', async () => {
    const authoring = createAuthoring(await openWriting(chain.rpc, false));
    await assert.rejects(authoring.registerModel('poor-model', CID), BalanceTooLow);
  });

  it('error: TransactionCancelled when the chain keeps refusing a signed transaction', async () => {
    let refusals = 0;
    const proxy = await startRpcProxy(chain.anvil.url, ({ method }) =>
      method === 'eth_sendRawTransaction' && refusals++ < 3
        ? { error: { code: -32000, message: 'forbidden by policy' } }
        : undefined,
    );
    const authoring = createAuthoring(await openWriting(new Rpc({ urls: [proxy.url] })));
    await assert.rejects(authoring.registerModel('refused-model', CID), (error) => {
      assert.ok(error instanceof TransactionCancelled);
      assert.match(error.message, /forbidden by policy/);
      return true;
    });
    await proxy.close();
  });
});

describe('openAccountQueue behind an endpoint that lags', () => {
  it('behavior: a receipt that another endpoint shows later is waited for', async () => {
    let hidden = 3;
    const lagging = await startRpcProxy(chain.anvil.url, ({ method }) =>
      method === 'eth_getTransactionReceipt' && hidden-- > 0 ? { result: () => null } : undefined,
    );
    const signer = createSigner(randomBytes(32));
    await chain.fund(signer.address);
    const client = clientOf(new Rpc({ urls: [lagging.url] }));
    const journal = SqliteJournal.open(':memory:');
    const queue = openAccountQueue({ rpc: chain.rpc, client, chain: chain.chain, signer, journal, log: memoryLog() });
    queues.push(queue);
    const receipt = await queue.send({ id: 'once', to: signer.address, data: '0x', describe: 'send nothing' });
    assert.equal(receipt.status, 'success');
    assert.ok(hidden <= 0);
    await lagging.close();
  });
});

describe('decodeRevert', () => {
  it('default: the states of a proposal, in words', () => {
    const sentence = (current: number, expected: string): string =>
      decodeRevert(
        encodeErrorResult({
          abi: assayGovernorAbi,
          errorName: 'GovernorUnexpectedProposalState',
          args: [7n, current, `0x${expected.padStart(64, '0')}`],
        }),
        assayGovernorAbi,
      ).sentence;
    assert.equal(sentence(0, '2'), 'GovernorUnexpectedProposalState: it is pending, not active');
    assert.equal(sentence(7, '30'), 'GovernorUnexpectedProposalState: it is executed, not succeeded or queued');
    assert.equal(sentence(1, '0'), 'GovernorUnexpectedProposalState: it is active, not new');
  });

  it('default: texts, panics, custom errors, unknown errors, none', () => {
    const word = (value: bigint): string => value.toString(16).padStart(64, '0');
    const text = `0x08c379a0${word(32n)}${word(2n)}${'6f6b'.padEnd(64, '0')}`;
    assert.deepEqual(decodeRevert(text, counterAbi), { name: 'Error', args: ['ok'], sentence: 'ok' });
    const abi = assayTokenAbi;
    const args = [chain.chain.genesisHash.slice(0, 42) as Hex, 0n, 5n * 10n ** 17n] as const;
    const poor = decodeRevert(encodeErrorResult({ abi, errorName: 'ERC20InsufficientBalance', args }), abi);
    assert.match(poor.sentence, /^The account does not hold that much ASSAY \(ERC20InsufficientBalance: /);
    assert.match(poor.sentence, /balance 0 ASSAY, needed 0\.5 ASSAY\)$/, 'people do not count in wei');
    assert.match(decodeRevert({ data: `0x4e487b71${word(18n)}` }, counterAbi).sentence, /division by zero/);
    assert.match(decodeRevert(`0x4e487b71${word(200n)}`, counterAbi).sentence, /panicked with code 200/);
    assert.equal(decodeRevert('0x12345678', counterAbi).name, 'Unknown');
    assert.equal(decodeRevert('0x08c379a0ff', counterAbi).name, 'Unknown');
    for (const none of ['0x', undefined, null, 7]) assert.equal(decodeRevert(none, counterAbi, 'why').sentence, 'why');
  });
});
