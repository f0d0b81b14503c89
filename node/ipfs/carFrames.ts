import { createWriter, headerLength } from '@ipld/car/buffer-writer';
import { varint } from 'multiformats';
import type { CID } from 'multiformats/cid';
import type { Block } from './carSource.ts';

/** A copy of fewer bytes costs less than a write of their own. */
const WORTH_COPYING = 64 * 1024;

/** The first bytes of a CARv1 with one root. */
export function carHeader(root: CID): Uint8Array {
  const options = { roots: [root] };
  return createWriter(new ArrayBuffer(headerLength(options)), options).close();
}

/** One section of a CARv1: length, CID, bytes. Large blocks are not copied. */
export function carSection({ cid, bytes }: Block): readonly Uint8Array[] {
  const length = cid.bytes.length + bytes.length;
  const prefix = varint.encodeTo(length, new Uint8Array(varint.encodingLength(length)));
  const head = [prefix, cid.bytes];
  return bytes.length < WORTH_COPYING ? [Buffer.concat([...head, bytes])] : [Buffer.concat(head), bytes];
}
