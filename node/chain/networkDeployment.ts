import { createWalletClient, getAddress, isAddressEqual, type PublicClient, zeroAddress } from 'viem';
import type { Address, Digest } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Log } from '../ports/Log.ts';
import type { Signer } from '../ports/Signer.ts';
import { type BegunDeployment, forgetBegun, readBegun, requireSame, writeBegun } from './begunDeployment.ts';
import { chainOf, clientOf } from './client.ts';
import { type Allocation, type DeploymentPlan, deploy, planDeployment, SUPPLY_WEI } from './deploy.ts';
import type { Deployment } from './deployment.ts';
import { PROFILES, type ProfileName } from './profiles.ts';
import { rehearse } from './rehearsal.ts';
import { Rpc } from './rpc/rpc.ts';
import { signerAccount } from './signerAccount.ts';

export interface NetworkRequest {
  readonly rpcUrls: readonly string[];
  readonly deployer: Signer;
  readonly profile: ProfileName;
  readonly allocations: readonly Allocation[];
  /** File that a deployment is continued from when it was interrupted. */
  readonly progressFile: string;
  readonly log?: Log;
}

/** What a deployment would do and cost; nothing was sent. */
export interface NetworkPlan {
  readonly chainId: number;
  readonly genesisHash: Digest;
  readonly deployer: Address;
  readonly profile: ProfileName;
  readonly firstNonce: number;
  /** True when an earlier start is continued. */
  readonly continues: boolean;
  readonly contracts: readonly {
    readonly contract: string;
    readonly address: Address;
    readonly gas: bigint;
    readonly codeBytes: number;
    readonly present: boolean;
  }[];
  readonly circulatingWei: bigint;
  readonly treasuryWei: bigint;
  readonly quorumWei: bigint;
  /** Of what is not there yet. */
  readonly gas: bigint;
  /** Highest price of one gas that the wallet would offer now. */
  readonly gasPriceWei: bigint;
  readonly costWei: bigint;
  readonly balanceWei: bigint;
  /** What is allowed and rarely meant. */
  readonly warnings: readonly string[];
}

/** A deployment that nobody could mean. */
export class NetworkDeploymentRefused extends ProtocolError {
  override readonly code = 'NETWORK_DEPLOYMENT_REFUSED';
}

const LOCAL_CHAINS: readonly number[] = [31337, 1337];

interface Prepared {
  readonly client: PublicClient;
  readonly rpc: Rpc;
  readonly begun: BegunDeployment;
  readonly continues: boolean;
  readonly plan: DeploymentPlan;
}

/** @throws {NetworkDeploymentRefused}; DeploymentQuorumUnreachable ...; DeploymentBegunOtherwise; ChainUnreachable */
async function prepare(request: NetworkRequest): Promise<Prepared> {
  const { deployer, profile, progressFile, rpcUrls, log } = request;
  const rpc = new Rpc({ urls: rpcUrls, ...(log === undefined ? {} : { log }) });
  const chainId = Number(await rpc.request('eth_chainId', []));
  if (profile === 'dev' && !LOCAL_CHAINS.includes(chainId)) {
    throw refused(
      `the profile dev lets ${PROFILES.dev.votingPeriod} seconds of voting decide, and chain ${chainId} is not a local one`,
      'Use --profile standard, or fast for small sums on a test network.',
    );
  }
  const allocations = checkAllocations(request.allocations);
  const client = clientOf(rpc, chainId);
  const [{ hash }, block, firstNonce] = await Promise.all([
    client.getBlock({ blockNumber: 0n }),
    client.getBlockNumber({ cacheTime: 0 }),
    client.getTransactionCount({ address: deployer.address, blockTag: 'pending' }),
  ]);
  const now = { chainId, genesisHash: hash, deployer: deployer.address, profile, firstNonce, block, allocations };
  const earlier = await readBegun(progressFile);
  if (earlier !== undefined) requireSame(progressFile, earlier, now);
  const begun = earlier ?? now;
  const plan = planDeployment(deployer.address, begun.firstNonce, PROFILES[profile], allocations);
  return { client, rpc, begun, continues: earlier !== undefined, plan };
}

const refused = (why: string, fix: string): NetworkDeploymentRefused =>
  new NetworkDeploymentRefused({ what: 'This is not deployed', why, fix });

/** @throws {NetworkDeploymentRefused} */
function checkAllocations(allocations: readonly Allocation[]): readonly Allocation[] {
  const seen = new Set<string>();
  for (const { recipient, amountWei } of allocations) {
    const key = recipient.toLowerCase();
    if (key === zeroAddress) throw refused('an allocation goes to the zero address', 'Name the holder.');
    if (amountWei <= 0n) throw refused(`the allocation of ${recipient} is zero`, 'Remove it or give it an amount.');
    if (seen.has(key)) throw refused(`${recipient} has two allocations`, 'Add them up in one line.');
    seen.add(key);
  }
  return allocations;
}

/** Computes and rehearses everything; sends nothing. */
export async function planNetwork(request: NetworkRequest): Promise<NetworkPlan> {
  const { client, begun, continues, plan } = await prepare(request);
  const rehearsal = await rehearse(plan, begun.chainId, request.log);
  await rehearsal.close();
  const contracts = await Promise.all(
    rehearsal.creations.map(async ({ creation: { name, address }, gas, code }) => ({
      contract: name,
      address,
      gas,
      codeBytes: (code.length - 2) / 2,
      present: continues && ((await client.getCode({ address })) ?? '0x') !== '0x',
    })),
  );
  const gas = contracts.filter(({ present }) => !present).reduce((sum, each) => sum + each.gas, 0n);
  const [gasPriceWei, balanceWei] = await Promise.all([
    gasPriceOf(client),
    client.getBalance({ address: request.deployer.address }),
  ]);
  return {
    chainId: begun.chainId,
    genesisHash: begun.genesisHash,
    deployer: request.deployer.address,
    profile: request.profile,
    firstNonce: begun.firstNonce,
    continues,
    contracts,
    circulatingWei: plan.circulatingWei,
    treasuryWei: SUPPLY_WEI - plan.circulatingWei,
    quorumWei: plan.quorumWei,
    gas,
    gasPriceWei,
    costWei: gas * gasPriceWei,
    balanceWei,
    warnings: warningsOf(request, plan),
  };
}

async function gasPriceOf(client: PublicClient): Promise<bigint> {
  const { baseFeePerGas } = await client.getBlock();
  if (baseFeePerGas === null) return client.getGasPrice();
  return (await client.estimateFeesPerGas()).maxFeePerGas;
}

function warningsOf({ allocations, deployer }: NetworkRequest, plan: DeploymentPlan): readonly string[] {
  const { circulatingWei, quorumWei } = plan;
  const alone = allocations.filter(({ amountWei }) => amountWei >= quorumWei && 2n * amountWei > circulatingWei);
  return [
    ...alone.map(({ recipient }) => `${recipient} alone has a quorum and the majority: he decides everything`),
    ...(circulatingWei < 2n * quorumWei
      ? ['less than two quorums are in the hands of voters: half of them staying away stops every decision']
      : []),
    ...(allocations.some(({ recipient }) => isAddressEqual(recipient, deployer.address))
      ? ['the deployer gets tokens: use a key of its own for deploying and throw it away afterwards']
      : []),
  ];
}

/** More than the plan costs: gas prices rise between planning and sending. */
const RESERVE_PERCENT = 120n;

export interface NetworkDeployOptions {
  readonly plan: NetworkPlan;
  readonly confirmations: number;
  readonly commit?: string;
  readonly onProgress?: (done: number, total: number, contract: string) => void;
}

/**
 * Sends what the plan says and what is not there yet. Killed at any point, the next call with the same arguments goes
 * on where it was.
 * @throws {NetworkDeploymentRefused}; DeploymentFailed; DeploymentRolesLeft
 */
export async function deployNetwork(request: NetworkRequest, options: NetworkDeployOptions): Promise<Deployment> {
  const { plan: costs, confirmations, commit } = options;
  const { client, rpc, begun } = await prepare(request);
  if (costs.balanceWei < (costs.costWei * RESERVE_PERCENT) / 100n)
    throw refused(
      `the deployer ${getAddress(request.deployer.address)} has ${costs.balanceWei} wei, and the deployment may cost ${(costs.costWei * RESERVE_PERCENT) / 100n} wei`,
      'Send it gas money and run the command again.',
    );
  await writeBegun(request.progressFile, begun);
  const walletClient = createWalletClient({
    account: signerAccount(request.deployer),
    chain: chainOf(begun.chainId),
    transport: rpc.transport(),
  });
  const deployed = await deploy({
    publicClient: client,
    walletClient,
    profile: request.profile,
    allocations: request.allocations,
    begun: { firstNonce: begun.firstNonce, block: begun.block },
    confirmations,
    pollMs: 500,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  });
  const origin = { ...deployed.origin!, ...(commit === undefined ? {} : { commit }) };
  return { ...deployed, origin, genesisHash: begun.genesisHash };
}

/** Call when the deployment's file is written. */
export const completeNetwork = ({ progressFile }: Pick<NetworkRequest, 'progressFile'>): Promise<void> =>
  forgetBegun(progressFile);
