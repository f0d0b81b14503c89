import type { CID } from 'multiformats/cid';
import type { DagScope } from '../ports/Store.ts';
import { RAW } from './cid.ts';
import { decodeNode } from './dagNode.ts';
import { decodeUnixfs } from './unixfsFile.ts';

/**
 * The children that belong to the answer for `scope` (trustless gateway, `dag-scope`): all of a file, the shards of a
 * sharded directory but not its entries, nothing of a plain directory.
 */
export function scopedLinks(cid: CID, block: Uint8Array, scope: DagScope): readonly CID[] {
  if (cid.code === RAW || scope === 'block') return [];
  const node = decodeNode(cid, block);
  const type = scope === 'all' ? 'file' : decodeUnixfs(node)?.type;
  if (type === 'file' || type === 'raw') return node.Links.map((link) => link.Hash);
  if (type !== 'hamt-sharded-directory') return [];
  return node.Links.filter((link) => link.Name?.length === 2).map((link) => link.Hash);
}
