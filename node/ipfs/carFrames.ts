import { createWriter, headerLength } from '@ipld/car/buffer-writer';
import { varint } from 'multiformats';
import type { CID } from 'multiformats/cid';
import type { Block } from './carSource.ts';

/** The first bytes of a CARv1 with one root. */
export function carHeader(root: CID): Uint8Array {
  const options = { roots: [root] };
  return createWriter(new ArrayBuffer(headerLength(options)), options).close();
}

/** One section of a CARv1: length, CID, bytes. */
export function carSection({ cid, bytes }: Block): Uint8Array {
  const length = cid.bytes.length + bytes.length;
  const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
  return Buffer.concat([prefix, cid.bytes, bytes]);
}
