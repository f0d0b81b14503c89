import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Complaint, ProtocolError } from '../errors.ts';
import { bytesToUint } from './bytes.ts';
import { type Address, fromHex, type Hex, toHex } from './hex.ts';
import { keccak256 } from './keccak256.ts';

/** A signature that is not 65 canonical bytes, or that no key can have made. */
export class SignatureMalformed extends ProtocolError {
  override readonly code = 'SIGNATURE_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}, cause?: unknown) {
    super({
      what: 'Not a signature',
      why,
      fix: 'Ask the signer for r || s || v with s in the lower half and v 27 or 28.',
      meta,
      cause,
    });
  }
}

const ORDER = secp256k1.Point.Fn.ORDER;

/** The address of an uncompressed or compressed secp256k1 public key. @throws when it is not a point (a bug here). */
export function addressOf(publicKey: Uint8Array): Address {
  const point = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return toHex(keccak256(point.subarray(1)).subarray(12));
}

/**
 * The address that signed `digest`, lower case. Accepts one form only, the one OpenZeppelin's ECDSA accepts: 65 bytes
 * r || s || v, v = 27 or 28, 0 < r < n, 0 < s <= n/2, so that a signature has no second valid spelling.
 * @param digest 32 bytes
 * @throws {SignatureMalformed}
 */
export function recoverSigner(digest: Uint8Array, signature: Hex): Address {
  if (digest.length !== 32) throw new SignatureMalformed(`the signed digest has ${digest.length} bytes, not 32`);
  if (!/^0x[0-9a-fA-F]{130}$/.test(signature)) {
    throw new SignatureMalformed(`expected 65 bytes of hexadecimal, got ${JSON.stringify(signature.slice(0, 140))}`);
  }
  const bytes = fromHex(signature);
  const [r, s, v] = [bytesToUint(bytes.subarray(0, 32)), bytesToUint(bytes.subarray(32, 64)), bytes[64]!];
  if (v !== 27 && v !== 28) throw new SignatureMalformed(`v is ${v}, neither 27 nor 28`, { v });
  if (r === 0n || r >= ORDER) throw new SignatureMalformed('r is outside 1..n-1');
  if (s === 0n || s > ORDER >> 1n) throw new SignatureMalformed('s is outside 1..n/2');
  try {
    const point = new secp256k1.Signature(r, s, v - 27).recoverPublicKey(digest);
    return addressOf(point.toBytes(true));
  } catch (cause) {
    throw new SignatureMalformed('no public key belongs to it', {}, cause);
  }
}
