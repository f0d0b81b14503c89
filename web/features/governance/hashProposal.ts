import { encodeAbiParameters, keccak256, stringToBytes } from 'viem';
import type { Hex } from '../../../node/core/codec/hex.ts';
import type { Action } from './proposal.ts';

const TYPES = [{ type: 'address[]' }, { type: 'uint256[]' }, { type: 'bytes[]' }, { type: 'bytes32' }] as const;

/**
 * `Governor.hashProposal`: the id of a proposal is the hash of exactly these calls and this description. So a page can
 * tell whether an index shows what will be executed.
 */
export function hashProposal(actions: readonly Action[], descriptionHash: Hex): bigint {
  const encoded = encodeAbiParameters(TYPES, [
    actions.map(({ target }) => target),
    actions.map(({ valueWei }) => valueWei),
    actions.map(({ calldata }) => calldata),
    descriptionHash,
  ]);
  return BigInt(keccak256(encoded));
}

export const hashDescription = (description: string): Hex => keccak256(stringToBytes(description));
