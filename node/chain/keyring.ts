import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Address } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { Signer } from '../ports/Signer.ts';
import { encryptKey, KeystoreMalformed, passwordFromFile } from './keystore.ts';
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

export class PasswordExposed extends ProtocolError {
  override readonly code = 'PASSWORD_EXPOSED';
  constructor(path: string, mode: number) {
    super({
      what: 'The password can be read by other users of this machine',
      why: `${path} has mode 0${mode.toString(8)}, not 0600`,
      fix: `Run \`chmod 600\` on it; make new keys if somebody may have read it.`,
      meta: { path, mode },
    });
  }
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

/** Reads a file that must be this user's alone; a pipe or a terminal has no readers to shut out. */
async function readPrivately(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    // Windows has no such modes: everything is 0666 there.
    const others = process.platform === 'win32' || !stat.isFile() ? 0 : stat.mode & 0o077;
    if (others !== 0) throw new PasswordExposed(path, stat.mode & 0o777);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
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
    const text = await readPrivately(passwordFile).catch((cause: unknown) => {
      if (cause instanceof PasswordExposed) throw cause;
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
  const addressOf = async (name: string): Promise<Address> => {
    const { address } = readKeystore(pathOf(name));
    if (address === undefined)
      throw new KeystoreMalformed(`${pathOf(name)} names no address, which this command line needs`);
    return `0x${address.replace(/^0x/, '').toLowerCase()}`;
  };
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
