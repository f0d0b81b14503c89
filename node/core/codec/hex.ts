import { type Complaint, ProtocolError } from '../errors.ts';

export type Hex = `0x${string}`;
/** 20 bytes, any letter case; compare with {@link sameAddress}. */
export type Address = Hex;
/** 32 bytes, lower case. */
export type Digest = Hex & { readonly __brand?: 'Digest' };

export class HexMalformed extends ProtocolError {
  override readonly code = 'HEX_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({ what: 'Not a hexadecimal value', why, fix: 'Give 0x followed by an even number of digits 0-9 a-f.', meta });
  }
}

/** Two digits of every byte. */
const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: Uint8Array): Hex {
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += PAIRS[bytes[at]!];
  return `0x${text}`;
}

/** @throws {HexMalformed} on anything but 0x and an even number of digits, or on another length than `length`. */
export function fromHex(text: string, length?: number): Uint8Array {
  if (text.length % 2 !== 0 || !/^0x[0-9a-fA-F]*$/.test(text))
    throw new HexMalformed(`got ${JSON.stringify(text.slice(0, 80))}`);
  const bytes = new Uint8Array((text.length - 2) / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (nibble(text, 2 + 2 * i) << 4) | nibble(text, 3 + 2 * i);
  if (length !== undefined && bytes.length !== length) {
    throw new HexMalformed(`expected ${length} bytes, got ${bytes.length}`, { expected: length, actual: bytes.length });
  }
  return bytes;
}

/** Value of the hexadecimal digit at `at`: '0' is 48; letters of either case have the digit's value less 9 in their low bits. */
function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : (code & 15) + 9;
}

export const isAddress = (text: string): text is Address => /^0x[0-9a-fA-F]{40}$/.test(text);
export const isDigest = (text: string): text is Digest => /^0x[0-9a-f]{64}$/.test(text);
export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
