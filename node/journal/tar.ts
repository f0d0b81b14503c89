import type { FileHandle } from 'node:fs/promises';
import { invariant } from '../core/errors.ts';

/** The part of POSIX ustar that a backup needs: regular files with short names. `tar -tvf` reads it. */
const BLOCK = 512;
const MAX_NAME = 99;
const MAX_SIZE = 8 ** 11 - 1;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

export function tarHeader(name: string, size: number, mtimeSeconds: number): Buffer {
  invariant(name.length <= MAX_NAME && size <= MAX_SIZE, `a backup has short names and files below 8 GiB: ${name}`);
  const header = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => void header.write(text, at, 'latin1');
  put(name, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(mtimeSeconds, 11), 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\0', 257);
  put('00', 263);
  put(`${octal(checksumOf(header), 6)} `, 148);
  return header;
}

/** Zeros up to the next block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
export const TAR_END = Buffer.alloc(2 * BLOCK);

export interface TarEntry {
  readonly name: string;
  /** Where its bytes begin in the archive. */
  readonly at: number;
  readonly size: number;
}

const checksumOf = (header: Buffer): number =>
  header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);

/** Entries of an archive, or why it is not one of ours. Reads headers only. */
export async function readTar(file: FileHandle, maxEntries: number): Promise<readonly TarEntry[] | string> {
  const { size: total } = await file.stat();
  const entries: TarEntry[] = [];
  const header = Buffer.alloc(BLOCK);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(header, 0, BLOCK, at);
    if (bytesRead < BLOCK) return 'it is cut off';
    if (header.every((byte) => byte === 0)) return entries;
    const field = (from: number, length: number): string =>
      header.toString('latin1', from, from + length).replace(/[\0 ]+$/, '');
    if (Number.parseInt(field(148, 8), 8) !== checksumOf(header)) return `the header at ${at} is damaged`;
    const size = Number.parseInt(field(124, 12), 8);
    const entry = { name: field(0, 100), at: at + BLOCK, size };
    if (field(156, 1) !== '0') return `${entry.name} is not a regular file`;
    if (!Number.isSafeInteger(size) || size < 0 || entry.at + size > total) return `${entry.name} is cut off`;
    entries.push(entry);
    if (entries.length > maxEntries) return `it has more than ${maxEntries} files`;
    at = entry.at + size + tarPadding(size).length;
  }
}
