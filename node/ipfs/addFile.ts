import { createHash, type Hash } from 'node:crypto';
import { importFile } from 'ipfs-unixfs-importer';
import type { CID } from 'multiformats/cid';
import { toHex } from '../core/codec/hex.ts';
import type { Added } from '../ports/Store.ts';
import { textOf } from './cid.ts';
import type { Staging } from './staging.ts';

/** A large array is hashed in pieces, so that the event loop runs in between. */
const PIECE = 1024 * 1024;

/** Cuts a file into blocks by the profile `unixfs-v1-2025` (IPIP-0499) and hashes it on the way. */
export async function addFile(file: Uint8Array | AsyncIterable<Uint8Array>, staging: Staging): Promise<Added> {
  const digest = createHash('sha256');
  const meter = new Meter(file instanceof Uint8Array ? pieces(file) : file, digest);
  const storage = {
    put: async (cid: CID, bytes: Uint8Array): Promise<CID> => {
      await staging.put(cid, bytes);
      return cid;
    },
  };
  const { cid } = await importFile({ content: meter.through() }, storage, { profile: 'unixfs-v1-2025' });
  return { cid: textOf(cid), size: meter.bytes, sha256: toHex(digest.digest()) };
}

async function* pieces(file: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += PIECE) yield file.subarray(at, at + PIECE);
}

class Meter {
  bytes = 0;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #digest: Hash;

  constructor(source: AsyncIterable<Uint8Array>, digest: Hash) {
    this.#source = source;
    this.#digest = digest;
  }

  async *through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#digest.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
    }
  }
}
