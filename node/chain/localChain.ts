import { createWalletClient } from 'viem';
import type { Address } from '../core/codec/hex.ts';
import type { Signer } from '../ports/Signer.ts';
import { chainOf, clientOf } from './client.ts';
import { type Allocation, deploy } from './deploy.ts';
import type { Deployment } from './deployment.ts';
import { Rpc } from './rpc/rpc.ts';
import { signerAccount } from './signerAccount.ts';

/** Deploys the protocol with the profile of local chains. */
export async function deployLocally(
  rpcUrls: readonly string[],
  deployer: Signer,
  allocations: readonly Allocation[],
): Promise<Deployment> {
  const rpc = new Rpc({ urls: rpcUrls });
  const chainId = Number(await rpc.request('eth_chainId'));
  const publicClient = clientOf(rpc, chainId);
  const walletClient = createWalletClient({
    account: signerAccount(deployer),
    chain: chainOf(chainId),
    transport: rpc.transport(),
  });
  const deployed = await deploy({ publicClient, walletClient, profile: 'dev', allocations });
  const { hash: genesisHash } = await publicClient.getBlock({ blockNumber: 0n });
  return { ...deployed, genesisHash };
}

/** Gas money, 1000 ether each: a method of local chains, which any other chain refuses. */
export async function fundEther(rpcUrls: readonly string[], accounts: readonly Address[]): Promise<void> {
  const rpc = new Rpc({ urls: rpcUrls });
  for (const account of accounts) await rpc.request('anvil_setBalance', [account, `0x${(10n ** 21n).toString(16)}`]);
}
