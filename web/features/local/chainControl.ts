import { encodeFunctionData } from 'viem';
import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import { assayTokenAbi } from '../../generated/abi/assayToken.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { ProblemError } from '../../lib/problem.ts';
import { problemOfCall } from '../../lib/refusal.ts';
import { rpcRequest } from '../../lib/rpc.ts';

/** What only a chain of this machine lets us do: anvil's own methods, through the configured node. */

const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;
const ETHER = 10n ** 18n;
const POLLS = 40;

type Site = Pick<SiteConfig, 'rpcUrls' | 'contracts'>;

/** Puts ether into an account; it comes from nowhere. */
export async function giveEther({ rpcUrls }: Site, to: Address, amountWei: bigint): Promise<void> {
  const balance = BigInt(await rpcRequest<Hex>(rpcUrls, 'eth_getBalance', [to, 'latest']));
  await rpcRequest(rpcUrls, 'anvil_setBalance', [to, quantity(balance + amountWei)]);
}

/**
 * Sends ASSAY from the treasury, in whose name a local chain lets anybody send. The token mints nothing, so that votes and
 * the supply stay true. @throws {ProblemError} when the treasury holds too little
 */
export async function giveTokens({ rpcUrls, contracts }: Site, to: Address, amountWei: bigint): Promise<void> {
  const from = contracts.timelock;
  const data = encodeFunctionData({ abi: assayTokenAbi, functionName: 'transfer', args: [to, amountWei] });
  const ether = await rpcRequest<Hex>(rpcUrls, 'eth_getBalance', [from, 'latest']);
  await rpcRequest(rpcUrls, 'anvil_setBalance', [from, quantity(BigInt(ether) + ETHER)]);
  await rpcRequest(rpcUrls, 'anvil_impersonateAccount', [from]);
  try {
    const call = { from, to: contracts.token, data };
    await rpcRequest(rpcUrls, 'eth_call', [call, 'latest']);
    const hash = await rpcRequest<Hex>(rpcUrls, 'eth_sendTransaction', [call]);
    await mined({ rpcUrls }, hash);
  } catch (error) {
    const problem = await problemOfCall(error);
    throw problem === undefined ? error : new ProblemError(problem, error);
  } finally {
    await rpcRequest(rpcUrls, 'anvil_stopImpersonatingAccount', [from]);
    await rpcRequest(rpcUrls, 'anvil_setBalance', [from, ether]);
  }
}

async function mined({ rpcUrls }: Pick<SiteConfig, 'rpcUrls'>, hash: Hex): Promise<void> {
  for (let poll = 0; poll < POLLS; poll++) {
    if ((await rpcRequest(rpcUrls, 'eth_getTransactionReceipt', [hash])) !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new ProblemError({
    what: 'The faucet waits for a block',
    why: 'its transfer was sent, but no block has taken it',
    fix: 'Mine a block below, or check that the local chain mines.',
  });
}

/** Moves the chain's clock forward and mines a block there. There is no way back. */
export async function travel({ rpcUrls }: Site, seconds: number): Promise<void> {
  await rpcRequest(rpcUrls, 'evm_increaseTime', [quantity(seconds)]);
  await rpcRequest(rpcUrls, 'evm_mine', []);
}

export const mineBlocks = async ({ rpcUrls }: Site, count: number): Promise<void> => {
  await rpcRequest(rpcUrls, 'anvil_mine', [quantity(count)]);
};
