import { encodeAbiParameters, hashTypedData, keccak256, recoverAddress } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { type Address, type Hex, isAddress, sameAddress } from '../../../node/core/codec/hex.ts';
import type { SiteConfig } from '../../lib/config.ts';

/** The hot key's word that it serves a worker: nobody can take another's key hostage. */

type Site = Pick<SiteConfig, 'chainId' | 'contracts'>;

const consentOf = ({ chainId, contracts }: Site, worker: Address) =>
  ({
    domain: { name: 'Assay Workers', version: '1', chainId, verifyingContract: contracts.workers },
    types: { HotKeyConsent: [{ name: 'worker', type: 'address' }] },
    primaryType: 'HotKeyConsent',
    message: { worker },
  }) as const;

export interface FreshHotKey {
  readonly address: Address;
  readonly consent: Hex;
  readonly privateKey: Hex;
}

/** A new hot key that consents to serve `worker`. */
export async function createHotKey(site: Site, worker: Address): Promise<FreshHotKey> {
  const privateKey = generatePrivateKey();
  const account = privateKeyToAccount(privateKey);
  return { address: account.address, consent: await account.signTypedData(consentOf(site, worker)), privateKey };
}

/** Whether `consent` is the hot key's signature for this worker, as the registry will check it. */
export async function isConsent(site: Site, worker: Address, hotKey: string, consent: string): Promise<boolean> {
  if (!isAddress(hotKey) || !/^0x[0-9a-fA-F]{130}$/.test(consent)) return false;
  try {
    const hash = hashTypedData(consentOf(site, worker));
    return sameAddress(await recoverAddress({ hash, signature: consent as Hex }), hotKey);
  } catch {
    // Not a point of the curve: no key has signed it.
    return false;
  }
}

/** What the registry decodes from an ERC-1363 approval. */
export const registrationData = (hotKey: Address, consent: Hex, endpoint: string): Hex =>
  encodeAbiParameters([{ type: 'address' }, { type: 'bytes' }, { type: 'string' }], [hotKey, consent, endpoint]);

const ROUNDS = 600_000;
const plainHex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOf = (hex: Hex): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** The key as a Web3 Secret Storage file (version 3), which `assay` and most wallets read. */
export async function keystoreOf({ address, privateKey }: FreshHotKey, password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const secret = new TextEncoder().encode(password.normalize('NFKC'));
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS },
    material,
    256,
  );
  const derived = new Uint8Array(bits);
  const cipher = await crypto.subtle.importKey('raw', derived.slice(0, 16), 'AES-CTR', false, ['encrypt']);
  const encrypted = await crypto.subtle.encrypt(
    { name: 'AES-CTR', counter: iv, length: 128 },
    cipher,
    bytesOf(privateKey),
  );
  const ciphertext = new Uint8Array(encrypted);
  const mac = keccak256(new Uint8Array([...derived.slice(16, 32), ...ciphertext])).slice(2);
  return JSON.stringify({
    version: 3,
    id: crypto.randomUUID(),
    address: address.slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: plainHex(ciphertext),
      cipherparams: { iv: plainHex(iv) },
      kdf: 'pbkdf2',
      kdfparams: { dklen: 32, c: ROUNDS, prf: 'hmac-sha256', salt: plainHex(salt) },
      mac,
    },
  });
}
