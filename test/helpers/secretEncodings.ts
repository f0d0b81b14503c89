/** The ways a key could show up in a text: hex (both cases), base64, base64url, decimal number, decimal bytes. */
export function secretEncodings(key: Uint8Array): readonly string[] {
  const hex = Buffer.from(key).toString('hex');
  return [
    hex,
    hex.toUpperCase(),
    Buffer.from(key).toString('base64').replace(/=+$/, ''),
    Buffer.from(key).toString('base64url'),
    BigInt(`0x${hex}`).toString(),
    [...key].join(','),
    [...key].join(', '),
    Buffer.from(key).toString('hex').match(/../g)!.join(' '),
  ];
}
