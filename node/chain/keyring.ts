import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Address } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Signer } from '../ports/Signer.ts';
import { encryptKey, passwordFromFile } from './keystore.ts';
import { openKeystore, readKeystore, writeKeystore } from './keystoreFile.ts';

/** A keystore name that is no safe file name. */
export class KeyNameInvalid extends ProtocolError {
  override readonly code = 'KEY_NAME_INVALID';
}

export class PasswordMissing extends ProtocolError {
  override readonly code = 'PASSWORD_MISSING';
}

export interface KeyOptions {
  /** Cheap to open and cheap to guess: for the play money of a local network. @default false */
  readonly light?: boolean;
}

/** The keystores of one home, all under one password. */
export interface Keyring {
  /** Writes a random password file when there is none. */
  ensurePassword(): Promise<void>;
  /** Makes the keystore when there is none. */
  ensure(name: string, options?: KeyOptions): Promise<Address>;
  addressOf(name: string): Promise<Address>;
  list(): Promise<readonly { readonly name: string; readonly address: Address }[]>;
  open(name: string): Promise<Signer>;
}

/** Scrypt cost of keystores on a local network: their keys hold play money, and every start opens a dozen. */
const LOCAL_SCRYPT_N = 4096;

export function createKeyring({
  home,
  passwordFile,
}: {
  readonly home: string;
  readonly passwordFile: string;
}): Keyring {
  const pathOf = (name: string): string => join(home, 'keys', `${name}.json`);
  const password = async (): Promise<string> => {
    const text = await readFile(passwordFile, 'utf8').catch((cause: unknown) => {
      throw new PasswordMissing({
        what: 'The keystore cannot be opened',
        why: `the password file ${passwordFile} cannot be read`,
        fix: 'Give --password-file FILE (mode 0600, the password on its first line).',
        cause,
      });
    });
    const found = passwordFromFile(text);
    if (found !== undefined) return found;
    throw new PasswordMissing({
      what: 'The keystore cannot be opened',
      why: `the first line of ${passwordFile} is empty`,
      fix: 'Write the password on the first line.',
    });
  };
  const addressOf = async (name: string): Promise<Address> => `0x${readKeystore(pathOf(name)).address}`;
  const list: Keyring['list'] = async () => {
    const files = existsSync(join(home, 'keys')) ? await readdir(join(home, 'keys')) : [];
    const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
    return Promise.all(names.sort().map(async (name) => ({ name, address: await addressOf(name) })));
  };
  return {
    ensurePassword: async () => {
      if (existsSync(passwordFile)) return;
      const locked = await list();
      if (locked.length > 0) {
        throw new PasswordMissing({
          what: 'The keystores of this home cannot be opened',
          why: `there are ${locked.length} keystores in ${join(home, 'keys')}, and their password file ${passwordFile} is not there`,
          fix: 'Put the password file back; a new password would not open them. For a local network, `--reset` starts over with new keys.',
        });
      }
      await mkdir(home, { recursive: true, mode: 0o700 });
      await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
    },
    ensure: async (name, { light = false } = {}) => {
      if (!/^[a-z0-9-]{1,40}$/.test(name)) {
        throw new KeyNameInvalid({
          what: `${JSON.stringify(name)} cannot name a key`,
          why: 'a name has 1 to 40 characters a-z, 0-9 or -',
          fix: 'Choose another name.',
        });
      }
      if (existsSync(pathOf(name))) return addressOf(name);
      const key = new Uint8Array(randomBytes(32));
      const keystore = await encryptKey(key, await password(), light ? { n: LOCAL_SCRYPT_N } : {});
      key.fill(0);
      writeKeystore(pathOf(name), keystore);
      return `0x${keystore.address}`;
    },
    addressOf,
    list,
    open: async (name) => openKeystore(pathOf(name), await password()),
  };
}
