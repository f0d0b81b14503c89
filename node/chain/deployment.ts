import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Address, Digest } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Deployment as Deployed, DeploymentOrigin } from './deploy.ts';
import type { Rpc } from './rpc/rpc.ts';
import { writeAtomically } from './writeAtomically.ts';

/** Where the contracts are, and on which chain: the one file that ties a node to a network. */
export interface Deployment extends Deployed {
  /** Hash of block 0, so that a local chain that was reset is noticed. */
  readonly genesisHash: Digest;
}

export class DeploymentMissing extends ProtocolError {
  override readonly code = 'DEPLOYMENT_MISSING';
  constructor(path: string, cause?: unknown) {
    super({
      what: 'There is no deployment to use',
      why: `${path} cannot be read`,
      fix: 'Start the local network with `assay dev`, or give the deployment file of a network with --deployment.',
      meta: { path },
      cause,
    });
  }
}

export class DeploymentMalformed extends ProtocolError {
  override readonly code = 'DEPLOYMENT_MALFORMED';
  constructor(path: string, why: string) {
    super({
      what: 'The deployment file cannot be used',
      why: `${path}: ${why}`,
      fix: 'Get the file again from where the contracts were deployed, or deploy again.',
      meta: { path },
    });
  }
}

/** The file names contracts that are not there. */
export class DeploymentMismatch extends ProtocolError {
  override readonly code = 'DEPLOYMENT_MISMATCH';
  constructor(contract: string, address: string, chainId: number) {
    super({
      what: 'The contracts are not on this chain',
      why: `${contract} should be at ${address} on chain ${chainId}, and there is no code`,
      fix: 'Was the local chain reset or rolled back? Deploy again, or give the deployment file of this chain.',
      meta: { contract, address, chainId },
    });
  }
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'an address');
const CONTRACTS = [
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

const schema = z.strictObject({
  chainId: z.int().min(1),
  genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/, 'a block hash'),
  /** Block of the first contract. */
  block: z.string().regex(/^\d{1,20}$/, 'a block number in digits'),
  addresses: z.strictObject(
    Object.fromEntries(CONTRACTS.map((name) => [name, address])) as Record<(typeof CONTRACTS)[number], typeof address>,
  ),
  origin: z
    .strictObject({
      profile: z.enum(['dev', 'fast', 'standard', 'custom']),
      deployer: address,
      firstNonce: z.int().min(0),
      commit: z.string().max(60).optional(),
    })
    .optional(),
});

/** @throws {DeploymentMissing} {@link DeploymentMalformed} */
export async function readDeployment(path: string): Promise<Deployment> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new DeploymentMissing(path, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DeploymentMalformed(path, 'it is not JSON');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new DeploymentMalformed(path, `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  }
  const { chainId, genesisHash, block, addresses, origin } = parsed.data;
  return {
    chainId,
    genesisHash: genesisHash as Digest,
    block: BigInt(block),
    addresses: addresses as Readonly<Record<(typeof CONTRACTS)[number], Address>>,
    ...(origin === undefined ? {} : { origin: origin as DeploymentOrigin }),
  };
}

/** Replaces the file atomically. */
export async function writeDeployment(path: string, deployment: Deployment): Promise<void> {
  const { chainId, genesisHash, block, addresses, origin } = deployment;
  const value = { chainId, genesisHash, block: String(block), addresses, origin };
  await writeAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Looks for code at every address; chain id and genesis hash are checked by the {@link Rpc} itself.
 * @throws {DeploymentMismatch}
 */
export async function checkDeployment(rpc: Rpc, deployment: Deployment): Promise<void> {
  await Promise.all(
    Object.entries(deployment.addresses).map(async ([name, at]) => {
      const code = await rpc.request('eth_getCode', [at, 'latest']);
      if (code === '0x' || code === null) throw new DeploymentMismatch(name, at, deployment.chainId);
    }),
  );
}
