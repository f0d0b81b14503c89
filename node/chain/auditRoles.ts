import { type Address, getAddress, isAddressEqual, type PublicClient, zeroAddress } from 'viem';
import type { Deployment } from './deploy.ts';
import { eventsInPieces } from './eventsInPieces.ts';
import {
  assayGovernorAbi,
  auditPoolAbi,
  courtAbi,
  jobMarketAbi,
  modelRegistryAbi,
  parametersAbi,
  timelockControllerAbi,
  workerRegistryAbi,
} from './generated/contracts.ts';

/** A right that somebody holds and should not. */
export interface RoleFinding {
  readonly contract: string;
  readonly role: string;
  readonly holder: Address;
}

/**
 * Replays every grant since the deployment and compares the holders with the only ones there may be: the timelock
 * administers itself, the governor proposes and cancels, anybody executes, every other contract obeys the timelock, and
 * what locks or slashes stake, judges jobs or files claims is a contract. Returns what differs; an empty list means that no externally owned
 * account has any right.
 */
export async function auditRoles(client: PublicClient, deployment: Deployment): Promise<readonly RoleFinding[]> {
  const findings = await Promise.all([
    timelockRoles(client, deployment),
    masters(client, deployment),
    appointed(client, deployment),
  ]);
  return findings.flat();
}

async function timelockRoles(client: PublicClient, { block, addresses }: Deployment): Promise<RoleFinding[]> {
  const timelock = { address: addresses.timelock, abi: timelockControllerAbi } as const;
  const role = (functionName: 'DEFAULT_ADMIN_ROLE' | 'PROPOSER_ROLE' | 'CANCELLER_ROLE' | 'EXECUTOR_ROLE') =>
    client.readContract({ ...timelock, functionName });
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const [admin, proposer, canceller, executor, granted] = await Promise.all([
    role('DEFAULT_ADMIN_ROLE'),
    role('PROPOSER_ROLE'),
    role('CANCELLER_ROLE'),
    role('EXECUTOR_ROLE'),
    eventsInPieces(block, head, (fromBlock, toBlock) =>
      client.getContractEvents({ ...timelock, eventName: 'RoleGranted', fromBlock, toBlock, strict: true }),
    ),
  ]);
  const rightful = new Map<string, readonly [name: string, holder: Address]>([
    [admin, ['DEFAULT_ADMIN_ROLE', addresses.timelock]],
    [proposer, ['PROPOSER_ROLE', addresses.governor]],
    [canceller, ['CANCELLER_ROLE', addresses.governor]],
    [executor, ['EXECUTOR_ROLE', zeroAddress]],
  ]);

  const findings: RoleFinding[] = [];
  for (const { args } of granted) {
    const [name, holder] = rightful.get(args.role) ?? [args.role, undefined];
    if (holder !== undefined && isAddressEqual(args.account, holder)) continue;
    const held = await client.readContract({ ...timelock, functionName: 'hasRole', args: [args.role, args.account] });
    if (held) findings.push({ contract: 'timelock', role: name, holder: args.account });
  }
  for (const [id, [name, holder]] of rightful) {
    const held = await client.readContract({
      ...timelock,
      functionName: 'hasRole',
      args: [id as `0x${string}`, holder],
    });
    if (!held) findings.push({ contract: 'timelock', role: `${name} is missing`, holder });
  }
  return findings;
}

/** Who may change each contract. */
async function masters(client: PublicClient, { addresses }: Deployment): Promise<RoleFinding[]> {
  const governor = { address: addresses.governor, abi: assayGovernorAbi } as const;
  const [parameters, models, workers, market, court, auditPool, executor, guardian] = await Promise.all([
    client.readContract({ address: addresses.parameters, abi: parametersAbi, functionName: 'timelock' }),
    client.readContract({ address: addresses.models, abi: modelRegistryAbi, functionName: 'timelock' }),
    client.readContract({ address: addresses.workers, abi: workerRegistryAbi, functionName: 'timelock' }),
    client.readContract({ address: addresses.market, abi: jobMarketAbi, functionName: 'timelock' }),
    client.readContract({ address: addresses.court, abi: courtAbi, functionName: 'timelock' }),
    client.readContract({ address: addresses.auditPool, abi: auditPoolAbi, functionName: 'timelock' }),
    client.readContract({ ...governor, functionName: 'timelock' }),
    client.readContract({ ...governor, functionName: 'proposalGuardian' }),
  ]);
  const held = { parameters, models, workers, market, court, auditPool, governor: executor };
  const findings = Object.entries(held)
    .filter(([, master]) => !isAddressEqual(master, addresses.timelock))
    .map(([contract, holder]) => ({ contract, role: 'timelock', holder }));
  if (!isAddressEqual(guardian, zeroAddress) && (await isExternallyOwned(client, guardian))) {
    findings.push({ contract: 'governor', role: 'proposalGuardian', holder: guardian });
  }
  return findings;
}

/** Contracts that governance let lock stake, slash it, judge jobs, or file claims; an externally owned one is a finding. */
async function appointed(client: PublicClient, { block, addresses }: Deployment): Promise<RoleFinding[]> {
  const workers = { address: addresses.workers, abi: workerRegistryAbi, strict: true } as const;
  const market = { address: addresses.market, abi: jobMarketAbi, strict: true } as const;
  const court = { address: addresses.court, abi: courtAbi, strict: true } as const;
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const [lockers, slashers, evaluators, subjects] = await Promise.all([
    eventsInPieces(block, head, (fromBlock, toBlock) =>
      client.getContractEvents({ ...workers, eventName: 'LockerSet', fromBlock, toBlock }),
    ),
    eventsInPieces(block, head, (fromBlock, toBlock) =>
      client.getContractEvents({ ...workers, eventName: 'SlasherSet', fromBlock, toBlock }),
    ),
    eventsInPieces(block, head, (fromBlock, toBlock) =>
      client.getContractEvents({ ...market, eventName: 'EvaluatorSet', fromBlock, toBlock }),
    ),
    eventsInPieces(block, head, (fromBlock, toBlock) =>
      client.getContractEvents({ ...court, eventName: 'SubjectSet', fromBlock, toBlock }),
    ),
  ]);
  const standing = new Map<string, RoleFinding>();
  const record = (contract: string, role: string, holder: Address, allowed: boolean): void => {
    const key = `${role} ${getAddress(holder)}`;
    if (allowed) standing.set(key, { contract, role, holder });
    else standing.delete(key);
  };
  for (const { args } of lockers) record('workers', 'locker', args.locker, args.allowed);
  for (const { args } of slashers) record('workers', 'slasher', args.slasher, args.allowed);
  for (const { args } of evaluators) record('market', 'evaluator', args.evaluator, args.approved);
  for (const { args } of subjects) record('court', 'subject', args.subject, args.approved);

  const findings: RoleFinding[] = [];
  for (const finding of standing.values()) {
    if (await isExternallyOwned(client, finding.holder)) findings.push(finding);
  }
  return findings;
}

/** An account without code, or one whose key still rules it (EIP-7702). */
async function isExternallyOwned(client: PublicClient, address: Address): Promise<boolean> {
  const code = await client.getCode({ address });
  return code === undefined || code === '0x' || code.startsWith('0xef0100');
}
