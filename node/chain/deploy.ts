import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Abi,
  type Account,
  type Address,
  BaseError,
  type Chain,
  decodeErrorResult,
  getContractAddress,
  type Hex,
  isAddressEqual,
  isHex,
  type PublicClient,
  type Transport,
  type WalletClient,
  zeroAddress,
} from 'viem';
import { type Complaint, ProtocolError } from '../core/errors.ts';
import { auditRoles, type RoleFinding } from './auditRoles.ts';
import {
  arenaAbi,
  arenaBytecode,
  assayGovernorAbi,
  assayGovernorBytecode,
  assayTokenAbi,
  assayTokenBytecode,
  auditPoolAbi,
  auditPoolBytecode,
  blockBeaconAbi,
  blockBeaconBytecode,
  courtAbi,
  courtBytecode,
  jobCourtAbi,
  jobCourtBytecode,
  jobMarketAbi,
  jobMarketBytecode,
  marketLensAbi,
  marketLensBytecode,
  modelRegistryAbi,
  modelRegistryBytecode,
  parametersAbi,
  parametersBytecode,
  receiptCourtAbi,
  receiptCourtBytecode,
  refereeAbi,
  refereeBytecode,
  timelockControllerAbi,
  timelockControllerBytecode,
  votingPowerAbi,
  votingPowerBytecode,
  workerRegistryAbi,
  workerRegistryBytecode,
} from './generated/contracts.ts';
import { type DeploymentProfile, PROFILES, type ProfileName } from './profiles.ts';

/** Contracts in the order of their creation; their addresses follow from the deployer's nonce. */
export const ORDER = [
  'timelock',
  'token',
  'parameters',
  'models',
  'workers',
  'votingPower',
  'governor',
  'market',
  'jobCourt',
  'lens',
  'referee',
  'receiptCourt',
  'court',
  'arena',
  'beacon',
  'auditPool',
] as const;
export type ContractName = (typeof ORDER)[number];

export type Addresses = Readonly<Record<ContractName, Address>>;

export interface Deployment {
  readonly chainId: number;
  /** Block of the first contract: indexers start here. */
  readonly block: bigint;
  readonly addresses: Addresses;
  /** What the creations followed from; with it anybody can compute code and addresses again. */
  readonly origin?: DeploymentOrigin;
}

/** Where a deployment came from. */
export interface DeploymentOrigin {
  /** `custom` for a profile that is not in PROFILES. */
  readonly profile: ProfileName | 'custom';
  readonly deployer: Address;
  /** Nonce of the first creation; the others follow. */
  readonly firstNonce: number;
  /** Commit of the sources, `-dirty` behind it when they were changed since. */
  readonly commit?: string;
}

export interface Allocation {
  readonly recipient: Address;
  readonly amountWei: bigint;
}

export interface DeployParameters {
  readonly publicClient: PublicClient;
  /** The deployer. He must send nothing else meanwhile; he keeps no right. */
  readonly walletClient: WalletClient<Transport, Chain | undefined, Account>;
  readonly profile: ProfileName | DeploymentProfile;
  /** Initial holders; the rest of the supply goes to the treasury (the timelock). */
  readonly allocations: readonly Allocation[];
  readonly onProgress?: (done: number, total: number, contract: string) => void | Promise<void>;
  /** Goes on with a deployment that was begun: contracts that are there stay, the next nonce belongs to the next one. */
  readonly begun?: { readonly firstNonce: number; readonly block: bigint };
  /** Blocks on top of the last creation before the result counts. @default 0 */
  readonly confirmations?: number;
  /** How often the chain is asked whether a creation is mined, ms. @default the client's */
  readonly pollMs?: number;
}

/** Everything that will be sent, computed before anything is. */
export interface DeploymentPlan {
  readonly deployer: Address;
  readonly profile: DeploymentProfile;
  readonly addresses: Addresses;
  /** What holders get who can vote, wei. */
  readonly circulatingWei: bigint;
  readonly quorumWei: bigint;
  readonly creations: readonly PlannedCreation[];
}

export interface PlannedCreation {
  readonly name: ContractName;
  readonly nonce: number;
  readonly address: Address;
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly args: readonly unknown[];
}

/** Total supply in wei, as in contracts/governance/AssayToken.sol. */
export const SUPPLY_WEI = 1_000_000_000n * 10n ** 18n;

export class DeploymentAllocationTooLarge extends ProtocolError {
  override readonly code = 'DEPLOYMENT_ALLOCATION_TOO_LARGE';
  constructor(allocatedWei: bigint) {
    super({
      what: 'The token cannot be deployed',
      why: `the allocations add up to ${allocatedWei} wei, the whole supply is ${SUPPLY_WEI} wei`,
      fix: 'Lower the allocations; what is left over goes to the treasury.',
      meta: { allocatedWei, supplyWei: SUPPLY_WEI },
    });
  }
}

export class DeploymentQuorumUnreachable extends ProtocolError {
  override readonly code = 'DEPLOYMENT_QUORUM_UNREACHABLE';
  constructor(circulatingWei: bigint, quorumWei: bigint) {
    super({
      what: 'The DAO could never decide anything',
      why: `${circulatingWei} wei go to holders who can vote, a quorum needs ${quorumWei} wei, and only a vote can move the treasury`,
      fix: 'Give at least a quorum to holders at the start; several times as much is wise, since not everybody votes.',
      meta: { circulatingWei, quorumWei },
    });
  }
}

export class DeploymentFailed extends ProtocolError {
  override readonly code = 'DEPLOYMENT_FAILED';
  constructor(why: string, fix: string, meta: NonNullable<Complaint['meta']>, cause?: unknown) {
    super({ what: 'The contracts could not be deployed', why, fix, meta, cause });
  }
}

export class DeploymentRolesLeft extends ProtocolError {
  override readonly code = 'DEPLOYMENT_ROLES_LEFT';
  constructor(findings: readonly RoleFinding[]) {
    const list = findings.map(({ contract, role, holder }) => `${holder} holds ${role} of ${contract}`).join('; ');
    super({
      what: 'The deployment is not safe to use',
      why: `somebody else than governance has rights: ${list}`,
      fix: 'Do not announce these addresses. Deploy again from a clean checkout.',
      meta: { findings },
    });
  }
}

/**
 * Addresses, constructor arguments and the distribution of votes, computed and checked without a chain.
 * @throws {DeploymentAllocationTooLarge} {@link DeploymentQuorumUnreachable}
 */
export function planDeployment(
  deployer: Address,
  firstNonce: number,
  profile: DeploymentProfile,
  given: readonly Allocation[],
): DeploymentPlan {
  const addresses = predict(deployer, firstNonce);
  const allocations = tokenAllocations(given, addresses.timelock);
  const circulatingWei = allocations
    .filter(({ recipient }) => !isAddressEqual(recipient, addresses.timelock))
    .reduce((sum, { amountWei }) => sum + amountWei, 0n);
  // The quorum is a part of the whole supply, treasury included, and the treasury has no vote.
  const quorumWei = (SUPPLY_WEI * profile.quorumPercent) / 100n;
  if (circulatingWei < quorumWei) throw new DeploymentQuorumUnreachable(circulatingWei, quorumWei);
  const plan = creations(addresses, profile, allocations);
  return {
    deployer,
    profile,
    addresses,
    circulatingWei,
    quorumWei,
    creations: ORDER.map((name, i) => ({ name, nonce: firstNonce + i, address: addresses[name], ...plan[name] })),
  };
}

/**
 * Deploys the whole protocol, and returns only when no externally owned account holds any right in it.
 * @throws {DeploymentAllocationTooLarge} {@link DeploymentQuorumUnreachable} {@link DeploymentFailed} {@link DeploymentRolesLeft}
 */
export async function deploy(parameters: DeployParameters): Promise<Deployment> {
  const { publicClient, walletClient, begun } = parameters;
  const profile = typeof parameters.profile === 'string' ? PROFILES[parameters.profile] : parameters.profile;
  const deployer = walletClient.account.address;
  const firstNonce =
    begun?.firstNonce ?? (await publicClient.getTransactionCount({ address: deployer, blockTag: 'pending' }));
  const plan = planDeployment(deployer, firstNonce, profile, parameters.allocations);

  let first: bigint | undefined;
  let last = 0n;
  for (const [index, creation] of plan.creations.entries()) {
    const kept = begun !== undefined && (await isThere(parameters, creation));
    const mined = kept ? undefined : await create(parameters, creation);
    first ??= mined ?? begun?.block;
    last = mined ?? (await publicClient.getBlockNumber());
    await parameters.onProgress?.(index + 1, plan.creations.length, creation.name);
  }
  await settle(parameters, plan, last);
  const origin = {
    profile: typeof parameters.profile === 'string' ? parameters.profile : ('custom' as const),
    deployer,
    firstNonce,
  };
  const deployment = {
    chainId: await publicClient.getChainId(),
    block: first ?? 0n,
    addresses: plan.addresses,
    origin,
  };
  const findings = await auditRoles(publicClient, deployment);
  if (findings.length > 0) throw new DeploymentRolesLeft(findings);
  return deployment;
}

/** Whether an earlier start has made it already. @throws {DeploymentFailed} its nonce went to something else */
async function isThere({ publicClient, walletClient }: DeployParameters, creation: PlannedCreation): Promise<boolean> {
  const { address, name, nonce } = creation;
  if (await hasCode(publicClient, address)) return true;
  if ((await publicClient.getTransactionCount({ address: walletClient.account.address })) <= nonce) return false;
  throw new DeploymentFailed(
    `the deployer spent nonce ${nonce} on something else than ${name}`,
    'These addresses can never be completed: delete the file of the begun deployment and start over.',
    { contract: name, nonce, address },
  );
}

const hasCode = async (client: PublicClient, address: Address): Promise<boolean> =>
  ((await client.getCode({ address })) ?? '0x') !== '0x';

/** Waits for the confirmations, then looks again: a reorganisation may have taken a creation back. */
async function settle(
  { publicClient, confirmations = 0, pollMs = 50 }: DeployParameters,
  plan: DeploymentPlan,
  last: bigint,
): Promise<void> {
  if (confirmations === 0) return;
  while ((await publicClient.getBlockNumber()) < last + BigInt(confirmations)) await sleep(pollMs);
  for (const { name, address } of plan.creations) {
    if (await hasCode(publicClient, address)) continue;
    throw new DeploymentFailed(
      `a reorganisation of the chain took ${name} at ${address} back`,
      'Run the same command again: it goes on from there.',
      { contract: name, address },
    );
  }
}

interface Creation {
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly args: readonly unknown[];
}

function predict(from: Address, firstNonce: number): Addresses {
  const entries = ORDER.map((name, index) => [name, getContractAddress({ from, nonce: BigInt(firstNonce + index) })]);
  return Object.fromEntries(entries) as Addresses;
}

function tokenAllocations(allocations: readonly Allocation[], treasury: Address): readonly Allocation[] {
  const allocated = allocations.reduce((sum, { amountWei }) => sum + amountWei, 0n);
  if (allocated > SUPPLY_WEI) throw new DeploymentAllocationTooLarge(allocated);
  return [...allocations, { recipient: treasury, amountWei: SUPPLY_WEI - allocated }];
}

/** Constructor arguments. Each contract learns its neighbours here, for good: there is nothing to wire afterwards. */
function creations(
  at: Addresses,
  profile: DeploymentProfile,
  allocations: readonly Allocation[],
): Readonly<Record<ContractName, Creation>> {
  const values = [
    profile.minStakeWei,
    BigInt(profile.thaw),
    BigInt(profile.challengeWindow),
    BigInt(profile.maxJob),
    profile.claimLockWei,
    profile.maxFeeWei,
    profile.challengeBondWei,
    BigInt(profile.clock),
    BigInt(profile.reply),
    BigInt(profile.timeToFile),
    profile.gasRefundWei,
  ];
  const settings = {
    votingDelaySeconds: profile.votingDelay,
    votingPeriodSeconds: profile.votingPeriod,
    proposalThresholdWei: profile.proposalThresholdWei,
    quorumPercent: profile.quorumPercent,
    lateQuorumExtensionSeconds: profile.lateQuorumExtension,
  };
  return {
    // The governor proposes and cancels, anybody executes, nobody but the timelock itself administers.
    timelock: {
      abi: timelockControllerAbi,
      bytecode: timelockControllerBytecode,
      args: [BigInt(profile.timelockDelay), [at.governor], [zeroAddress], zeroAddress],
    },
    token: { abi: assayTokenAbi, bytecode: assayTokenBytecode, args: [allocations] },
    parameters: {
      abi: parametersAbi,
      bytecode: parametersBytecode,
      args: [at.timelock, BigInt(profile.windowFloor), values, profile.shares],
    },
    models: { abi: modelRegistryAbi, bytecode: modelRegistryBytecode, args: [at.timelock] },
    workers: {
      abi: workerRegistryAbi,
      bytecode: workerRegistryBytecode,
      args: [at.timelock, at.token, at.parameters, at.models, [at.market, at.receiptCourt], at.court],
    },
    votingPower: { abi: votingPowerAbi, bytecode: votingPowerBytecode, args: [at.token, at.workers] },
    governor: {
      abi: assayGovernorAbi,
      bytecode: assayGovernorBytecode,
      args: [at.votingPower, at.timelock, settings],
    },
    market: {
      abi: jobMarketAbi,
      bytecode: jobMarketBytecode,
      args: [at.timelock, at.token, at.parameters, at.models, at.workers, at.jobCourt],
    },
    jobCourt: { abi: jobCourtAbi, bytecode: jobCourtBytecode, args: [at.market, at.models, at.court] },
    lens: { abi: marketLensAbi, bytecode: marketLensBytecode, args: [at.models, at.workers, at.market] },
    referee: { abi: refereeAbi, bytecode: refereeBytecode, args: [] },
    receiptCourt: {
      abi: receiptCourtAbi,
      bytecode: receiptCourtBytecode,
      args: [at.market, at.models, at.workers, at.parameters, at.court, at.token],
    },
    court: {
      abi: courtAbi,
      bytecode: courtBytecode,
      args: [at.timelock, at.token, at.parameters, at.workers, at.arena, [at.jobCourt, at.receiptCourt]],
    },
    arena: {
      abi: arenaAbi,
      bytecode: arenaBytecode,
      args: [at.token, at.parameters, at.workers, at.market, at.court, at.referee],
    },
    beacon: { abi: blockBeaconAbi, bytecode: blockBeaconBytecode, args: [BigInt(profile.beaconDelayBlocks)] },
    auditPool: {
      abi: auditPoolAbi,
      bytecode: auditPoolBytecode,
      args: [at.timelock, at.token, at.market, at.models, at.court, at.beacon, profile.audits],
    },
  };
}

/** Creates one contract at its predicted address. Returns its block; undefined when an earlier start's creation was mined instead. */
async function create(parameters: DeployParameters, creation: PlannedCreation): Promise<bigint | undefined> {
  const { publicClient, walletClient, pollMs } = parameters;
  const { name, nonce, abi, bytecode, args, address: expected } = creation;
  const send = async () => {
    const hash = await walletClient.deployContract({ abi, bytecode, args, nonce, chain: walletClient.chain ?? null });
    return publicClient.waitForTransactionReceipt({
      hash,
      ...(pollMs === undefined ? {} : { pollingInterval: pollMs }),
    });
  };
  const receipt = await send().catch(async (error: unknown) => {
    if (parameters.begun !== undefined && IN_THE_POOL.test(String(error)) && (await appears(parameters, expected)))
      return undefined;
    throw new DeploymentFailed(
      `creating ${name} failed: ${reasonOf(error, abi)}`,
      'Check that the deployer has gas money and sends nothing else meanwhile, then start again.',
      { contract: name, nonce },
      error,
    );
  });
  if (receipt === undefined) return undefined;
  const at = receipt.contractAddress;
  if (receipt.status !== 'success' || at == null || !isAddressEqual(at, expected)) {
    throw new DeploymentFailed(
      `creating ${name} ended as ${receipt.status} at ${at ?? 'no address'}, expected ${expected}`,
      'Make sure that nothing else uses the deployer account, then start again.',
      { contract: name, nonce, transaction: receipt.transactionHash },
    );
  }
  return receipt.blockNumber;
}

/** What nodes say of a nonce that an earlier start has used, and that is not mined yet. */
const IN_THE_POOL = /nonce too low|already known|already imported|replacement transaction underpriced/i;
const APPEAR_MS = 180_000;

async function appears({ publicClient, pollMs = 50 }: DeployParameters, address: Address): Promise<boolean> {
  const end = performance.now() + APPEAR_MS;
  while (performance.now() < end) {
    if (await hasCode(publicClient, address)) return true;
    await sleep(pollMs);
  }
  return false;
}

/** The custom error a constructor raised, else what the node said, without the bytecode it repeats. */
function reasonOf(error: unknown, abi: Abi): string {
  if (!(error instanceof BaseError)) return String(error);
  const root = error.walk((cause) => typeof cause === 'object' && cause !== null && 'data' in cause);
  const data = root !== null && 'data' in root ? root.data : undefined;
  return (isHex(data) ? errorIn(data, abi) : undefined) ?? (error.details || error.shortMessage);
}

function errorIn(data: Hex, abi: Abi): string | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi, data });
    return `${errorName}(${(args ?? []).join(', ')})`;
  } catch (unknown) {
    // An error of a contract that this one creates: the node's own words have to do.
    return unknown instanceof BaseError ? undefined : String(unknown);
  }
}
