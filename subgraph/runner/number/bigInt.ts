/** Little-endian two's complement, as graph-ts keeps a BigInt. */
export function bigIntFromBytes(bytes: Uint8Array): bigint {
  const { length } = bytes;
  if (length === 0) return 0n;
  if (length <= 6) {
    let small = 0;
    for (let i = length - 1; i >= 0; i--) small = small * 256 + bytes[i]!;
    return BigInt(bytes[length - 1]! & 0x80 ? small - 256 ** length : small);
  }
  const reversed = Buffer.from(bytes).reverse();
  const value = BigInt(`0x${reversed.toString('hex')}`);
  return bytes[length - 1]! & 0x80 ? value - (1n << BigInt(8 * length)) : value;
}

/** Shortest little-endian two's complement; one zero byte for 0. */
export function bigIntToBytes(value: bigint): Uint8Array {
  if (value >= 0n && value < 0x80n) return Uint8Array.of(Number(value));
  const magnitude = value < 0n ? -value - 1n : value;
  const hex = magnitude.toString(16);
  const size = Math.ceil(hex.length / 2);
  const bytes = Buffer.from(hex.padStart(2 * size, '0'), 'hex').reverse();
  const top = bytes[size - 1]! & 0x80;
  const out = new Uint8Array(top ? size + 1 : size);
  out.set(bytes);
  if (value < 0n) for (let i = 0; i < out.length; i++) out[i] = ~out[i]! & 0xff;
  return out;
}
