import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256 of `bytes`, 32 bytes. Everything that hashes takes one as an optional parameter, because the host often has
 * a faster one: in Node pass `(bytes) => crypto.hash('sha256', bytes, 'buffer')`.
 */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The portable default. */
export const sha256: Sha256 = (bytes) => nobleSha256(bytes);
