import { type Abi, type AbiFunction, decodeFunctionData, encodeFunctionData, toFunctionSelector } from 'viem';
import { type Address, type Hex, sameAddress } from '../../../node/core/codec/hex.ts';
import { assayGovernorAbi } from '../../generated/abi/assayGovernor.ts';
import { assayTokenAbi } from '../../generated/abi/assayToken.ts';
import { auditPoolAbi } from '../../generated/abi/auditPool.ts';
import { courtAbi } from '../../generated/abi/court.ts';
import { jobMarketAbi } from '../../generated/abi/jobMarket.ts';
import { modelRegistryAbi } from '../../generated/abi/modelRegistry.ts';
import { parametersAbi } from '../../generated/abi/parameters.ts';
import { timelockControllerAbi } from '../../generated/abi/timelockController.ts';
import { workerRegistryAbi } from '../../generated/abi/workerRegistry.ts';
import type { ContractName } from '../../lib/transactions/plan.ts';
import type { Action } from './proposal.ts';

/** Contracts that a proposal may call and be understood. */
const ABIS: Readonly<Partial<Record<ContractName, Abi>>> = {
  models: modelRegistryAbi,
  parameters: parametersAbi,
  token: assayTokenAbi,
  workers: workerRegistryAbi,
  court: courtAbi,
  market: jobMarketAbi,
  auditPool: auditPoolAbi,
  governor: assayGovernorAbi,
  timelock: timelockControllerAbi,
};

export interface Argument {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
}

export interface DecodedCall {
  readonly action: Action;
  /** Name of the protocol's contract that is called; undefined: a stranger's. */
  readonly contract?: ContractName;
  /** First four bytes; empty for a plain transfer of ether. */
  readonly selector: Hex;
  /** Undefined: the bytes are no call that this page knows. */
  readonly functionName?: string;
  /** With its types: `setLive(uint256,uint256)`. */
  readonly signature?: string;
  readonly args: readonly Argument[];
  /** False when the bytes say more than the decoded call. */
  readonly exact: boolean;
}

type Contracts = Readonly<Record<string, Address>>;

const isFunction = (item: Abi[number]): item is AbiFunction => item.type === 'function';

/** Functions by contract and selector. */
const FUNCTIONS: ReadonlyMap<string, ReadonlyMap<string, AbiFunction>> = new Map(
  Object.entries(ABIS).map(([name, abi]) => [
    name,
    new Map(abi.filter(isFunction).map((item) => [toFunctionSelector(item), item])),
  ]),
);

export const signatureOf = ({ name, inputs }: AbiFunction): string =>
  `${name}(${inputs.map(({ type }) => type).join(',')})`;

/** What a proposal's action calls. Calldata is the proposer's and may be anything: this never throws. */
export function decodeCall(action: Action, contracts: Contracts): DecodedCall {
  const data = action.calldata.toLowerCase() as Hex;
  const selector = data.slice(0, 10) as Hex;
  const contract = Object.keys(contracts).find((name) => sameAddress(contracts[name]!, action.target)) as
    | ContractName
    | undefined;
  const unknown = { action, ...(contract === undefined ? {} : { contract }), selector, args: [], exact: true };
  const item = contract === undefined ? undefined : FUNCTIONS.get(contract)?.get(selector);
  if (item === undefined) return unknown;
  try {
    const { args } = decodeFunctionData({ abi: [item], data });
    const values = (args ?? []) as readonly unknown[];
    const again = encodeFunctionData({ abi: [item], functionName: item.name, args: values } as never);
    return {
      ...unknown,
      functionName: item.name,
      signature: signatureOf(item),
      args: item.inputs.map(({ name, type }, at) => ({ name: name || `argument ${at + 1}`, type, value: values[at] })),
      exact: again === data,
    };
  } catch {
    // Bytes that are no arguments of the function they name: shown raw.
    return unknown;
  }
}

/** Value of an argument by its position. */
export const argument = <T>(call: DecodedCall, at: number): T => call.args[at]!.value as T;

/** Models and versions that the calls are about, to be looked up in the index. */
export function mentioned(calls: readonly DecodedCall[]): {
  readonly models: readonly string[];
  readonly versions: readonly string[];
} {
  const of = (name: string) => calls.filter((call) => call.contract === 'models' && call.functionName === name);
  return {
    models: [...of('setLive'), ...of('retire')].map((call) => String(argument<bigint>(call, 0))),
    versions: of('setLive').map((call) => String(argument<bigint>(call, 1))),
  };
}
