import { hash } from 'node:crypto';

/** Bytes that every language can make again: sha256(label || counter as decimal text), one after another. */
export function bytesOf(label: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = hash('sha256', `${label}${at / 32}`, 'buffer');
    bytes.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  return bytes;
}
