import type { Abi } from 'viem';
import type { Address } from '../../core/codec/hex.ts';
import { decodeRevert, isRevert, type Revert } from '../revert.ts';
import { RpcRefused } from '../rpc/errors.ts';
import type { Rpc } from '../rpc/rpc.ts';
import { quantity } from './chainView.ts';
import type { Intent } from './intent.ts';

/** Largest gas limit of one transaction (EIP-7825). */
const MAX_GAS = 16_777_216n;

export type Preflight =
  | { readonly kind: 'passes'; readonly gasLimit: bigint }
  | { readonly kind: 'reverts'; readonly revert: Revert }
  /** The endpoint says that the account cannot even pay the value. */
  | { readonly kind: 'poor' };

/**
 * Simulates an intent on top of the pool (`pending`) or of the newest block. The gas limit gets a quarter on top of the
 * estimate: other transactions may come between.
 * @throws RpcRefused when the endpoint refuses for another reason than the contract's or the balance
 */
export async function preflight(
  rpc: Rpc,
  from: Address,
  intent: Intent,
  abi: Abi,
  tag: 'pending' | 'latest',
): Promise<Preflight> {
  const { to, data, value, gas } = intent;
  const call = { from, to, data, value: quantity(value) };
  try {
    if (gas !== undefined) {
      await rpc.request('eth_call', [{ ...call, gas: quantity(gas) }, tag]);
      return { kind: 'passes', gasLimit: gas };
    }
    const estimate = BigInt((await rpc.request('eth_estimateGas', [call, tag])) as string);
    const roomy = (estimate * 5n) / 4n + 10_000n;
    return { kind: 'passes', gasLimit: roomy > MAX_GAS && estimate <= MAX_GAS ? MAX_GAS : roomy };
  } catch (error) {
    if (isRevert(error)) return { kind: 'reverts', revert: decodeRevert(error.data, abi, error.rpcMessage) };
    if (error instanceof RpcRefused && /insufficient (funds|balance)|exceeds allowance/i.test(error.rpcMessage)) {
      return { kind: 'poor' };
    }
    throw error;
  }
}

/** Why a mined transaction failed: the same call on the state just before its block, as far as that can be asked. */
export async function reasonOfFailure(
  rpc: Rpc,
  from: Address,
  intent: Intent,
  blockNumber: number,
  abi: Abi,
): Promise<Revert> {
  const { to, data, value, gasLimit } = intent;
  const call = {
    from,
    to,
    data,
    value: quantity(value),
    ...(gasLimit === undefined ? {} : { gas: quantity(gasLimit) }),
  };
  const unknown = { name: 'Unknown', args: [], sentence: 'it failed in its block and passes now' };
  for (const tag of [quantity(blockNumber - 1), 'latest']) {
    try {
      await rpc.request('eth_call', [call, tag]);
    } catch (error) {
      if (isRevert(error)) return decodeRevert(error.data, abi, error.rpcMessage);
      if (!(error instanceof RpcRefused)) throw error;
      // Endpoints forget the state of old blocks; then today's state has to do.
    }
  }
  return unknown;
}
