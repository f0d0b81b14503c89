import type { TypedData } from '../core/codec/eip712.ts';
import type { Address, Digest, Hex } from '../core/codec/hex.ts';

/** An EIP-1559 transaction before it is signed. Without `to` it creates a contract. */
export interface UnsignedTransaction {
  readonly chainId: number;
  readonly nonce: number;
  readonly to?: Address;
  /** @default 0x */
  readonly data?: Hex;
  /** @default 0 */
  readonly value?: bigint;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

export interface SignedTransaction {
  /** What `eth_sendRawTransaction` takes. */
  readonly raw: Hex;
  readonly hash: Digest;
}

/** Signs in the name of one account. The key may be in another process, on another machine, behind a person. */
export interface AccountSigner {
  readonly address: Address;
  signTransaction(transaction: UnsignedTransaction): Promise<SignedTransaction>;
  /** 65-byte signature r || s || v (v = 27 or 28, low s). */
  signTypedData(data: TypedData): Promise<Hex>;
}

/** Holds one secp256k1 key and never shows it. */
export interface Signer extends AccountSigner {
  /** Like {@link AccountSigner.signTypedData}, over a 32-byte digest. Synchronous: about 0.05 ms native. */
  signDigest(digest: Uint8Array): Hex;
}
