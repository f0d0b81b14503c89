import { z } from 'zod';
import type { Address } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';

/** Where a key is that is not in this home. */
export interface ExternalKey {
  readonly address: Address;
  /** JSON-RPC over HTTPS, or over HTTP on this machine. */
  readonly url: string;
}

/** A signer's URL over which others could read along, or sign in our name. */
export class SignerUrlUnsafe extends ProtocolError {
  override readonly code = 'SIGNER_URL_UNSAFE';
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const schema = z.strictObject({ address: z.string().regex(/^0x[0-9a-f]{40}$/), url: z.string().max(2000) });

/** The text of a key's file as what {@link ExternalKey} says, or undefined when it is something else. @throws {SignerUrlUnsafe} */
export function parseExternalKey(text: string): ExternalKey | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return undefined;
  return { address: parsed.data.address as Address, url: requireSafeUrl(parsed.data.url) };
}

/** Whoever sits between us and a signer could have anything signed that looks alike. @throws {SignerUrlUnsafe} */
export function requireSafeUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && LOOPBACK.test(parsed.hostname))) return url;
  throw new SignerUrlUnsafe({
    what: 'This cannot be the URL of a signer',
    why:
      parsed === undefined ? 'it is no URL' : `${parsed.protocol}//${parsed.host} is neither HTTPS nor on this machine`,
    fix: 'Give an https:// URL, or http://127.0.0.1:PORT, for instance the end of an ssh tunnel.',
  });
}
