import { keccak_256 } from '@noble/hashes/sha3.js';
import { type Address, type Digest, fromHex, type Hex, toHex } from './hex.ts';

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

const utf8 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const keccakText = (text: string): Uint8Array => keccak_256(utf8(text));

/** One 32-byte ABI word of a static value: address, uint or bytes32. */
function word(value: Hex | bigint): Uint8Array {
  const hex = typeof value === 'bigint' ? value.toString(16) : value.slice(2);
  return fromHex(`0x${hex.padStart(64, '0')}`, 32);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const hashWords = (values: readonly (Hex | bigint)[]): Uint8Array => keccak_256(concat(values.map(word)));

/** `keccak256(abi.encode(chainId, market, terms))`, as JobMarket derives it. */
export function jobIdOf(terms: JobTerms, chainId: bigint, market: Address): Digest {
  const { client, worker, versionId, inputRoot, feeWei, expiresAt, evaluator, salt } = terms;
  return toHex(
    hashWords([chainId, market, client, worker, versionId, inputRoot, feeWei, expiresAt, evaluator, salt]),
  ) as Digest;
}

export interface Authorization {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
  /** Valid strictly after and strictly before these Unix seconds. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly nonce: Digest;
}

const FIELDS = '(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)';
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';

/**
 * EIP-712 digest of an ERC-3009 authorization in the Assay token. `Receive` may be submitted by `to` alone, so nobody
 * can front-run it; `Transfer` by anyone (x402 `exact`).
 */
export function authorizationDigest(
  kind: 'Receive' | 'Transfer',
  authorization: Authorization,
  domain: TokenDomain,
): Uint8Array {
  const { from, to, value, validAfter, validBefore, nonce } = authorization;
  const type = toHex(keccakText(`${kind}WithAuthorization${FIELDS}`));
  const struct = hashWords([type, from, to, value, validAfter, validBefore, nonce]);
  const separator = hashWords([
    toHex(keccakText(DOMAIN_TYPE)),
    toHex(keccakText('Assay')),
    toHex(keccakText('1')),
    domain.chainId,
    domain.token,
  ]);
  return keccak_256(concat([fromHex('0x1901'), separator, struct]));
}
