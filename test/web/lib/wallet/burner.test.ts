import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isAddress, parseEther, recoverTypedDataAddress } from 'viem';
import { burnerKey, burnerProvider, forgetBurner } from '../../../../web/lib/wallet/burner.ts';
import { type Anvil, publicClientOf, startAnvil, testClientOf } from '../../../helpers/anvil.ts';

/** Storage of a browser, as far as the burner needs it. */
function memory(): Storage {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  } as Storage;
}

describe('burner account', () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil.stop());

  it('keeps its key until it is forgotten, and takes no other text for one', () => {
    const storage = memory();
    const key = burnerKey(storage);
    assert.equal(burnerKey(storage), key);
    forgetBurner(storage);
    assert.notEqual(burnerKey(storage), key);
    storage.setItem('assay.burner', '0x1234');
    assert.match(burnerKey(storage), /^0x[0-9a-f]{64}$/);
  });

  it('signs and sends on its chain, several in a row', async () => {
    const provider = burnerProvider(31337, [anvil.url], memory());
    const [address] = (await provider.request({ method: 'eth_requestAccounts' })) as `0x${string}`[];
    assert.ok(isAddress(address!));
    await testClientOf(anvil.url).setBalance({ address: address!, value: parseEther('1') });
    const client = publicClientOf(anvil.url);
    const to = `0x${'aa'.repeat(20)}` as const;
    for (let i = 0; i < 3; i++) {
      const hash = (await provider.request({
        method: 'eth_sendTransaction',
        params: [{ from: address, to, value: '0x7' }],
      })) as `0x${string}`;
      assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success');
    }
    assert.equal(await client.getBalance({ address: to }), 21n);
  });

  it('signs typed data as text, and refuses what it does not know', async () => {
    const provider = burnerProvider(31337, [anvil.url], memory());
    const [address] = (await provider.request({ method: 'eth_accounts' })) as `0x${string}`[];
    const data = {
      domain: { name: 'Assay', chainId: 31337 },
      types: { Note: [{ name: 'text', type: 'string' }] },
      primaryType: 'Note',
      message: { text: 'x' },
    } as const;
    const signature = (await provider.request({
      method: 'eth_signTypedData_v4',
      params: [address, JSON.stringify(data)],
    })) as `0x${string}`;
    assert.equal(await recoverTypedDataAddress({ ...data, signature }), address);
    await assert.rejects(provider.request({ method: 'eth_sign', params: [] }), { code: 4200 });
    await assert.rejects(provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId: '0x1' }] }), {
      code: 4200,
    });
  });
});
