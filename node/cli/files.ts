import { readFile, stat } from 'node:fs/promises';
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
const EMBEDDED = ['digits', 'breast-cancer'];

async function readBounded(path: string, maxBytes: number, fix: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path);
    throw new FileRefused({
      what: `${path} is too large`,
      why: `it has ${size} bytes, at most ${maxBytes} are read`,
      fix,
    });
  } catch (cause) {
    if (cause instanceof FileRefused) throw cause;
    throw new FileRefused({
      what: `${path} cannot be read`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix,
      cause,
    });
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
