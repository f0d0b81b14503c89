import { hash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import type { Cid } from '../ports/Store.ts';
import { StoreCidInvalid } from './errors.ts';

export const RAW = 0x55;
export const DAG_PB = 0x70;
const SHA2_256 = 0x12;
/** `b` and the base32 of 36 bytes: version, codec, hash function, length, digest. */
const CANONICAL = /^b[a-z2-7]{58}$/;

/** Why a CID is not accepted, or undefined. One hash function and one version, so that bytes have one name per codec. */
export function refusalOf(cid: CID): string | undefined {
  if (cid.version !== 1) return `its version is ${cid.version} and only version 1 is accepted`;
  if (cid.multihash.code !== SHA2_256 || cid.multihash.digest.length !== 32)
    return `its hash function is 0x${cid.multihash.code.toString(16)} with ${cid.multihash.digest.length} bytes and only sha2-256 (0x12, 32 bytes) is accepted`;
  if (cid.code !== RAW && cid.code !== DAG_PB)
    return `its codec is 0x${cid.code.toString(16)} and only raw (0x55) and dag-pb (0x70) are accepted`;
  return undefined;
}

/** @throws {StoreCidInvalid} on anything but the canonical text of an accepted CID */
export function parseCid(text: string): CID {
  const cid = decode(text);
  if (cid === undefined) throw new StoreCidInvalid(String(text), 'it is not the text of a CID');
  const refusal = refusalOf(cid);
  if (refusal !== undefined) throw new StoreCidInvalid(text, refusal);
  if (!CANONICAL.test(text) || cid.toString() !== text)
    throw new StoreCidInvalid(text, 'it is not in lower-case base32, the one canonical form');
  return cid;
}

function decode(text: string): CID | undefined {
  if (typeof text !== 'string' || text.length > 200) return undefined;
  try {
    return CID.parse(text);
  } catch {
    return undefined;
  }
}

export const textOf = (cid: CID): Cid => cid.toString() as Cid;

/** What a block is stored under: its digest. Two CIDs that differ in codec only share one block. */
export const keyOf = (cid: CID): string => Buffer.from(cid.multihash.digest).toString('base64');

export function isHashOf(cid: CID, bytes: Uint8Array): boolean {
  return hash('sha256', bytes, 'buffer').equals(cid.multihash.digest);
}
