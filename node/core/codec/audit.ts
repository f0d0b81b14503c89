import { utf8ToBytes } from '@noble/hashes/utils.js';
import { concatBytes, uintBytes } from './bytes.ts';
import { type Address, type Digest, fromHex, toHex } from './hex.ts';
import { keccak256 } from './keccak256.ts';

const idOf = (text: string): Digest => toHex(keccak256(utf8ToBytes(text))) as Digest;

/** What an auditor reveals instead of a root when he could not get the input. Twin: `AuditPool.INPUT_WITHHELD`. */
export const INPUT_WITHHELD = idOf('assay audit: input withheld');

/** What an auditor reveals when the program takes no such input: no root can be right. */
export const INPUT_REFUSED = idOf('assay audit: input refused');

/** `keccak256(abi.encode(jobId, auditor, outputRoot, salt))`: binds the auditor, so a copy of it opens for nobody else. */
export const auditCommitment = (jobId: Digest, auditor: Address, outputRoot: Digest, salt: Digest): Digest =>
  toHex(
    keccak256(
      concatBytes(
        fromHex(jobId, 32),
        new Uint8Array(12),
        fromHex(auditor, 20),
        fromHex(outputRoot, 32),
        fromHex(salt, 32),
      ),
    ),
  ) as Digest;

const CANARY = utf8ToBytes('assay canary');

/** Salt of a canary's terms: `keccak256(abi.encode("assay canary", nonce, outputRoot))`. Twin: `AuditPool.sealOf`. */
export const canarySeal = (nonce: Digest, outputRoot: Digest): Digest =>
  toHex(
    keccak256(
      concatBytes(
        uintBytes(96n, 32),
        fromHex(nonce, 32),
        fromHex(outputRoot, 32),
        uintBytes(BigInt(CANARY.length), 32),
        CANARY,
        new Uint8Array(32 - CANARY.length),
      ),
    ),
  ) as Digest;
