import { createReadStream } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PACKAGE_ROOT } from '../config.ts';
import { ProtocolError } from '../core/errors.ts';
import { type PreparedData, prepareData } from '../service/preparedData.ts';

/** A file that cannot be read, or is larger than what it should be. */
export class FileRefused extends ProtocolError {
  override readonly code = 'FILE_REFUSED';
}

const MAX_MODEL_BYTES = 64 << 20;
const MAX_DATA_BYTES = 64 << 20;
/** Name of standard input among files. */
export const STDIN = '/dev/stdin';
const EMBEDDED = ['digits', 'breast-cancer'];

/** A result that cannot be kept where it should. */
export class FileNotWritten extends ProtocolError {
  override readonly code = 'FILE_NOT_WRITTEN';
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Reads at most one byte more than `maxBytes`, also from a pipe or a device that does not tell its size. */
async function readBounded(path: string, maxBytes: number, fix: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // A pipe that a program made is a socket, which has no path to open.
    for await (const chunk of path === STDIN ? process.stdin : createReadStream(path, { end: maxBytes })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > maxBytes) break;
    }
  } catch (cause) {
    throw new FileRefused({ what: `${path} cannot be read`, why: reason(cause), fix, cause });
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  throw new FileRefused({ what: `${path} is too large`, why: `it has more than ${maxBytes} bytes`, fix });
}

export const notWritten = (path: string, cause: unknown): FileNotWritten =>
  new FileNotWritten({
    what: `${path} cannot be written`,
    why: reason(cause),
    fix: 'Name a file in a folder that exists and that you may write to.',
    cause,
  });

/** @throws {FileNotWritten} */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content).catch((cause: unknown) => {
    throw notWritten(path, cause);
  });
}

/** Asks before work or money is spent on what shall go there. @throws {FileNotWritten} */
export async function checkWritable(path: string): Promise<void> {
  try {
    await (await open(path, 'a')).close();
  } catch (cause) {
    throw notWritten(path, cause);
  }
}

export const readModelFile = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await readBounded(path, MAX_MODEL_BYTES, 'Give an ONNX file of at most 64 MiB.'));

/** `digits`, `breast-cancer` (embedded, real) or a CSV file. */
export async function readData(name: string, seed: number): Promise<PreparedData> {
  const path = EMBEDDED.includes(name) ? join(PACKAGE_ROOT, 'data', `${name}.csv`) : name;
  const text = (
    await readBounded(path, MAX_DATA_BYTES, `Give ${EMBEDDED.join(', ')} or a CSV file of at most 64 MiB.`)
  ).toString('utf8');
  return prepareData(basename(path, '.csv'), text, seed);
}

export const readText = async (path: string, fix: string): Promise<string> =>
  (await readBounded(path, 4 << 20, fix)).toString('utf8');
