import { type Cid, cidFromBytes } from './cid.ts';

/** One node of a UnixFS file (dag-pb): its own bytes, then those of its children in order. */
export interface FileNode {
  readonly data: Uint8Array;
  readonly links: readonly Cid[];
  /** Bytes of the file below each link. */
  readonly sizes: readonly number[];
  /** Bytes of the file below this node. */
  readonly size: number;
}

/** Links of one node: Kubo writes at most 1,024. */
const MAX_LINKS = 10_000;
const RAW_TYPE = 0;
const FILE_TYPE = 2;

/** A block that is no file node; the message says why. */
export class NotAFile extends Error {
  override readonly name = 'NotAFile';
}

interface Field {
  readonly number: number;
  /** A varint's value, or the bytes of a length-delimited field. */
  readonly value: number | Uint8Array;
}

/** Fields of a protobuf message, varint and length-delimited only. @throws {NotAFile} */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new NotAFile('a number breaks off');
      value += (byte & 127) * scale;
      if (byte < 128 && Number.isSafeInteger(value)) return value;
    }
    throw new NotAFile('a number is too large');
  };
  while (at < bytes.length) {
    const key = varint();
    const kind = key % 8;
    const value = varint();
    if (kind === 0) yield { number: Math.floor(key / 8), value };
    else if (kind === 2) {
      if (value > bytes.length - at) throw new NotAFile('a field is longer than its block');
      at += value;
      yield { number: Math.floor(key / 8), value: bytes.subarray(at - value, at) };
    } else throw new NotAFile(`it has a field of kind ${kind}`);
  }
}

const asBytes = ({ value }: Field): Uint8Array => {
  if (typeof value === 'number') throw new NotAFile('a field has the wrong kind');
  return value;
};
const asNumber = ({ value }: Field): number => {
  if (typeof value !== 'number') throw new NotAFile('a field has the wrong kind');
  return value;
};

function linkOf(bytes: Uint8Array): Cid {
  for (const field of fieldsOf(bytes)) {
    const cid = field.number === 1 ? cidFromBytes(asBytes(field)) : undefined;
    if (cid !== undefined) return cid;
  }
  throw new NotAFile('it links to a CID of a kind that is not accepted');
}

/** UnixFS inside dag-pb's data: type, data, filesize, blocksizes. */
function unixfsOf(bytes: Uint8Array): { data: Uint8Array; size: number | undefined; sizes: number[] } {
  let [type, data, size]: [number | undefined, Uint8Array, number | undefined] = [
    undefined,
    new Uint8Array(0),
    undefined,
  ];
  const sizes: number[] = [];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) type = asNumber(field);
    else if (field.number === 2) data = asBytes(field);
    else if (field.number === 3) size = asNumber(field);
    else if (field.number === 4 && sizes.push(asNumber(field)) > MAX_LINKS)
      throw new NotAFile('it has too many children');
  }
  if (type !== RAW_TYPE && type !== FILE_TYPE)
    throw new NotAFile('it is a directory or something else that is no file');
  return { data, size, sizes };
}

/** Decodes a dag-pb block. Every size it declares must add up. @throws {NotAFile} */
export function decodeFileNode(block: Uint8Array): FileNode {
  const links: Cid[] = [];
  let unixfs: ReturnType<typeof unixfsOf> | undefined;
  for (const field of fieldsOf(block)) {
    if (field.number === 1) unixfs = unixfsOf(asBytes(field));
    else if (field.number === 2 && links.push(linkOf(asBytes(field))) > MAX_LINKS)
      throw new NotAFile('it has too many links');
  }
  if (unixfs === undefined) throw new NotAFile('it is not UnixFS');
  const { data, sizes } = unixfs;
  if (sizes.length !== links.length)
    throw new NotAFile(`it declares ${sizes.length} children and links to ${links.length}`);
  const size = sizes.reduce((sum, one) => sum + one, data.length);
  if (!Number.isSafeInteger(size) || (unixfs.size !== undefined && unixfs.size !== size))
    throw new NotAFile('its sizes contradict each other');
  return { data, links, sizes, size };
}
