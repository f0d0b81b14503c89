import { type Address, encodeDeployData, isAddressEqual, type PublicClient } from 'viem';
import { ProtocolError } from '../core/errors.ts';
import type { Log } from '../ports/Log.ts';
import { auditRoles } from './auditRoles.ts';
import { clientOf } from './client.ts';
import { type Addresses, type Deployment, type DeploymentPlan, ORDER, planDeployment, SUPPLY_WEI } from './deploy.ts';
import {
  assayGovernorAbi,
  auditPoolAbi,
  blockBeaconAbi,
  jobMarketAbi,
  parametersAbi,
  timelockControllerAbi,
} from './generated/contracts.ts';
import { PROFILES } from './profiles.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';

/** One thing on the chain that is not what it should be. */
export interface Finding {
  readonly check: 'address' | 'creation' | 'code' | 'role' | 'parameter';
  readonly contract: string;
  readonly expected: string;
  readonly found: string;
}

export interface Review {
  readonly profile: string;
  readonly contracts: number;
  /** Bytes of code compared, immutables included. */
  readonly codeBytes: number;
  readonly parameters: number;
  readonly findings: readonly Finding[];
}

/** The file does not say what the deployment was made of, so nothing can be computed again. */
export class DeploymentOriginUnknown extends ProtocolError {
  override readonly code = 'DEPLOYMENT_ORIGIN_UNKNOWN';
  constructor(profile: string | undefined) {
    super({
      what: 'The deployment cannot be checked',
      why:
        profile === undefined
          ? 'its file does not say who deployed it, from which nonce and with which profile'
          : `it was made with the profile ${profile}, which these sources do not know`,
      fix: 'Use the file that `assay network deploy` wrote, and the sources of the commit it names.',
      meta: { profile },
    });
  }
}

/**
 * Compares a deployment with these sources: every address follows from deployer and nonce, every contract was made by
 * the creation code and arguments of these sources (so no constructor hid a right), every byte of code (immutables included) is what the same creation gives on an empty chain, nobody but governance has a right, and every
 * parameter is what the profile says. Governance may have changed parameters since; that shows as a finding too.
 * @throws {DeploymentOriginUnknown}; what reading throws
 */
export async function reviewDeployment(client: PublicClient, deployment: Deployment, log?: Log): Promise<Review> {
  const { origin, addresses, chainId } = deployment;
  if (origin === undefined || origin.profile === 'custom') throw new DeploymentOriginUnknown(origin?.profile);
  const profile = PROFILES[origin.profile];
  // Who got the tokens is in no code: any distribution that may vote gives the same bytes.
  const holders = [{ recipient: origin.deployer, amountWei: SUPPLY_WEI }];
  const plan = planDeployment(origin.deployer, origin.firstNonce, profile, holders);
  const rehearsal = await rehearse(plan, chainId, log);
  try {
    const code = [
      ...addressFindings(plan.addresses, addresses),
      ...(await creationFindings(client, plan, deployment.block)),
      ...(await codeFindings(client, rehearsal, addresses)),
    ];
    // Other code may answer anything: what it says of roles and parameters is worth nothing.
    const findings = code.length > 0 ? code : await stateFindings(client, rehearsal, deployment, plan);
    const codeBytes = rehearsal.creations.reduce((sum, { code }) => sum + (code.length - 2) / 2, 0);
    return {
      profile: origin.profile,
      contracts: ORDER.length,
      codeBytes,
      parameters: readings(addresses).length,
      findings,
    };
  } finally {
    await rehearsal.close();
  }
}

async function stateFindings(
  client: PublicClient,
  rehearsal: Rehearsal,
  deployment: Deployment,
  plan: DeploymentPlan,
): Promise<Finding[]> {
  const { addresses, chainId } = deployment;
  const rehearsed = clientOf(rehearsal.rpc, chainId);
  const roles = (await auditRoles(client, deployment)).map(
    ({ contract, role, holder }): Finding => ({
      check: 'role',
      contract,
      expected: `${role} with governance alone`,
      found: holder,
    }),
  );
  return [
    ...(await tillFindings(client, rehearsed, addresses, plan.addresses)),
    ...roles,
    ...(await parameterFindings(client, rehearsed, addresses, plan.addresses)),
  ];
}

const addressFindings = (expected: Addresses, found: Addresses): Finding[] =>
  ORDER.filter((name) => !isAddressEqual(expected[name], found[name])).map((name) => ({
    check: 'address',
    contract: name,
    expected: expected[name],
    found: found[name],
  }));

/** Blocks in which all creations must be. */
const MAX_BLOCKS = 5_000n;

/** Looks the creations up in their blocks, which every node keeps, and compares what was sent. */
async function creationFindings(client: PublicClient, plan: DeploymentPlan, block: bigint): Promise<Finding[]> {
  const wanted = new Map(plan.creations.map((creation) => [creation.nonce, creation]));
  const findings: Finding[] = [];
  const head = await client.getBlockNumber({ cacheTime: 0 });
  const last = head < block + MAX_BLOCKS ? head : block + MAX_BLOCKS;
  for (let number = block; number <= last && wanted.size > 0; number++) {
    const { transactions } = await client.getBlock({ blockNumber: number, includeTransactions: true });
    for (const { from, to, nonce, input } of transactions) {
      const creation = wanted.get(nonce);
      if (creation === undefined || to !== null || !isAddressEqual(from, plan.deployer)) continue;
      wanted.delete(nonce);
      // The token's arguments are the distribution, which every deployment chooses itself.
      const same =
        creation.name === 'token' ? input.startsWith(creation.bytecode) : input === encodeDeployData(creation);
      if (!same)
        findings.push({
          check: 'creation',
          contract: creation.name,
          expected: 'creation code and arguments of these sources',
          found: `${(input.length - 2) / 2} other bytes`,
        });
    }
  }
  for (const { name, nonce } of wanted.values())
    findings.push({
      check: 'creation',
      contract: name,
      expected: `nonce ${nonce} of ${plan.deployer}`,
      found: `no such creation in the blocks ${block} to ${last}`,
    });
  return findings;
}

/** The market makes the code of its tills itself. */
async function tillFindings(
  client: PublicClient,
  rehearsed: PublicClient,
  addresses: Addresses,
  planned: Addresses,
): Promise<Finding[]> {
  const codeOf = async (from: PublicClient, market: Address): Promise<string> => {
    const address = await from.readContract({ address: market, abi: jobMarketAbi, functionName: 'tillCode' });
    return (await from.getCode({ address })) ?? '0x';
  };
  const [expected, found] = await Promise.all([codeOf(rehearsed, planned.market), codeOf(client, addresses.market)]);
  if (expected === found) return [];
  return [{ check: 'code', contract: 'till', expected: describe(expected), found: differenceOf(expected, found) }];
}

async function codeFindings(client: PublicClient, { creations }: Rehearsal, addresses: Addresses): Promise<Finding[]> {
  const compared = await Promise.all(
    creations.map(async ({ creation: { name }, code }): Promise<Finding[]> => {
      const found = (await client.getCode({ address: addresses[name] })) ?? '0x';
      if (found === code) return [];
      return [{ check: 'code', contract: name, expected: describe(code), found: differenceOf(code, found) }];
    }),
  );
  return compared.flat();
}

const describe = (code: string): string => `${(code.length - 2) / 2} bytes of code`;

function differenceOf(expected: string, found: string): string {
  if (found === '0x') return 'no code';
  if (found.length !== expected.length) return describe(found);
  let at = 2;
  while (expected[at] === found[at]) at++;
  return `another byte at ${Math.floor((at - 2) / 2)}`;
}

interface Reading {
  readonly contract: keyof Addresses;
  readonly address: Address;
  readonly abi: readonly unknown[];
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly label: string;
}

/** Entries of IParameters.Key. */
const PARAMETERS = [
  'minStake',
  'thaw',
  'challengeWindow',
  'maxJob',
  'claimLock',
  'maxFee',
  'challengeBond',
  'clock',
  'reply',
  'timeToFile',
  'gasRefund',
];

/** Everything a profile decides that governance can change. Immutables are part of the code. */
function readings(at: Addresses): readonly Reading[] {
  const of = (
    contract: keyof Addresses,
    abi: readonly unknown[],
    functionName: string,
    args: readonly unknown[] = [],
    label = functionName,
  ): Reading => ({ contract, address: at[contract], abi, functionName, args, label });
  const governor = ['votingDelay', 'votingPeriod', 'proposalThreshold', 'lateQuorumVoteExtension', 'quorumNumerator'];
  return [
    ...PARAMETERS.map((label, key) => of('parameters', parametersAbi, 'get', [key], label)),
    of('parameters', parametersAbi, 'feeShares'),
    ...governor.map((name) => of('governor', assayGovernorAbi, name)),
    of('timelock', timelockControllerAbi, 'getMinDelay'),
    of('auditPool', auditPoolAbi, 'rules'),
    of('beacon', blockBeaconAbi, 'delayBlocks'),
  ];
}

async function parameterFindings(
  client: PublicClient,
  rehearsed: PublicClient,
  addresses: Addresses,
  planned: Addresses,
): Promise<Finding[]> {
  const read = async (from: PublicClient, { address, abi, functionName, args }: Reading): Promise<string> =>
    plain(await from.readContract({ address, abi, functionName, args }));
  const wanted = readings(planned);
  const compared = await Promise.all(
    readings(addresses).map(async (reading, i): Promise<Finding[]> => {
      const [expected, found] = await Promise.all([read(rehearsed, wanted[i]!), read(client, reading)]);
      if (expected === found) return [];
      return [{ check: 'parameter', contract: `${reading.contract}.${reading.label}`, expected, found }];
    }),
  );
  return compared.flat();
}

const plain = (value: unknown): string =>
  typeof value === 'object'
    ? JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item))
    : String(value);
