import { encodeAbiParameters, encodeFunctionData, keccak256, parseSignature } from 'viem';
import type { Address, Hex } from '../../../node/core/codec/hex.ts';
import { arenaAbi } from '../../generated/abi/arena.ts';

/** Of the job's claim: `keccak256(abi.encode(jobId, deliverable))`, as `ICourt.claimIdOf`. */
export const claimIdOf = (jobId: Hex, deliverable: Hex): Hex =>
  keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }], [jobId, deliverable]));

export interface ChallengeInput {
  readonly claimId: Hex;
  /** Files the claim of this job first. */
  readonly job?: { readonly id: Hex; readonly subject: Address };
  /** An ERC-2612 permit for the bond. */
  readonly permit?: { readonly amountWei: bigint; readonly deadline: bigint; readonly signature: Hex };
}

/** Calls of the arena for one `multicall`: file, use the permit, challenge. */
export function challengeCalls({ claimId, job, permit }: ChallengeInput): readonly Hex[] {
  const calls: Hex[] = [];
  if (job !== undefined) {
    const locator = encodeAbiParameters([{ type: 'bytes32' }], [job.id]);
    calls.push(encodeFunctionData({ abi: arenaAbi, functionName: 'file', args: [job.subject, locator] }));
  }
  if (permit !== undefined) {
    const { r, s, yParity } = parseSignature(permit.signature);
    const args = [permit.amountWei, { deadline: permit.deadline, v: 27 + yParity, r, s }] as const;
    calls.push(encodeFunctionData({ abi: arenaAbi, functionName: 'usePermit', args }));
  }
  calls.push(encodeFunctionData({ abi: arenaAbi, functionName: 'challenge', args: [claimId] }));
  return calls;
}
