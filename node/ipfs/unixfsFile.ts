import type { PBNode } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import type { CID } from 'multiformats/cid';
import type { Budget } from '../ports/Store.ts';
import { DEFAULT_MAX_BLOCKS, DEFAULT_MAX_DEPTH } from './budget.ts';
import { RAW, textOf } from './cid.ts';
import { decodeNode } from './dagNode.ts';
import { StoreBudgetExceeded, StoreDagRefused } from './errors.ts';

/** Reading a leaf waits for the disk, hashing it does not: this many overlap. */
const PARALLEL_LEAVES = 3;

/** Where the blocks come from; both verify what they give and throw when they cannot. */
export interface BlockSource {
  load(cid: CID): Promise<Uint8Array>;
  /** False when the block has another size than `target`. */
  loadInto(cid: CID, target: Uint8Array): Promise<boolean>;
}

interface Leaf {
  readonly cid: CID;
  /** Where in the file its bytes belong. */
  readonly at: number;
  readonly size: number;
}

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
  readonly #source: BlockSource;
  readonly #budget: Required<Budget>;

  constructor(root: CID, source: BlockSource, budget: Budget) {
    this.#root = root;
    this.#source = source;
    this.#budget = { maxBlocks: DEFAULT_MAX_BLOCKS, maxDepth: DEFAULT_MAX_DEPTH, ...budget };
  }

  async read(): Promise<Uint8Array> {
    const block = await this.#source.load(this.#root);
    const size = this.#root.code === RAW ? BigInt(block.length) : describe(this.#root, block).size;
    if (size > BigInt(this.#budget.maxBytes)) throw this.#exceeded('bytes', Number(size), this.#budget.maxBytes);
    if (this.#root.code === RAW) return block;
    this.#bytes = allocate(this.#root, Number(size));
    await this.#fill(this.#leaves(this.#root, block, size, 0));
    return this.#bytes;
  }

  async #fill(leaves: AsyncGenerator<Leaf>): Promise<void> {
    const work = async (): Promise<void> => {
      for (let next = await leaves.next(); next.done !== true; next = await leaves.next())
        await this.#place(next.value);
    };
    const workers = Array.from({ length: PARALLEL_LEAVES }, work);
    try {
      await Promise.all(workers);
    } finally {
      await leaves.return(undefined);
      await Promise.allSettled(workers);
    }
  }

  async #place({ cid, at, size }: Leaf): Promise<void> {
    if (await this.#source.loadInto(cid, this.#bytes.subarray(at, at + size))) return;
    throw contradiction(cid, BigInt((await this.#source.load(cid)).length), BigInt(size));
  }

  /** The raw leaves in the order of the file; data inside inner nodes is copied on the way. */
  async *#leaves(cid: CID, block: Uint8Array, expected: bigint, depth: number): AsyncGenerator<Leaf> {
    if (depth > this.#budget.maxDepth) throw this.#exceeded('depth', depth, this.#budget.maxDepth);
    this.#countBlock();
    const { node, file, size } = describe(cid, block);
    if (size !== expected) throw contradiction(cid, size, expected);
    if (file.data !== undefined) this.#bytes.set(file.data, this.#take(file.data.length));
    for (const [i, { Hash }] of node.Links.entries()) {
      const share = file.blockSizes[i]!;
      if (Hash.code !== RAW) {
        yield* this.#leaves(Hash, await this.#source.load(Hash), share, depth + 1);
        continue;
      }
      this.#countBlock();
      if (depth >= this.#budget.maxDepth) throw this.#exceeded('depth', depth + 1, this.#budget.maxDepth);
      yield { cid: Hash, at: this.#take(Number(share)), size: Number(share) };
    }
  }

  #countBlock(): void {
    if (++this.#blocks > this.#budget.maxBlocks) throw this.#exceeded('blocks', this.#blocks, this.#budget.maxBlocks);
  }

  /** The sizes below a node add up to its own, so this never runs past the end. */
  #take(size: number): number {
    const at = this.#at;
    this.#at += size;
    return at;
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
