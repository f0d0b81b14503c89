import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import type { Address, Digest } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Allocation } from './deploy.ts';
import { writeAtomically } from './writeAtomically.ts';

/** A deployment that was begun and is not complete: enough to go on with the next creation. */
export interface BegunDeployment {
  readonly chainId: number;
  readonly genesisHash: Digest;
  readonly deployer: Address;
  readonly profile: string;
  readonly firstNonce: number;
  /** Newest block before the first creation. */
  readonly block: bigint;
  readonly allocations: readonly Allocation[];
}

/** Two starts that do not mean the same deployment. */
export class DeploymentBegunOtherwise extends ProtocolError {
  override readonly code = 'DEPLOYMENT_BEGUN_OTHERWISE';
  constructor(path: string, field: string) {
    super({
      what: 'Another deployment was begun here',
      why: `${path} was begun with another ${field}`,
      fix: 'Finish it with the arguments it was begun with, or delete the file to give those contracts up.',
      meta: { path, field },
    });
  }
}

export class DeploymentBegunMalformed extends ProtocolError {
  override readonly code = 'DEPLOYMENT_BEGUN_MALFORMED';
  constructor(path: string, why: string) {
    super({
      what: 'The begun deployment cannot be continued',
      why: `${path}: ${why}`,
      fix: 'Restore the file, or delete it to give those contracts up and start over.',
      meta: { path },
    });
  }
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const digits = z.string().regex(/^\d{1,30}$/);
const schema = z.strictObject({
  chainId: z.int().min(1),
  genesisHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  deployer: address,
  profile: z.string(),
  firstNonce: z.int().min(0),
  block: digits,
  allocations: z.array(z.strictObject({ recipient: address, amountWei: digits })),
});

/** @throws {DeploymentBegunMalformed} */
export async function readBegun(path: string): Promise<BegunDeployment | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DeploymentBegunMalformed(path, error.message);
  });
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) throw new DeploymentBegunMalformed(path, parsed.error.issues[0]?.message ?? 'it is not JSON');
  const { block, allocations, ...rest } = parsed.data;
  return {
    ...rest,
    block: BigInt(block),
    allocations: allocations.map(({ recipient, amountWei }) => ({ recipient, amountWei: BigInt(amountWei) })),
  } as BegunDeployment;
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Durable before the first transaction leaves. */
export const writeBegun = (path: string, begun: BegunDeployment): Promise<void> => writeAtomically(path, plain(begun));

export const forgetBegun = (path: string): Promise<void> => rm(path, { force: true });

/** @throws {DeploymentBegunOtherwise} they differ in more than where they stand */
export function requireSame(path: string, begun: BegunDeployment, now: BegunDeployment): void {
  const fields = ['chainId', 'genesisHash', 'deployer', 'profile', 'allocations'] as const;
  for (const field of fields)
    if (plain(begun[field]).toLowerCase() !== plain(now[field]).toLowerCase())
      throw new DeploymentBegunOtherwise(path, field);
}

const plain = (value: unknown): string =>
  `${JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item), 2)}\n`;
