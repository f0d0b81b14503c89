const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The two letters of every 12 bits. */
const PAIRS = [...ALPHABET].flatMap((first) => [...ALPHABET].map((second) => first + second));
/** Bytes, a multiple of three, that become one string before the next is begun. */
const PIECE = 12_288;
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** RFC 4648 section 4, with padding: for hosts where neither Buffer nor Uint8Array.fromBase64 is certain. */
export function toBase64(bytes: Uint8Array): string {
  const letter = (bits: number): string => ALPHABET[bits & 63]!;
  const pieces: string[] = [];
  const whole = bytes.length - (bytes.length % 3);
  for (let from = 0; from < whole; from += PIECE) {
    let text = '';
    for (let at = from; at < Math.min(from + PIECE, whole); at += 3) {
      const word = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      text += PAIRS[word >> 12]! + PAIRS[word & 0xfff]!;
    }
    pieces.push(text);
  }
  const [first, second] = bytes.subarray(whole);
  if (first !== undefined && second === undefined) pieces.push(`${letter(first >> 2)}${letter(first << 4)}==`);
  else if (first !== undefined && second !== undefined)
    pieces.push(`${letter(first >> 2)}${letter((first << 4) | (second >> 4))}${letter(second << 2)}=`);
  return pieces.join('');
}

/** Bytes of hostile text in its one canonical form; undefined when it is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  const length = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (text.length % 4 !== 0) return undefined;
  const bytes = new Uint8Array((length * 3) >> 2);
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const value = VALUES.get(text[i]!);
    if (value === undefined) return undefined;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = bits >> held;
    bits &= (1 << held) - 1;
  }
  return bits === 0 ? bytes : undefined;
}
