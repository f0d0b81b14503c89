import {
  createCipheriv,
  createDecipheriv,
  pbkdf2,
  randomBytes,
  randomUUID,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import { scryptAsync as nobleScrypt } from '@noble/hashes/scrypt.js';
import { z } from 'zod';
import { fromHex, sameAddress, toHex } from '../core/codec/hex.ts';
import { keccak256 } from '../core/codec/keccak256.ts';
import { type Complaint, ProtocolError } from '../core/errors.ts';
import { createSigner } from './signer.ts';

const hex = (bytes?: number) =>
  z.string().regex(bytes === undefined ? /^([0-9a-fA-F]{2})*$/ : new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`));

const keystoreSchema = z.object({
  version: z.literal(3),
  id: z.string().optional(),
  address: z
    .string()
    .regex(/^(0x)?[0-9a-fA-F]{40}$/)
    .optional(),
  crypto: z.object({
    cipher: z.literal('aes-128-ctr'),
    ciphertext: hex(32),
    cipherparams: z.object({ iv: hex(16) }),
    mac: hex(32),
    kdf: z.enum(['scrypt', 'pbkdf2']),
    kdfparams: z.union([
      z.object({ dklen: z.literal(32), n: z.int(), r: z.int(), p: z.int(), salt: hex() }),
      z.object({ dklen: z.literal(32), c: z.int(), prf: z.literal('hmac-sha256'), salt: hex() }),
    ]),
  }),
});

/** A key encrypted by a password: Web3 Secret Storage, version 3, as geth, ethers and MetaMask write it. */
export type Keystore = Readonly<z.infer<typeof keystoreSchema>>;

export class KeystoreMalformed extends ProtocolError {
  override readonly code = 'KEYSTORE_MALFORMED';
  constructor(why: string, meta: NonNullable<Complaint['meta']> = {}) {
    super({
      what: 'The keystore cannot be read',
      why,
      fix: 'Use a Web3 Secret Storage file of version 3 (geth, ethers and `assay keys new` write them).',
      meta,
    });
  }
}

export class PasswordWrong extends ProtocolError {
  override readonly code = 'PASSWORD_WRONG';
  constructor(address: string | undefined) {
    super({
      what: 'The password does not open the keystore',
      why: `the checksum of the key ${address ?? ''} differs after decryption`,
      fix: 'Check the password file: its first line is the password, letter by letter.',
      meta: { address },
    });
  }
}

export interface EncryptOptions {
  /** Cost of one password guess: 128 × 8 × n bytes of memory. Power of two. @default 131072 (geth and ethers) */
  readonly n?: number;
}

/** @throws PrivateKeyInvalid */
export async function encryptKey(
  privateKey: Uint8Array,
  password: string,
  options: EncryptOptions = {},
): Promise<Keystore> {
  const { address } = createSigner(privateKey);
  const kdfparams = { dklen: 32, n: options.n ?? 131_072, r: 8, p: 1, salt: randomBytes(32).toString('hex') } as const;
  const derived = await derive({ kdf: 'scrypt', kdfparams }, password.normalize('NFKC'));
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-ctr', derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(privateKey), cipher.final()]);
  return {
    version: 3,
    id: randomUUID(),
    address: address.slice(2),
    crypto: {
      cipher: 'aes-128-ctr',
      ciphertext: ciphertext.toString('hex'),
      cipherparams: { iv: iv.toString('hex') },
      mac: macOf(derived, ciphertext),
      kdf: 'scrypt',
      kdfparams,
    },
  };
}

/**
 * The 32-byte private key. The caller wipes it (`fill(0)`) after handing it to `createSigner`.
 * @throws {KeystoreMalformed} {@link PasswordWrong}
 */
export async function decryptKey(keystore: Keystore, password: string): Promise<Uint8Array> {
  const { crypto } = keystore;
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex');
  const derived = await deriveMatching(keystore, password, ciphertext);
  const decipher = createDecipheriv('aes-128-ctr', derived.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, 'hex'));
  const key = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  const { address } = createSigner(key);
  if (keystore.address !== undefined && !sameAddress(address.slice(2), keystore.address.replace(/^0x/, ''))) {
    throw new KeystoreMalformed(`it claims address ${keystore.address} and holds the key of ${address}`);
  }
  return key;
}

/** @throws {KeystoreMalformed} naming the first field that is wrong */
export function parseKeystore(text: string): Keystore {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeystoreMalformed('it is not JSON');
  }
  // MetaMask and old geth write `Crypto`.
  const lower =
    typeof value === 'object' && value !== null && 'Crypto' in value ? { ...value, crypto: value.Crypto } : value;
  const parsed = keystoreSchema.safeParse(lower);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new KeystoreMalformed(`${issue.path.join('.') || 'the file'}: ${issue.message}`);
  }
  return parsed.data;
}

/** The password on the first line of a `--password-file`, or undefined when there is none. */
export function passwordFromFile(text: string): string | undefined {
  const line = /^[^\r\n]*/.exec(text)![0];
  return line === '' ? undefined : line;
}

/** ethers and we normalise the password (NFKC), geth takes its bytes as they are; most passwords are equal in both. */
async function deriveMatching(keystore: Keystore, password: string, ciphertext: Uint8Array): Promise<Uint8Array> {
  const mac = fromHex(`0x${keystore.crypto.mac}`);
  for (const spelling of new Set([password.normalize('NFKC'), password])) {
    const derived = await derive(keystore.crypto, spelling);
    if (timingSafeEqual(fromHex(`0x${macOf(derived, ciphertext)}`), mac)) return derived;
  }
  throw new PasswordWrong(keystore.address);
}

const macOf = (derived: Uint8Array, ciphertext: Uint8Array): string =>
  toHex(keccak256(Buffer.concat([derived.subarray(16, 32), ciphertext]))).slice(2);

const scryptAsync = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);
const pbkdf2Async = promisify(pbkdf2);

/** A hostile file must not make us spend more than this: 1 GiB and about a minute. */
const MAX_MEMORY = 1 << 30;
const MAX_ITERATIONS = 10_000_000;

async function derive(crypto: Pick<Keystore['crypto'], 'kdf' | 'kdfparams'>, password: string): Promise<Uint8Array> {
  const { kdf, kdfparams } = crypto;
  const salt = Buffer.from(kdfparams.salt, 'hex');
  if (kdf === 'scrypt' && 'n' in kdfparams) {
    const { n, r, p } = kdfparams;
    const memory = 128 * n * r;
    const sane = n > 1 && Number.isInteger(Math.log2(n)) && r > 0 && p > 0 && p <= 64;
    if (!sane || memory > MAX_MEMORY) {
      throw new KeystoreMalformed(`scrypt n=${n} r=${r} p=${p} is out of bounds (${MAX_MEMORY} bytes)`, { n, r, p });
    }
    // OpenSSL insists on RFC 7914's N < 2^(16 r); old geth files (r = 1) break it, and noble reads them.
    if (n >= 2 ** (16 * r)) return nobleScrypt(password, salt, { N: n, r, p, dkLen: 32, maxmem: 2 * MAX_MEMORY });
    return scryptAsync(password, salt, 32, { N: n, r, p, maxmem: memory + 128 * r * p + (1 << 20) });
  }
  if (kdf === 'pbkdf2' && 'c' in kdfparams) {
    const { c } = kdfparams;
    if (c < 1 || c > MAX_ITERATIONS) throw new KeystoreMalformed(`pbkdf2 c=${c} is not in 1..${MAX_ITERATIONS}`, { c });
    return pbkdf2Async(password, salt, c, 32, 'sha256');
  }
  throw new KeystoreMalformed(`kdfparams do not belong to ${kdf}`);
}
