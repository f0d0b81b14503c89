import type { PBNode } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import type { Budget } from '../ports/Store.ts';
import { DEFAULT_MAX_BLOCKS, DEFAULT_MAX_DEPTH } from './budget.ts';
import { RAW, textOf } from './cid.ts';
import { decodeNode } from './dagNode.ts';
import { StoreBudgetExceeded, StoreDagRefused } from './errors.ts';

/**
 * Assembles a UnixFS file. Unlike a walk it counts a block as often as it occurs, because the file holds it as often.
 * Every size that a node declares must be the size that is found.
 * @throws {StoreBudgetExceeded} before anything of that size is allocated
 * @throws {StoreDagRefused} not a file, or its sizes contradict each other
 */
export class UnixfsFile {
  #blocks = 0;
  #at = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  readonly #root: CID;
  readonly #load: (cid: CID) => Promise<Uint8Array>;
  readonly #budget: Required<Budget>;

  /** `load` gives verified bytes or throws. */
  constructor(root: CID, load: (cid: CID) => Promise<Uint8Array>, budget: Budget) {
    this.#root = root;
    this.#load = load;
    this.#budget = { maxBlocks: DEFAULT_MAX_BLOCKS, maxDepth: DEFAULT_MAX_DEPTH, ...budget };
  }

  async read(): Promise<Uint8Array> {
    const block = await this.#load(this.#root);
    const size = this.#root.code === RAW ? BigInt(block.length) : describe(this.#root, block).size;
    if (size > BigInt(this.#budget.maxBytes)) throw this.#exceeded('bytes', Number(size), this.#budget.maxBytes);
    if (this.#root.code === RAW) return block;
    this.#bytes = allocate(this.#root, Number(size));
    await this.#append(this.#root, block, size, 0);
    return this.#bytes;
  }

  async #append(cid: CID, block: Uint8Array, expected: bigint, depth: number): Promise<void> {
    if (depth > this.#budget.maxDepth) throw this.#exceeded('depth', depth, this.#budget.maxDepth);
    if (++this.#blocks > this.#budget.maxBlocks) throw this.#exceeded('blocks', this.#blocks, this.#budget.maxBlocks);
    if (cid.code === RAW) return this.#copy(cid, block, expected);
    const { node, file, size } = describe(cid, block);
    if (size !== expected) throw contradiction(cid, size, expected);
    const inline = file.data ?? new Uint8Array(0);
    this.#copy(cid, inline, BigInt(inline.length));
    for (const [i, { Hash }] of node.Links.entries())
      await this.#append(Hash, await this.#load(Hash), file.blockSizes[i]!, depth + 1);
  }

  #copy(cid: CID, bytes: Uint8Array, expected: bigint): void {
    if (BigInt(bytes.length) !== expected) throw contradiction(cid, BigInt(bytes.length), expected);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #exceeded(bound: 'bytes' | 'blocks' | 'depth', actual: number, limit: number): StoreBudgetExceeded {
    return new StoreBudgetExceeded(textOf(this.#root), bound, actual, limit);
  }
}

/** @throws {StoreDagRefused} not a node of a file */
function describe(cid: CID, block: Uint8Array): { node: PBNode; file: UnixFS; size: bigint } {
  const node = decodeNode(cid, block);
  const file = decodeUnixfs(node);
  if (file === undefined || (file.type !== 'file' && file.type !== 'raw'))
    throw new StoreDagRefused(
      textOf(cid),
      `it is ${file === undefined ? 'not UnixFS' : `a ${file.type}`} and not a file`,
    );
  if (file.blockSizes.length !== node.Links.length)
    throw new StoreDagRefused(
      textOf(cid),
      `it declares the sizes of ${file.blockSizes.length} children and links to ${node.Links.length}`,
    );
  return { node, file, size: file.fileSize() };
}

/** The UnixFS part of a node, or undefined when it has none. */
export function decodeUnixfs(node: PBNode): UnixFS | undefined {
  if (node.Data === undefined) return undefined;
  try {
    return UnixFS.unmarshal(node.Data);
  } catch {
    return undefined;
  }
}

function allocate(cid: CID, size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw new StoreDagRefused(textOf(cid), `it declares ${size} bytes, more than this process can hold`, cause);
  }
}

const contradiction = (cid: CID, actual: bigint, expected: bigint): StoreDagRefused =>
  new StoreDagRefused(textOf(cid), `it has ${actual} bytes and its parent declares ${expected}`);
