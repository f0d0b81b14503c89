import type { Hex } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../lib/config.ts';
import { type Problem, problemOf } from '../../lib/problem.ts';
import { problemOfCall } from '../../lib/refusal.ts';
import { RpcRefusal, rpcRequest } from '../../lib/rpc.ts';
import type { Action } from './proposal.ts';

/** What came of trying one action as the timelock; no problem: it would succeed now. */
export interface Trial {
  readonly problem?: Problem;
}

interface SimulatedCall {
  readonly status: Hex;
  readonly returnData: Hex;
  readonly error?: { readonly message?: string; readonly code?: number };
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const METHOD_UNKNOWN = new Set([-32_601, -32_600, -32_602]);

/**
 * Tries the actions as the timelock would make them, one after the other on one state (eth_simulateV1); where a node
 * lacks that, each for itself. Never throws.
 */
export async function simulate(
  { rpcUrls, contracts }: Pick<SiteConfig, 'rpcUrls' | 'contracts'>,
  actions: readonly Action[],
  signal?: AbortSignal,
): Promise<readonly Trial[]> {
  const calls = actions.map(({ target, valueWei, calldata }) => ({
    from: contracts.timelock,
    to: target,
    data: calldata,
    ...(valueWei === 0n ? {} : { value: quantity(valueWei) }),
  }));
  try {
    const [block] = await rpcRequest<readonly { readonly calls: readonly SimulatedCall[] }[]>(
      rpcUrls,
      'eth_simulateV1',
      [{ blockStateCalls: [{ calls }] }, 'latest'],
      signal,
    );
    if (block?.calls.length === calls.length) return await Promise.all(block.calls.map(trialOf));
  } catch (error) {
    if (!(error instanceof RpcRefusal && METHOD_UNKNOWN.has(error.code))) {
      const trial = await failed(error);
      return calls.map(() => trial);
    }
  }
  return Promise.all(calls.map((each) => tryAlone(rpcUrls, each, signal)));
}

const failed = async (error: unknown): Promise<Trial> => ({
  problem: (await problemOfCall(error)) ?? problemOf(error),
});

async function trialOf({ status, returnData, error }: SimulatedCall): Promise<Trial> {
  if (BigInt(status) === 1n) return {};
  return failed(new RpcRefusal(error?.code ?? 3, error?.message ?? 'execution reverted', returnData));
}

async function tryAlone(rpcUrls: readonly string[], call: object, signal?: AbortSignal): Promise<Trial> {
  try {
    await rpcRequest(rpcUrls, 'eth_call', [call, 'latest'], signal);
    return {};
  } catch (error) {
    return failed(error);
  }
}
