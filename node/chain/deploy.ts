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
const ORDER = [
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
type ContractName = (typeof ORDER)[number];

export type Addresses = Readonly<Record<ContractName, Address>>;

export interface Deployment {
  readonly chainId: number;
  /** Block of the first contract: indexers start here. */
  readonly block: bigint;
  readonly addresses: Addresses;
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
 * Deploys the whole protocol, and returns only when no externally owned account holds any right in it.
 * @throws {DeploymentAllocationTooLarge} {@link DeploymentQuorumUnreachable} {@link DeploymentFailed} {@link DeploymentRolesLeft}
 */
export async function deploy(parameters: DeployParameters): Promise<Deployment> {
  const { publicClient, walletClient } = parameters;
  const profile = typeof parameters.profile === 'string' ? PROFILES[parameters.profile] : parameters.profile;
  const first = await publicClient.getTransactionCount({ address: walletClient.account.address, blockTag: 'pending' });
  const addresses = predict(walletClient.account.address, first);
  const allocations = tokenAllocations(parameters.allocations, addresses.timelock);
  requireVoters(allocations, addresses.timelock, profile.quorumPercent);
  const plan = creations(addresses, profile, allocations);

  let block: bigint | undefined;
  for (const [index, name] of ORDER.entries()) {
    const mined = await create(parameters, first + index, name, plan[name], addresses[name]);
    block ??= mined;
    await parameters.onProgress?.(index + 1, ORDER.length, name);
  }
  const deployment = { chainId: await publicClient.getChainId(), block: block ?? 0n, addresses };
  const findings = await auditRoles(publicClient, deployment);
  if (findings.length > 0) throw new DeploymentRolesLeft(findings);
  return deployment;
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

/** The quorum is a part of the whole supply, treasury included, and the treasury has no vote. */
function requireVoters(allocations: readonly Allocation[], treasury: Address, quorumPercent: bigint): void {
  const circulatingWei = allocations
    .filter(({ recipient }) => !isAddressEqual(recipient, treasury))
    .reduce((sum, { amountWei }) => sum + amountWei, 0n);
  const quorumWei = (SUPPLY_WEI * quorumPercent) / 100n;
  if (circulatingWei < quorumWei) throw new DeploymentQuorumUnreachable(circulatingWei, quorumWei);
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

/** Creates one contract at its predicted address. Returns its block. */
async function create(
  { publicClient, walletClient }: DeployParameters,
  nonce: number,
  name: ContractName,
  creation: Creation,
  expected: Address,
): Promise<bigint> {
  const send = async () => {
    const hash = await walletClient.deployContract({ ...creation, nonce, chain: walletClient.chain ?? null });
    return publicClient.waitForTransactionReceipt({ hash });
  };
  const receipt = await send().catch((error: unknown) => {
    throw new DeploymentFailed(
      `creating ${name} failed: ${reasonOf(error, creation.abi)}`,
      'Check that the deployer has gas money and sends nothing else meanwhile, then start again.',
      { contract: name, nonce },
      error,
    );
  });
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
