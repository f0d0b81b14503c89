import { inspect } from 'node:util';
import secp256k1 from 'secp256k1';
import { type TypedData, typedDataDigest } from '../core/codec/eip712.ts';
import { type Address, type Hex, toHex } from '../core/codec/hex.ts';
import { keccak256 } from '../core/codec/keccak256.ts';
import { ProtocolError } from '../core/errors.ts';
import type { SignedTransaction, Signer, UnsignedTransaction } from '../ports/Signer.ts';
import { signTransaction } from './signTransaction.ts';

/** 32 bytes that are no private key of secp256k1. The bytes are not in the message. */
export class PrivateKeyInvalid extends ProtocolError {
  override readonly code = 'PRIVATE_KEY_INVALID';
  constructor(length: number) {
    super({
      what: 'This is not a private key',
      why: `a key has 32 bytes and is between 1 and the order of secp256k1; got ${length} bytes`,
      fix: 'Create a key with `assay keys new`, or import one as 64 hexadecimal digits.',
    });
  }
}

/**
 * A {@link Signer} on libsecp256k1 (native, about 12 times viem's speed; pure JavaScript where the package has no
 * binary). The key lives in a private field: it is in no property, no JSON and no `inspect` output.
 * @throws {PrivateKeyInvalid}
 */
export function createSigner(privateKey: Uint8Array): Signer {
  return new KeySigner(privateKey);
}

class KeySigner implements Signer {
  readonly address: Address;
  readonly #key: Uint8Array;

  constructor(privateKey: Uint8Array) {
    if (privateKey.length !== 32 || !secp256k1.privateKeyVerify(privateKey)) {
      throw new PrivateKeyInvalid(privateKey.length);
    }
    this.#key = Uint8Array.from(privateKey);
    this.address = addressOfPublicKey(secp256k1.publicKeyCreate(this.#key, false));
  }

  signDigest(digest: Uint8Array): Hex {
    const { signature, recid } = secp256k1.ecdsaSign(digest, this.#key);
    return `${toHex(signature)}${recid === 0 ? '1b' : '1c'}`;
  }

  async signTypedData({ domain, struct, message }: TypedData): Promise<Hex> {
    return this.signDigest(typedDataDigest(domain, struct, message));
  }

  async signTransaction(transaction: UnsignedTransaction): Promise<SignedTransaction> {
    return signTransaction(this, transaction);
  }

  toJSON(): { address: Address } {
    return { address: this.address };
  }

  [inspect.custom](): string {
    return `Signer ${this.address}`;
  }
}

/** Address of an uncompressed public key (65 bytes): the last 20 bytes of Keccak-256 over x || y, lower case. */
export function addressOfPublicKey(publicKey: Uint8Array): Address {
  return toHex(keccak256(publicKey.subarray(1)).subarray(12));
}
