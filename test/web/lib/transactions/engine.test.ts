import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { recoverTypedDataAddress, type TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { type EngineHost, TransactionsEngine, typedDataJson } from '../../../../web/lib/transactions/engine.ts';
import type { EngineState } from '../../../../web/lib/transactions/store.ts';
import type { WalletStore } from '../../../../web/lib/wallet/store.ts';
import { type Anvil, startAnvil } from '../../../helpers/anvil.ts';
import { until } from '../../../helpers/childProcesses.ts';

const account = privateKeyToAccount(`0x${'07'.repeat(32)}`);
const permit = {
  domain: { name: 'Assay', version: '1', chainId: 31337, verifyingContract: `0x${'ab'.repeat(20)}` },
  types: {
    Permit: [
      { name: 'owner', type: 'address' },
      { name: 'spender', type: 'address' },
      { name: 'value', type: 'uint256' },
      { name: 'nonce', type: 'uint256' },
      { name: 'deadline', type: 'uint256' },
    ],
  },
  primaryType: 'Permit',
  message: {
    owner: account.address,
    spender: `0x${'cd'.repeat(20)}`,
    value: 2n ** 255n + 1n,
    nonce: 0n,
    deadline: 1_800_000_000n,
  },
} as const;

describe('typedDataJson', () => {
  it('is what wallets sign: a signature over it is one over the data', async () => {
    const parsed = JSON.parse(typedDataJson(permit)) as TypedDataDefinition;
    const signature = await account.signTypedData(parsed);
    assert.equal(await recoverTypedDataAddress({ ...permit, signature }), account.address);
  });

  it('spells numbers beyond 2^53 as text and names only the fields that the domain has', () => {
    const parsed = JSON.parse(typedDataJson({ ...permit, domain: { name: 'Assay', chainId: 1n } })) as {
      message: { value: string };
      types: { EIP712Domain: { name: string }[] };
    };
    assert.equal(parsed.message.value, String(2n ** 255n + 1n));
    assert.deepEqual(
      parsed.types.EIP712Domain.map(({ name }) => name),
      ['name', 'chainId'],
    );
  });
});

describe('a transaction that the user agreed to', () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil.stop());

  it('names its chain, so that a wallet that has moved on meanwhile cannot send it elsewhere', async () => {
    const sent: Record<string, unknown>[] = [];
    const provider = {
      request: async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
        if (method === 'eth_chainId') return '0x7a69';
        if (method === 'eth_accounts') return [account.address];
        sent.push((params as Record<string, unknown>[])[0]!);
        throw Object.assign(new Error('on another chain by now'), { code: -32_602 });
      },
    };
    const wallet = { state: () => ({ status: 'connected', address: account.address }), provider: async () => provider };
    let state: Partial<EngineState> = {};
    const host = {
      publish: (change: Partial<EngineState>) => (state = { ...state, ...change }),
      settled: () => undefined,
    };
    const site = {
      chainId: 31337,
      chainName: 'Local',
      rpcUrls: [anvil.url],
      contracts: { market: `0x${'aa'.repeat(20)}` },
      local: true,
    };
    const engine = new TransactionsEngine(
      site as never,
      wallet as unknown as WalletStore,
      host as unknown as EngineHost,
    );
    const plan = {
      title: 'Withdraw',
      summary: [],
      to: 'market',
      functionName: 'withdraw',
      args: [],
    } as const;
    void engine.send(plan);
    await until(
      () => state.request?.kind === 'transaction' && state.request.prepared?.gas !== undefined,
      'it was tried',
    );
    await engine.confirm();
    assert.equal(sent[0]?.['chainId'], '0x7a69');
    assert.notEqual(state.request?.refusal, undefined);
    engine.stop();
  });
});
