import { type Abi, decodeFunctionData, type PublicClient } from 'viem';
import { type Address, sameAddress } from '../core/codec/hex.ts';
import type { CallArgument, TransactionPreview } from '../ports/Transactions.ts';
import type { Call } from './assay/context.ts';
import type { Addresses, ContractName } from './deploy.ts';
import * as contracts from './generated/contracts.ts';
import { decodeRevert } from './revert.ts';
import { RpcRefused } from './rpc/errors.ts';
import type { Rpc } from './rpc/rpc.ts';
import { ChainView, quantity } from './tx/chainView.ts';
import { suggestedFees } from './tx/fees.ts';

const ABIS = Object.entries(contracts).flatMap(([name, value]) => (name.endsWith('Abi') ? [value as Abi] : []));
const ERRORS: Abi = ABIS.flat().filter(({ type }) => type === 'error');
/** The same bound as the queue's. */
const MAX_FEE_PER_GAS = 1_000_000_000_000n;

/** Whose ABI reads a call to a contract of the deployment; the others have the name of their contract. */
const ABI_NAMES: Partial<Readonly<Record<ContractName, string>>> = {
  token: 'assayToken',
  workers: 'workerRegistry',
  models: 'modelRegistry',
  market: 'jobMarket',
  governor: 'assayGovernor',
  timelock: 'timelockController',
  lens: 'marketLens',
  beacon: 'blockBeacon',
};

const abiOf = (contract: ContractName): Abi | undefined =>
  (contracts as Readonly<Record<string, unknown>>)[`${ABI_NAMES[contract] ?? contract}Abi`] as Abi | undefined;

/** What a call would be as a transaction: decoded, and rehearsed on the state of now. */
export async function previewCall(
  { rpc, client, addresses }: { readonly rpc: Rpc; readonly client: PublicClient; readonly addresses: Addresses },
  from: Address,
  call: Call,
): Promise<TransactionPreview> {
  const { to, data, describe } = call;
  const view = new ChainView(rpc, from);
  const [{ baseFeePerGas }, priority, chainId] = await Promise.all([
    view.look(),
    view.priorityFee(),
    client.getChainId(),
  ]);
  const { maxFeePerGas } = suggestedFees(baseFeePerGas, priority, MAX_FEE_PER_GAS);
  const rehearsed = await rehearse(rpc, from, call);
  const contract = Object.entries(addresses).find(([, address]) => sameAddress(address, to))?.[0];
  return {
    describe,
    chainId: BigInt(chainId),
    from,
    to,
    contract,
    ...decoded(contract as ContractName | undefined, call),
    data,
    valueWei: 0n,
    gas: rehearsed.gas,
    maxFeePerGasWei: maxFeePerGas,
    maxGasFeeWei: rehearsed.gas === undefined ? undefined : rehearsed.gas * maxFeePerGas,
    ...(rehearsed.refusal === undefined ? {} : { refusal: rehearsed.refusal }),
  };
}

async function rehearse(rpc: Rpc, from: Address, { to, data }: Call): Promise<{ gas?: bigint; refusal?: string }> {
  const call = { from, to, data, value: quantity(0) };
  try {
    const estimate = BigInt((await rpc.request('eth_estimateGas', [call, 'latest'])) as string);
    return { gas: (estimate * 5n) / 4n + 10_000n };
  } catch (error) {
    if (error instanceof RpcRefused) return { refusal: decodeRevert(error.data, ERRORS, error.rpcMessage).sentence };
    throw error;
  }
}

function decoded(
  contract: ContractName | undefined,
  { data }: Call,
): { functionName: string | undefined; args: readonly CallArgument[] } {
  const abi = contract === undefined ? undefined : abiOf(contract);
  if (abi === undefined) return { functionName: undefined, args: [] };
  const { functionName, args = [] } = decodeFunctionData({ abi, data });
  // Overloads differ in their inputs: the one that takes as many arguments is the one that was decoded.
  const item = abi.find(
    (entry) => entry.type === 'function' && entry.name === functionName && entry.inputs.length === args.length,
  );
  const inputs = item !== undefined && 'inputs' in item ? item.inputs : [];
  return {
    functionName,
    args: args.map((value, i) => ({ name: inputs[i]?.name ?? String(i), type: inputs[i]?.type ?? '', value })),
  };
}
