import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decryptKey, parseKeystore, passwordFromFile } from '../../node/chain/keystore.ts';
import { processesOf } from './processes.ts';
import { secretEncodings } from './secretEncodings.ts';

export interface Secret {
  readonly name: string;
  readonly needles: readonly Buffer[];
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The keys of a home, opened with its password, and the password itself, in every form in which they could leak. */
export async function secretsOf(home: string): Promise<Secret[]> {
  const password = passwordFromFile(readFileSync(join(home, 'password'), 'utf8'))!;
  const keys = await Promise.all(
    readdirSync(join(home, 'keys')).map(async (file) => {
      const key = await decryptKey(parseKeystore(readFileSync(join(home, 'keys', file), 'utf8')), password);
      return { name: file, needles: [Buffer.from(key), ...secretEncodings(key).map(bytes)] };
    }),
  );
  const spelled = [password, encodeURIComponent(password), Buffer.from(password).toString('base64').replace(/=+$/, '')];
  return [...keys, { name: 'password', needles: spelled.map(bytes) }];
}

export interface Text {
  readonly name: string;
  readonly content: Buffer;
}

/** Every file below a folder, gzip unpacked; password files are where the password belongs. */
export function filesOf(folder: string): Text[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path) && statSync(path).isFile() && basename(path) !== 'password')
    .map((path) => {
      const content = readFileSync(path);
      return { name: path, content: content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content };
    });
}

/** Command lines and environments of the processes of a home, as other users of the machine may see them. */
export function processTextsOf(home: string): Text[] {
  return processesOf(home).flatMap(({ pid, command }) => [
    { name: `arguments of ${command}`, content: bytes(command) },
    { name: `environment of ${command}`, content: readFileSync(`/proc/${pid}/environ`) },
  ]);
}

/** Where which secret shows. */
export const leaks = (texts: readonly Text[], secrets: readonly Secret[]): string[] =>
  texts.flatMap(({ name, content }) =>
    secrets
      .filter(({ needles }) => needles.some((needle) => content.includes(needle)))
      .map((secret) => `${secret.name} in ${name}`),
  );
