import { sha256 } from '../../node/core/codec/sha256.ts';
import { blockUrl, bodyOf, RAW_TYPE, signalOf } from './gateway.ts';
import { type Cid, parseCid } from './ipfs/cid.ts';
import { NotAFile } from './ipfs/fileNode.ts';
import { readFile } from './ipfs/readFile.ts';
import { ProblemError } from './problem.ts';

/** Files by CID. Nothing a gateway says is believed: every block is hashed here and compared with its CID. */

/** Blocks of the network are at most 2 MiB (Bitswap's limit). */
const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

async function askForBlock(gateway: string, cid: Cid, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const response = await fetch(blockUrl(gateway, cid.text), {
    headers: { accept: RAW_TYPE },
    signal: signalOf(signal),
  });
  if (!response.ok) throw new TypeError(`HTTP ${response.status}`);
  const bytes = await bodyOf(response, MAX_BLOCK_BYTES);
  if (!sameBytes(sha256(bytes), cid.digest)) throw new TypeError('other bytes than the CID says');
  return bytes;
}

/** Why each gateway failed, by its host. */
function sentence(failures: readonly (readonly [string, unknown])[]): string {
  if (failures.length === 0) return 'no gateway is configured';
  const said = failures.map(([gateway, error]) => {
    const reason = error instanceof Error ? error.message : 'no answer';
    return `${URL.canParse(gateway) ? new URL(gateway).host : gateway} (${reason.slice(0, 80)})`;
  });
  return `none of the gateways has it: ${said.join(', ')}`;
}

/** A block from the first gateway that has it. @throws {ProblemError} */
async function fetchBlock(gateways: readonly string[], cid: Cid, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const failures: (readonly [string, unknown])[] = [];
  for (const gateway of gateways) {
    try {
      return await askForBlock(gateway, cid, signal);
    } catch (error) {
      if (signal?.aborted === true) throw error;
      failures.push([gateway, error]);
    }
  }
  throw new ProblemError({
    what: 'The file cannot be fetched',
    why: sentence(failures),
    fix: 'Try again later, or add another gateway in the settings.',
  });
}

export interface FetchFileOptions {
  /** Bytes that the file may have: what the chain says, or the most that makes sense. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (loaded: number, total: number) => void;
}

/** A whole file whose every block was verified against its CID. @throws {ProblemError} */
export async function fetchFile(
  gateways: readonly string[],
  cidText: string,
  { maxBytes, signal, onProgress }: FetchFileOptions,
): Promise<Uint8Array> {
  const cid = parseCid(cidText);
  const refused = (why: string, cause?: unknown): ProblemError =>
    new ProblemError({ what: 'The file is refused', why, fix: 'Its author must publish it again.' }, cause);
  if (cid === undefined) throw refused('its CID is not of a kind that Assay accepts');
  try {
    const load = (one: Cid): Promise<Uint8Array> => fetchBlock(gateways, one, signal);
    return await readFile(cid, load, { maxBytes, ...(onProgress === undefined ? {} : { onProgress }) });
  } catch (error) {
    if (error instanceof NotAFile) throw refused(error.message, error);
    throw error;
  }
}
