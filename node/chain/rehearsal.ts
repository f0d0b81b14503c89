import type { Hex } from 'viem';
import type { Address } from '../core/codec/hex.ts';
import type { Log } from '../ports/Log.ts';
import { startAnvil } from './anvil.ts';
import { clientOf } from './client.ts';
import { DeploymentFailed, type DeploymentPlan, type PlannedCreation } from './deploy.ts';
import { Rpc } from './rpc/rpc.ts';

/** What one creation came to. */
export interface Rehearsed {
  readonly creation: PlannedCreation;
  readonly gas: bigint;
  /** Code as the chain will hold it: immutables filled in. */
  readonly code: Hex;
}

/** Every creation of a plan, done on an empty chain of this machine. */
export interface Rehearsal {
  readonly creations: readonly Rehearsed[];
  readonly gas: bigint;
  /** The empty chain's endpoint: parameters can be read there as they are right after a deployment. */
  readonly rpc: Rpc;
  close(): Promise<void>;
}

/** More than any creation needs, below what one transaction may have (EIP-7825). */
const CREATION_GAS = 16_000_000n;
const PLENTY_WEI = 10n ** 24n;

/**
 * Plays a plan on a local chain with the same chain id, deployer and nonces. Addresses and immutables follow from those
 * alone, so the code that comes out is the code that belongs on the real chain, to the byte.
 * @throws DeploymentFailed; AnvilFailed
 */
export async function rehearse(plan: DeploymentPlan, chainId: number, log?: Log): Promise<Rehearsal> {
  const anvil = await startAnvil({ chainId, accounts: 0, ...(log === undefined ? {} : { log }) });
  try {
    const rpc = new Rpc({ urls: [anvil.url] });
    const { deployer, creations } = plan;
    await rpc.request('anvil_setNonce', [deployer, hex(creations[0]?.nonce ?? 0)]);
    await rpc.request('anvil_setBalance', [deployer, hex(PLENTY_WEI)]);
    await rpc.request('anvil_impersonateAccount', [deployer]);
    const client = clientOf(rpc, chainId);
    const done: Rehearsed[] = [];
    for (const creation of creations) {
      const { encodeDeployData } = await import('viem');
      const data = encodeDeployData(creation);
      const gas = await send(rpc, client, deployer, data, creation);
      const code = await client.getCode({ address: creation.address });
      done.push({ creation, gas, code: code ?? '0x' });
    }
    return { creations: done, gas: done.reduce((sum, { gas }) => sum + gas, 0n), rpc, close: () => anvil.stop() };
  } catch (error) {
    await anvil.stop();
    throw error;
  }
}

const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`;

async function send(
  rpc: Rpc,
  client: ReturnType<typeof clientOf>,
  from: Address,
  data: Hex,
  { name, nonce }: PlannedCreation,
): Promise<bigint> {
  const call = { from, data, gas: hex(CREATION_GAS) };
  const refused = (why: string, cause?: unknown): DeploymentFailed =>
    new DeploymentFailed(
      `creating ${name} fails in the rehearsal on this machine: ${why}`,
      'Nothing was sent. Correct the profile or the allocations.',
      { contract: name, nonce },
      cause,
    );
  const hash = (await rpc.request('eth_sendTransaction', [call]).catch((error: unknown) => {
    throw refused(error instanceof Error ? error.message : String(error), error);
  })) as Hex;
  const receipt = await client.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw refused('its constructor reverts');
  return receipt.gasUsed;
}
