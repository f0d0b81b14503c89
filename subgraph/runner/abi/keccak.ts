import { keccak_256 } from '@noble/hashes/sha3.js';

export const keccakHex = (data: Uint8Array): string => `0x${Buffer.from(keccak_256(data)).toString('hex')}`;
