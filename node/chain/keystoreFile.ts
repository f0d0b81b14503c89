import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ProtocolError } from '../core/errors.ts';
import type { Signer } from '../ports/Signer.ts';
import { type ExternalKey, parseExternalKey } from './externalKey.ts';
import { decryptKey, type Keystore, KeystoreMalformed, parseKeystore } from './keystore.ts';
import { createSigner } from './signer.ts';

export class KeystoreExists extends ProtocolError {
  override readonly code = 'KEYSTORE_EXISTS';
  constructor(path: string) {
    super({
      what: 'There is already a key here',
      why: `${path} exists, and overwriting a key can lose money for ever`,
      fix: 'Choose another name, or move the old file away yourself.',
      meta: { path },
    });
  }
}

export class KeystoreMissing extends ProtocolError {
  override readonly code = 'KEYSTORE_MISSING';
  constructor(path: string, cause?: unknown) {
    super({
      what: 'The key is not there',
      why: `${path} cannot be read`,
      fix: 'Put it back (`assay backup restore`), name another account with --account, or make a new key: `assay keys new`.',
      meta: { path },
      cause,
    });
  }
}

export class KeystoreExposed extends ProtocolError {
  override readonly code = 'KEYSTORE_EXPOSED';
  constructor(path: string, mode: number) {
    super({
      what: 'The key can be read by other users of this machine',
      why: `${path} has mode 0${mode.toString(8)}, not 0600`,
      fix: `Run \`chmod 600\` on it; change the password if somebody may have copied it.`,
      meta: { path, mode },
    });
  }
}

/** A keystore file is under 1 kB; anything much larger is something else. */
const MAX_BYTES = 16_384;

/**
 * Writes a new keystore: mode 0600 from the first byte, complete or not at all, never over an existing file.
 * @throws {KeystoreExists}
 */
export function writeKeystore(path: string, keystore: Keystore | ExternalKey): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) throw new KeystoreExists(path);
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${JSON.stringify(keystore, null, 2)}\n`);
    fsyncSync(file);
    // link, not rename: it fails when somebody else made the file meanwhile.
    linkSync(draft, path);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new KeystoreExists(path) : error;
  } finally {
    closeSync(file);
    unlinkSync(draft);
  }
  chmodSync(path, 0o600);
}

/** @throws {KeystoreMissing} {@link KeystoreExposed}; {@link KeystoreMalformed} */
export function readKeystore(path: string): Keystore {
  return parseKeystore(readKeyText(path));
}

/** Where the key is, when the file is no keystore and names an external signer. @throws as {@link readKeystore} */
export function readKeyFile(path: string): Keystore | ExternalKey {
  const text = readKeyText(path);
  return parseExternalKey(text) ?? parseKeystore(text);
}

export const isExternal = (key: Keystore | ExternalKey): key is ExternalKey => 'url' in key;

function readKeyText(path: string): string {
  let mode: number;
  let text: string;
  try {
    const { size, mode: bits } = statSync(path);
    if (size > MAX_BYTES) throw new KeystoreMalformed(`${path} has ${size} bytes, a keystore has under ${MAX_BYTES}`);
    mode = bits & 0o777;
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof ProtocolError ? error : new KeystoreMissing(path, error);
  }
  // Windows has no such modes: everything is 0666 there.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new KeystoreExposed(path, mode);
  return text;
}

/** Reads, decrypts, and keeps nothing but the signer. @throws as {@link readKeystore}; PasswordWrong */
export async function openKeystore(path: string, password: string): Promise<Signer> {
  const key = await decryptKey(readKeystore(path), password);
  try {
    return createSigner(key);
  } finally {
    key.fill(0);
  }
}
