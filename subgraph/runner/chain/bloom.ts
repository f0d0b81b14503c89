import { keccak_256 } from '@noble/hashes/sha3.js';

const BITS = 2_048;
const masks = new Map<string, readonly number[]>();
const MAX_KNOWN = 10_000;

/** The three bits that an address or topic sets in a bloom filter (yellow paper, 4.3.1). */
function bitsOf(hex: string): readonly number[] {
  let bits = masks.get(hex);
  if (bits === undefined) {
    const hash = keccak_256(Buffer.from(hex.slice(2), 'hex'));
    bits = [0, 2, 4].map((i) => ((hash[i]! << 8) | hash[i + 1]!) % BITS);
    if (masks.size >= MAX_KNOWN) masks.clear();
    masks.set(hex, bits);
  }
  return bits;
}

/** False only when no log of the block can hold this address or topic. */
export function bloomMayHold(bloom: string, hex: string): boolean {
  return bitsOf(hex).every((bit) => {
    const nibble = Number.parseInt(bloom[2 + 511 - (bit >> 2)]!, 16);
    return (nibble & (1 << (bit & 3))) !== 0;
  });
}
