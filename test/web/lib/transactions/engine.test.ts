import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recoverTypedDataAddress, type TypedDataDefinition } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { typedDataJson } from '../../../../web/lib/transactions/engine.ts';

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
