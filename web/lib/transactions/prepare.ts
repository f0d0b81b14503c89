import { type Abi, encodeFunctionData } from 'viem';
import { type Address, type Hex, isAddress } from '../../../node/core/codec/hex.ts';
import { abiOf } from '../abis.ts';
import type { SiteConfig } from '../config.ts';
import { type Problem, ProblemError, problemOf } from '../problem.ts';
import { problemOfCall } from '../refusal.ts';
import { rpcRequest } from '../rpc.ts';
import type { TransactionPlan } from './plan.ts';

/** A call ready to be sent, and what came of trying it. */
export interface Prepared {
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  /** Names of the arguments; empty ones have none. */
  readonly argumentNames: readonly string[];
  /** Undefined when the trial failed. */
  readonly gas?: bigint;
  /** What it will cost at the present price, in wei of ether. */
  readonly feeWei?: bigint;
  /** Why it would fail. */
  readonly problem?: Problem;
}

/** Left over for the state to change between the estimate and the block. */
const GAS_MARGIN_PERCENT = 25n;
const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;

/** Address of a contract by name. @throws {ProblemError} when the site does not know it */
export function addressOf(site: SiteConfig, to: string): Address {
  if (isAddress(to)) return to;
  const address = (site.contracts as Readonly<Record<string, Address | undefined>>)[to];
  if (address !== undefined) return address;
  throw new ProblemError({
    what: 'This network lacks a contract',
    why: `no address of "${to}" is configured`,
    fix: 'Check assay.json of this site, or choose another network.',
  });
}

function namesOf(abi: Abi, functionName: string, count: number): readonly string[] {
  for (const item of abi)
    if (item.type === 'function' && item.name === functionName && item.inputs.length === count)
      return item.inputs.map(({ name }) => name ?? '');
  return [];
}

/** Encodes the call, tries it against the newest block and estimates its fee. Never throws: problems are part of it. */
export async function prepare(site: SiteConfig, plan: TransactionPlan, from: Address): Promise<Prepared> {
  const to = addressOf(site, plan.to);
  const valueWei = plan.valueWei ?? 0n;
  const { functionName, args } = plan;
  const abi: Abi = await abiOf(plan.to);
  const data = encodeFunctionData({ abi, functionName, args } as never);
  const argumentNames = namesOf(abi, functionName, args.length);
  const call = { from, to, data, ...(valueWei === 0n ? {} : { value: quantity(valueWei) }) };
  try {
    await rpcRequest<Hex>(site.rpcUrls, 'eth_call', [call, 'latest']);
    const [gas, price] = await Promise.all([
      rpcRequest<Hex>(site.rpcUrls, 'eth_estimateGas', [call]),
      rpcRequest<Hex>(site.rpcUrls, 'eth_gasPrice', []),
    ]);
    return {
      to,
      data,
      valueWei,
      argumentNames,
      gas: (BigInt(gas) * (100n + GAS_MARGIN_PERCENT)) / 100n,
      feeWei: BigInt(gas) * BigInt(price),
    };
  } catch (error) {
    return { to, data, valueWei, argumentNames, problem: (await problemOfCall(error)) ?? problemOf(error) };
  }
}
