const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** RFC 4648 section 4, with padding: for hosts where neither Buffer nor Uint8Array.fromBase64 is certain. */
export function toBase64(bytes: Uint8Array): string {
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const word = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const letters = [18, 12, 6, 0].map((shift) => ALPHABET[(word >> shift) & 63]!);
    const used = Math.min(bytes.length - at, 3) + 1;
    groups.push(letters.slice(0, used).join('').padEnd(4, '='));
  }
  return groups.join('');
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
