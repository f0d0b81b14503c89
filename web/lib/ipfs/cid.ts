/** The CIDs that Assay accepts: version 1, sha2-256, raw or dag-pb, lower-case base32 (node/ipfs/cid.ts is the same rule). */
export interface Cid {
  readonly text: string;
  readonly codec: 'raw' | 'dag-pb';
  /** SHA-256 of the block, 32 bytes. */
  readonly digest: Uint8Array;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const CODECS: Readonly<Record<number, Cid['codec']>> = { 85: 'raw', 112: 'dag-pb' };
/** Version, codec, hash function sha2-256, length 32: then the digest. */
const BYTES = 36;
const CANONICAL = /^b[a-z2-7]{58}$/;

function toBase32(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}

function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let [at, bits, held] = [0, 0, 0];
  for (const character of text) {
    held = ((held << 5) | ALPHABET.indexOf(character)) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 255;
  }
  return bytes;
}

/** From the bytes inside a dag-pb link or behind the multibase letter; undefined for every other kind of CID. */
export function cidFromBytes(bytes: Uint8Array): Cid | undefined {
  const codec = CODECS[bytes[1] ?? -1];
  if (bytes.length !== BYTES || bytes[0] !== 1 || codec === undefined || bytes[2] !== 0x12 || bytes[3] !== 32)
    return undefined;
  return { text: `b${toBase32(bytes)}`, codec, digest: bytes.slice(4) };
}

/** From text in the one canonical form; undefined for everything else. */
export function parseCid(text: string): Cid | undefined {
  if (!CANONICAL.test(text)) return undefined;
  const cid = cidFromBytes(fromBase32(text.slice(1)));
  return cid?.text === text ? cid : undefined;
}
