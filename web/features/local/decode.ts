import {
  type Abi,
  type AbiEvent,
  type AbiFunction,
  type AbiParameter,
  decodeEventLog,
  decodeFunctionData,
  getAbiItem,
  type Hex,
} from 'viem';
import type { Address } from '../../../node/core/codec/hex.ts';
import { arenaAbi } from '../../generated/abi/arena.ts';
import { assayGovernorAbi } from '../../generated/abi/assayGovernor.ts';
import { assayTokenAbi } from '../../generated/abi/assayToken.ts';
import { auditPoolAbi } from '../../generated/abi/auditPool.ts';
import { blockBeaconAbi } from '../../generated/abi/blockBeacon.ts';
import { courtAbi } from '../../generated/abi/court.ts';
import { jobCourtAbi } from '../../generated/abi/jobCourt.ts';
import { jobMarketAbi } from '../../generated/abi/jobMarket.ts';
import { marketLensAbi } from '../../generated/abi/marketLens.ts';
import { modelRegistryAbi } from '../../generated/abi/modelRegistry.ts';
import { parametersAbi } from '../../generated/abi/parameters.ts';
import { receiptCourtAbi } from '../../generated/abi/receiptCourt.ts';
import { refereeAbi } from '../../generated/abi/referee.ts';
import { tillAbi } from '../../generated/abi/till.ts';
import { timelockControllerAbi } from '../../generated/abi/timelockController.ts';
import { votingPowerAbi } from '../../generated/abi/votingPower.ts';
import { workerRegistryAbi } from '../../generated/abi/workerRegistry.ts';
import { contractEvents } from '../../generated/events.ts';
import type { ContractName, SiteConfig } from '../../lib/config.ts';

const ABIS: Readonly<Record<ContractName, Abi>> = {
  timelock: timelockControllerAbi,
  token: assayTokenAbi,
  parameters: parametersAbi,
  models: modelRegistryAbi,
  workers: workerRegistryAbi,
  votingPower: votingPowerAbi,
  governor: assayGovernorAbi,
  market: jobMarketAbi,
  jobCourt: jobCourtAbi,
  lens: marketLensAbi,
  referee: refereeAbi,
  receiptCourt: receiptCourtAbi,
  court: courtAbi,
  arena: arenaAbi,
  beacon: blockBeaconAbi,
  auditPool: auditPoolAbi,
};

/** The ABI of the protocol's contract at an address, if it is one; then that of tills, which any address may be. */
function abisFor(site: SiteConfig, address: Address | null): readonly Abi[] {
  const wanted = address?.toLowerCase();
  const name = (Object.keys(site.contracts) as ContractName[]).find(
    (at) => site.contracts[at].toLowerCase() === wanted,
  );
  const known = name === undefined ? [] : [ABIS[name]];
  return [...known, tillAbi as Abi];
}

export interface Decoded {
  readonly name: string;
  readonly args: readonly { readonly name: string; readonly value: unknown }[];
}

function label(name: string, inputs: readonly AbiParameter[], args: unknown): Decoded {
  const values = Array.isArray(args)
    ? (args as unknown[])
    : inputs.map((input) => (args as Record<string, unknown>)?.[input.name ?? '']);
  return { name, args: values.map((value, i) => ({ name: inputs[i]?.name || `argument ${i + 1}`, value })) };
}

/** Function and arguments of a call to one of the protocol's contracts; undefined for any other call. */
export function decodeCall(site: SiteConfig, to: Address | null, data: Hex): Decoded | undefined {
  for (const abi of abisFor(site, to)) {
    try {
      const { functionName, args } = decodeFunctionData({ abi, data });
      const { inputs } = getAbiItem({ abi, name: data.slice(0, 10) }) as AbiFunction;
      return label(functionName, inputs, args ?? []);
    } catch {
      // Not a function of this contract: the next one may know it.
    }
  }
  return undefined;
}

/** Name and values of an event that the protocol's contracts have; undefined for any other. */
export function decodeEvent({
  topics,
  data,
}: {
  readonly topics: readonly Hex[];
  readonly data: Hex;
}): Decoded | undefined {
  try {
    const { eventName, args } = decodeEventLog({ abi: contractEvents, topics: [...topics] as [Hex, ...Hex[]], data });
    return label(eventName, (getAbiItem({ abi: contractEvents as Abi, name: topics[0]! }) as AbiEvent).inputs, args);
  } catch {
    // A stranger's.
    return undefined;
  }
}
