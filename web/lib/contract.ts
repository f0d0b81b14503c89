import { type Abi, decodeFunctionResult, encodeFunctionData } from 'viem';
import type { Hex } from '../../node/core/codec/hex.ts';
import { abiOf } from './abis.ts';
import type { ContractName, SiteConfig } from './config.ts';
import { ProblemError } from './problem.ts';
import { problemOfCall } from './refusal.ts';
import { rpcRequest } from './rpc.ts';
import { addressOf } from './transactions/prepare.ts';

/** Calls a view function at the newest block. @throws {ProblemError} RpcRefusal */
export async function call(
  site: SiteConfig,
  contract: ContractName,
  functionName: string,
  args: readonly unknown[],
  signal?: AbortSignal,
): Promise<unknown> {
  const to = addressOf(site, contract);
  const abi: Abi = await abiOf(contract);
  const data = encodeFunctionData({ abi, functionName, args } as never);
  try {
    const result = await rpcRequest<Hex>(site.rpcUrls, 'eth_call', [{ to, data }, 'latest'], signal);
    return decodeFunctionResult({ abi, functionName, args, data: result } as never);
  } catch (error) {
    const problem = await problemOfCall(error);
    throw problem === undefined ? error : new ProblemError(problem, error);
  }
}
