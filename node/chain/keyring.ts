import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, sameAddress } from '../core/codec/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { AccountSigner, Signer } from '../ports/Signer.ts';
import { requireSafeUrl } from './externalKey.ts';
import { createExternalSigner, externalAccounts, requireKey, SignerRefused } from './externalSigner.ts';
import { encryptKey, KeystoreMalformed, passwordFromFile } from './keystore.ts';
import { isExternal, openKeystore, readKeyFile, writeKeystore } from './keystoreFile.ts';

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

export interface ListedKey {
  readonly name: string;
  readonly address: Address;
  /** Host of the external signer that holds it. */
  readonly signer?: string;
}

/** The keystores of one home, all under one password, and the names of keys that are elsewhere. */
export interface Keyring {
  /** Writes a random password file when there is none. */
  ensurePassword(): Promise<void>;
  /** Makes the keystore when there is none. */
  ensure(name: string, options?: KeyOptions): Promise<Address>;
  /**
   * Notes that the key of `name` is held by the signer at `url`; it is asked whether it holds it.
   * @param address may be left out where the signer holds one
   * @throws {SignerRefused} SignerUnreachable, SignerUrlUnsafe, KeystoreExists
   */
  link(name: string, url: string, address?: Address): Promise<Address>;
  addressOf(name: string): Promise<Address>;
  list(): Promise<readonly ListedKey[]>;
  /** A key of this home. @throws KeyElsewhere when an external signer holds it */
  open(name: string): Promise<Signer>;
  /** Whoever signs for this name: a key of this home, or an external signer. */
  signer(name: string): Promise<AccountSigner>;
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
    const { address } = readKeyFile(pathOf(name));
    if (address === undefined)
      throw new KeystoreMalformed(`${pathOf(name)} names no address, which this command line needs`);
    return `0x${address.replace(/^0x/, '').toLowerCase()}`;
  };
  const list: Keyring['list'] = async () => {
    const files = existsSync(join(home, 'keys')) ? await readdir(join(home, 'keys')) : [];
    const names = files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
    return Promise.all(
      names.sort().map(async (name) => {
        const key = readKeyFile(pathOf(name));
        const signer = isExternal(key) ? { signer: new URL(key.url).host } : {};
        return { name, address: await addressOf(name), ...signer };
      }),
    );
  };
  const signer = async (name: string): Promise<AccountSigner> => {
    const key = readKeyFile(pathOf(name));
    return isExternal(key) ? createExternalSigner(key) : openKeystore(pathOf(name), await password());
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
      requireName(name);
      if (existsSync(pathOf(name))) return addressOf(name);
      const key = new Uint8Array(randomBytes(32));
      const keystore = await encryptKey(key, await password(), light ? { n: LOCAL_SCRYPT_N } : {});
      key.fill(0);
      writeKeystore(pathOf(name), keystore);
      return `0x${keystore.address}`;
    },
    link: async (name, url, wanted) => {
      requireName(name);
      requireSafeUrl(url);
      const held = await externalAccounts(url);
      const address = wanted?.toLowerCase() ?? (held.length === 1 ? held[0] : undefined);
      if (address === undefined || !held.some((each) => sameAddress(each, address))) throw notHeld(url, held, wanted);
      writeKeystore(pathOf(name), { address: address as Address, url });
      return address as Address;
    },
    addressOf,
    list,
    open: async (name) => requireKey(await signer(name), 'hot keys and deployers sign much and at once'),
    signer,
  };
}

/** @throws {KeyNameInvalid} */
function requireName(name: string): void {
  if (/^[a-z0-9-]{1,40}$/.test(name)) return;
  throw new KeyNameInvalid({
    what: `${JSON.stringify(name)} cannot name a key`,
    why: 'a name has 1 to 40 characters a-z, 0-9 or -',
    fix: 'Choose another name.',
  });
}

const notHeld = (url: string, held: readonly Address[], wanted: Address | undefined): SignerRefused =>
  new SignerRefused({
    what: `The signer at ${new URL(url).host} does not hold ${wanted ?? 'exactly one account'}`,
    why: held.length === 0 ? 'it lists no account' : `it lists ${held.slice(0, 20).join(', ')}`,
    fix: held.length === 0 ? 'Give it the key first.' : 'Name one of them with --address.',
    meta: { accounts: held.slice(0, 20) },
  });
