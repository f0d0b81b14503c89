import { concatBytes } from './bytes.ts';
import { encodeWords, type TypedData, type TypedStruct, typedDataDigest } from './eip712.ts';
import { type Address, type Digest, toHex } from './hex.ts';
import { keccak256 } from './keccak256.ts';

/** What a consumer agrees to pay for, pinned by one signature. Twin of `JobTerms` in contracts/interfaces/IJobMarket.sol. */
export interface JobTerms {
  /** Pays, and gets the refund. */
  readonly client: Address;
  /** Owner address of the worker. */
  readonly worker: Address;
  readonly versionId: bigint;
  /** Tensor commitment T of the input. */
  readonly inputRoot: Digest;
  readonly feeWei: bigint;
  /** Unix seconds, chain time: from then on an unanswered job is refunded. */
  readonly expiresAt: bigint;
  /** The only address that may complete or reject the job. */
  readonly evaluator: Address;
  readonly salt: Digest;
}

/** EIP-712 domain of the Assay token, which carries the payment authorizations (ERC-3009). */
export interface TokenDomain {
  readonly chainId: bigint;
  readonly token: Address;
}

/** `abi.encode` of {@link JobTerms} behind chain and market: every member is static, so the encoding is its words. */
const JOB: TypedStruct = {
  name: 'Job',
  fields: [
    { name: 'chainId', type: 'uint256' },
    { name: 'market', type: 'address' },
    { name: 'client', type: 'address' },
    { name: 'worker', type: 'address' },
    { name: 'versionId', type: 'uint256' },
    { name: 'inputRoot', type: 'bytes32' },
    { name: 'feeWei', type: 'uint128' },
    { name: 'expiresAt', type: 'uint64' },
    { name: 'evaluator', type: 'address' },
    { name: 'salt', type: 'bytes32' },
  ],
};

/** `keccak256(abi.encode(chainId, market, terms))`, as JobMarket derives it. */
export const jobIdOf = (terms: JobTerms, chainId: bigint, market: Address): Digest =>
  toHex(keccak256(concatBytes(...encodeWords(JOB, { ...terms, chainId, market })))) as Digest;

const TRANSFER: TypedStruct = {
  name: 'Transfer',
  fields: [
    { name: 'chainId', type: 'uint256' },
    { name: 'token', type: 'address' },
    { name: 'from', type: 'address' },
    { name: 'nonce', type: 'bytes32' },
  ],
};

/**
 * Id of an x402 `exact` payment, `keccak256(abi.encode(chainId, token, from, nonce))`: what its receipt names as job. The
 * nonce alone would not do: its payer chooses it freely, so he could choose the id of a job in escrow and get two
 * receipts that contradict each other; and every payer has nonces of his own.
 */
export const transferIdOf = (from: Address, nonce: Digest, { chainId, token }: TokenDomain): Digest =>
  toHex(keccak256(concatBytes(...encodeWords(TRANSFER, { chainId, token, from, nonce })))) as Digest;

export interface Authorization {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  /** Valid strictly after and strictly before these Unix seconds. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Digest;
}

const FIELDS: TypedStruct['fields'] = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
];

/**
 * An ERC-3009 authorization in the Assay token, as it is signed. `Receive` may be submitted by `to` alone, so nobody can
 * front-run it; `Transfer` by anyone (x402 `exact`).
 */
export const authorizationData = (
  kind: 'Receive' | 'Transfer',
  authorization: Authorization,
  { chainId, token }: TokenDomain,
): TypedData => ({
  domain: { name: 'Assay', version: '1', chainId, verifyingContract: token },
  struct: { name: `${kind}WithAuthorization`, fields: FIELDS },
  message: { ...authorization },
});

/** EIP-712 digest of {@link authorizationData}. */
export function authorizationDigest(
  kind: 'Receive' | 'Transfer',
  authorization: Authorization,
  tokenDomain: TokenDomain,
): Uint8Array {
  const { domain, struct, message } = authorizationData(kind, authorization, tokenDomain);
  return typedDataDigest(domain, struct, message);
}
