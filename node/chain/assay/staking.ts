import { encodeFunctionData, type Hex, parseSignature } from 'viem';
import type { TypedStruct } from '../../core/codec/eip712.ts';
import { fromHex } from '../../core/codec/hex.ts';
import type { Offering } from '../../ports/Directory.ts';
import type { Staking } from '../../ports/Registry.ts';
import type { AccountSigner, Signer } from '../../ports/Signer.ts';
import { assayTokenAbi, workerRegistryAbi } from '../generated/contracts.ts';
import type { Writing } from './context.ts';

/** Seconds that a permit may wait for its transaction. */
const PERMIT_SECONDS = 3600n;
/** ERC-2612. */
const PERMIT: TypedStruct = {
  name: 'Permit',
  fields: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
};

/** Stakes and registers with the owner's cold key; the hot key consents with its own signature. */
export function createStaking(writing: Writing, owner: AccountSigner, hotKey: Signer): Staking {
  const { client, addresses, chainId, send, fresh } = writing;
  const registry = { address: addresses.workers, abi: workerRegistryAbi } as const;

  const permit = async (value: bigint): Promise<{ deadline: bigint; v: number; r: Hex; s: Hex }> => {
    const [{ timestamp }, nonce] = await Promise.all([
      client.getBlock({ includeTransactions: false }),
      client.readContract({
        address: addresses.token,
        abi: assayTokenAbi,
        functionName: 'nonces',
        args: [owner.address],
      }),
    ]);
    const deadline = timestamp + PERMIT_SECONDS;
    const signature = await owner.signTypedData({
      domain: { name: 'Assay', version: '1', chainId, verifyingContract: addresses.token },
      struct: PERMIT,
      message: { owner: owner.address, spender: addresses.workers, value, nonce, deadline },
    });
    const { r, s, yParity } = parseSignature(signature);
    return { deadline, v: 27 + yParity, r, s };
  };

  return {
    register: async (key, endpoint, stakeWei) => {
      const consent = await client.readContract({
        ...registry,
        functionName: 'hotKeyConsentDigest',
        args: [owner.address],
      });
      const signature = hotKey.signDigest(fromHex(consent, 32));
      const data = encodeFunctionData({
        abi: workerRegistryAbi,
        functionName: 'registerWithPermit',
        args: [key, signature, endpoint, stakeWei, await permit(stakeWei)],
      });
      await send({
        id: `register worker ${owner.address} ${fresh()}`,
        to: addresses.workers,
        data,
        describe: 'register as a worker',
      });
    },
    setEndpoint: async (endpoint) => {
      const data = encodeFunctionData({ abi: workerRegistryAbi, functionName: 'setEndpoint', args: [endpoint] });
      await send({ id: `endpoint ${fresh()}`, to: addresses.workers, data, describe: 'change the endpoint' });
    },
  };
}

/** Offers versions with the hot key; an offer that already stands is not repeated. */
export function createOffering({ client, addresses, account, send, fresh }: Writing): Offering {
  const registry = { address: addresses.workers, abi: workerRegistryAbi } as const;
  const standing = async (versionId: bigint): Promise<bigint | undefined> => {
    const worker = await client.readContract({ ...registry, functionName: 'workerOf', args: [account] });
    const [offered, feeWei] = await client.readContract({
      ...registry,
      functionName: 'offerOf',
      args: [worker, versionId],
    });
    return offered ? feeWei : undefined;
  };
  return {
    offer: async (versionId, feeWei) => {
      if ((await standing(versionId)) === feeWei) return;
      const data = encodeFunctionData({ abi: workerRegistryAbi, functionName: 'offer', args: [versionId, feeWei] });
      await send({
        id: `offer ${versionId} ${feeWei} ${fresh()}`,
        to: addresses.workers,
        data,
        describe: `offer version ${versionId}`,
      });
    },
    withdrawOffer: async (versionId) => {
      if ((await standing(versionId)) === undefined) return;
      const data = encodeFunctionData({ abi: workerRegistryAbi, functionName: 'withdrawOffer', args: [versionId] });
      await send({
        id: `withdraw offer ${versionId} ${fresh()}`,
        to: addresses.workers,
        data,
        describe: `withdraw the offer of version ${versionId}`,
      });
    },
  };
}
