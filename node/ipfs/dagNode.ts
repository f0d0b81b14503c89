import { decode, type PBNode } from '@ipld/dag-pb';
import type { CID } from 'multiformats/cid';
import { MAX_LINKS } from './budget.ts';
import { RAW, refusalOf, textOf } from './cid.ts';
import { StoreDagRefused } from './errors.ts';

/**
 * A dag-pb block that hashes to `cid`.
 * @throws {StoreDagRefused} it does not decode, has too many links, or links to a CID of a kind that is not accepted
 */
export function decodeNode(cid: CID, block: Uint8Array): PBNode {
  const fields = countFields(block);
  if (fields > MAX_LINKS + 1)
    throw new StoreDagRefused(
      textOf(cid),
      `it has ${fields} fields and the limit is ${MAX_LINKS} links and one of data`,
    );
  const node = decodeStrictly(cid, block);
  if (node.Links.length > MAX_LINKS)
    throw new StoreDagRefused(textOf(cid), `it has ${node.Links.length} links and the limit is ${MAX_LINKS}`);
  for (const { Hash } of node.Links) {
    const refusal = refusalOf(Hash);
    if (refusal !== undefined)
      throw new StoreDagRefused(textOf(cid), `it links to ${String(Hash).slice(0, 80)}: ${refusal}`);
  }
  return node;
}

/** The children of a block in the order of the DAG. @throws {StoreDagRefused} */
export function linksOf(cid: CID, block: Uint8Array): readonly CID[] {
  return cid.code === RAW ? [] : decodeNode(cid, block).Links.map((link) => link.Hash);
}

function decodeStrictly(cid: CID, block: Uint8Array): PBNode {
  try {
    return decode(block);
  } catch (cause) {
    throw new StoreDagRefused(
      textOf(cid),
      `it is not dag-pb (${cause instanceof Error ? cause.message : cause})`,
      cause,
    );
  }
}

/** Top-level protobuf fields, counted before anything is allocated for them. Stops at the first malformed one. */
function countFields(block: Uint8Array): number {
  let fields = 0;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < block.length; scale *= 128) {
      const byte = block[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    return value;
  };
  while (at < block.length) {
    varint();
    const length = varint();
    at += length;
    fields++;
  }
  return fields;
}
