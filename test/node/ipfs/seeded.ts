import { createCipheriv, hash } from 'node:crypto';

/** ChaCha20 keystream of a seed, as in Kubo's test helpers (RFC 7539 block counter 0, zero nonce). */
export function seeded(size: number, seed: string): Uint8Array {
  const cipher = createCipheriv('chacha20', hash('sha256', seed, 'buffer'), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
}
