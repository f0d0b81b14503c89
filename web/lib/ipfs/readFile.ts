import type { Cid } from './cid.ts';
import { decodeFileNode, NotAFile } from './fileNode.ts';

/** Gives a block whose SHA-256 is the CID's, or throws. */
export type LoadBlock = (cid: Cid) => Promise<Uint8Array>;

export interface ReadOptions {
  /** A file that declares more is refused before room is made for it. */
  readonly maxBytes: number;
  /** Hears how many bytes of how many are there. */
  readonly onProgress?: (loaded: number, total: number) => void;
}

const MAX_DEPTH = 16;
const PARALLEL = 4;

interface Leaf {
  readonly cid: Cid;
  readonly at: number;
  readonly size: number;
}

/** Assembles a file from verified blocks. @throws {NotAFile} and what `load` throws */
export async function readFile(cid: Cid, load: LoadBlock, options: ReadOptions): Promise<Uint8Array> {
  const root = await load(cid);
  const size = cid.codec === 'raw' ? root.length : decodeFileNode(root).size;
  if (size > options.maxBytes) throw new NotAFile(`it has ${size} bytes, at most ${options.maxBytes} are expected`);
  if (cid.codec === 'raw') return root;
  const bytes = new Uint8Array(size);
  let loaded = 0;
  const put = (data: Uint8Array, at: number): void => {
    bytes.set(data, at);
    loaded += data.length;
    options.onProgress?.(loaded, size);
  };
  const leaves = leavesOf(root, 0, 0, load, put);
  const work = async (): Promise<void> => {
    for (let next = await leaves.next(); next.done !== true; next = await leaves.next()) {
      const { cid: leaf, at, size: expected } = next.value;
      const block = await load(leaf);
      if (block.length !== expected) throw new NotAFile('a part has another size than its parent declares');
      put(block, at);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return bytes;
}

/** Raw leaves in order; bytes inside inner nodes are put on the way. */
async function* leavesOf(
  block: Uint8Array,
  start: number,
  depth: number,
  load: LoadBlock,
  put: (data: Uint8Array, at: number) => void,
): AsyncGenerator<Leaf> {
  if (depth > MAX_DEPTH) throw new NotAFile('it is nested too deeply');
  const { data, links, sizes } = decodeFileNode(block);
  put(data, start);
  let at = start + data.length;
  for (const [i, cid] of links.entries()) {
    const size = sizes[i]!;
    if (cid.codec === 'raw') yield { cid, at, size };
    else {
      const child = await load(cid);
      if (decodeFileNode(child).size !== size) throw new NotAFile('a part has another size than its parent declares');
      yield* leavesOf(child, at, depth + 1, load, put);
    }
    at += size;
  }
}
