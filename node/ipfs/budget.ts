import type { CID } from 'multiformats/cid';
import { invariant } from '../core/errors.ts';
import type { Budget } from '../ports/Store.ts';
import { textOf } from './cid.ts';
import { StoreBudgetExceeded } from './errors.ts';

/** Largest block that is read, stored or accepted: the limit of the public IPFS network. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;
/** Width of the profile unixfs-v1-2025 (IPIP-0499). */
export const MAX_LINKS = 1024;

export const DEFAULT_MAX_BLOCKS = 10_000;
export const DEFAULT_MAX_DEPTH = 32;

/** For DAGs that are already here: they passed a budget on their way in. */
export const LOCAL: Budget = { maxBytes: Number.MAX_SAFE_INTEGER, maxBlocks: 16_777_216, maxDepth: 1024 };

/** Most bytes of a CAR whose DAG fits the budget: twice its blocks, because some gateways repeat them, and framing. */
export const carLimit = (budget: Budget): number =>
  2 * budget.maxBytes + 64 * (budget.maxBlocks ?? DEFAULT_MAX_BLOCKS) + MAX_BLOCK_BYTES;

/** Counts what one walk has met. Every distinct CID counts once, however often it is linked. */
export class Tally {
  #bytes = 0;
  readonly #depths = new Map<string, number>();
  readonly #root: string;
  readonly #maxBytes: number;
  readonly #maxBlocks: number;
  readonly #maxDepth: number;

  constructor(root: CID, budget: Budget) {
    this.#root = textOf(root);
    this.#maxBytes = bound(budget.maxBytes);
    this.#maxBlocks = bound(budget.maxBlocks ?? DEFAULT_MAX_BLOCKS);
    this.#maxDepth = bound(budget.maxDepth ?? DEFAULT_MAX_DEPTH);
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(cid: CID): boolean {
    return this.#depths.has(textOf(cid));
  }

  /** Call before looking for the block. @throws {StoreBudgetExceeded} */
  enter(cid: CID, depth: number): void {
    if (depth > this.#maxDepth) throw new StoreBudgetExceeded(this.#root, 'depth', depth, this.#maxDepth);
    this.#depths.set(textOf(cid), depth);
    if (this.#depths.size > this.#maxBlocks)
      throw new StoreBudgetExceeded(this.#root, 'blocks', this.#depths.size, this.#maxBlocks);
  }

  /** Call when the block is in memory, before it is kept. @throws {StoreBudgetExceeded} */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) throw new StoreBudgetExceeded(this.#root, 'bytes', this.#bytes, this.#maxBytes);
  }

  /** Undoes `enter` for a block that was looked for and not found. */
  leave(cid: CID): void {
    this.#depths.delete(textOf(cid));
  }
}

/** A bound that is not a number would never be reached. */
function bound(value: number): number {
  invariant(Number.isSafeInteger(value) && value >= 0, `a budget is a whole number of at least 0, not ${value}`);
  return value;
}
