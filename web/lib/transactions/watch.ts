import { type Address, type Hex, sameAddress } from '../../../node/core/codec/hex.ts';
import { rpcRequest } from '../rpc.ts';
import { MAX_INPUT_CHARS, type TrackedTransaction } from './tracked.ts';

interface RpcTransaction {
  readonly hash: Hex;
  readonly from: Address;
  readonly to: Address | null;
  readonly nonce: Hex;
  readonly input: Hex;
  readonly value: Hex;
}
interface RpcReceipt {
  readonly status: Hex;
  readonly blockNumber: Hex;
}

/** Blocks that are searched for a replacement in one look. */
const SEARCH_BLOCKS = 64;
/** Looks in a row that find nothing of a transaction before it counts as dropped. */
const MISSES = 8;

export type Rpc = <T>(method: string, params: readonly unknown[]) => Promise<T>;
export const rpcOf =
  (rpcUrls: readonly string[]): Rpc =>
  (method, params) =>
    rpcRequest(rpcUrls, method, params);

/** Follows transactions from outside the wallet: what the chain says counts, whatever the wallet thinks of it. */
export class Watcher {
  readonly #rpc: Rpc;
  readonly #reasonOf: (tx: TrackedTransaction, blockNumber: number) => Promise<TrackedTransaction['problem']>;
  /** Looks without a trace, and the block up to which replacements were searched, by id. */
  readonly #misses = new Map<Hex, number>();
  readonly #searched = new Map<Hex, number>();

  constructor(
    rpc: Rpc,
    reasonOf: (tx: TrackedTransaction, blockNumber: number) => Promise<TrackedTransaction['problem']>,
  ) {
    this.#rpc = rpc;
    this.#reasonOf = reasonOf;
  }

  /** The transaction as it is now; the same object when nothing changed. */
  async look(tx: TrackedTransaction): Promise<TrackedTransaction> {
    const receipt = await this.#rpc<RpcReceipt | null>('eth_getTransactionReceipt', [tx.hash]);
    if (receipt !== null) return this.#mined(tx, receipt);
    const [known, count] = await Promise.all([
      this.#rpc<RpcTransaction | null>('eth_getTransactionByHash', [tx.hash]),
      this.#rpc<Hex>('eth_getTransactionCount', [tx.from, 'latest']),
    ]);
    if (Number(count) > tx.nonce) return this.#usedUp(tx);
    if (known !== null) {
      this.#misses.delete(tx.id);
      return tx;
    }
    const misses = (this.#misses.get(tx.id) ?? 0) + 1;
    this.#misses.set(tx.id, misses);
    return misses < MISSES ? tx : { ...tx, status: 'dropped' };
  }

  async #mined(tx: TrackedTransaction, receipt: RpcReceipt): Promise<TrackedTransaction> {
    const blockNumber = Number(receipt.blockNumber);
    if (BigInt(receipt.status) === 1n) return { ...tx, status: 'confirmed', blockNumber };
    const problem = await this.#reasonOf(tx, blockNumber);
    return { ...tx, status: 'reverted', blockNumber, ...(problem === undefined ? {} : { problem }) };
  }

  /** The nonce was used by a transaction that we do not watch: finds it in the blocks since ours was sent. */
  async #usedUp(tx: TrackedTransaction): Promise<TrackedTransaction> {
    const latest = Number(await this.#rpc<Hex>('eth_blockNumber', []));
    const from = this.#searched.get(tx.id) ?? tx.sentAtBlock;
    const until = Math.min(latest, from + SEARCH_BLOCKS);
    for (let number = from; number <= until; number++) {
      const block = await this.#rpc<{ transactions: readonly RpcTransaction[] } | null>('eth_getBlockByNumber', [
        `0x${number.toString(16)}`,
        true,
      ]);
      const other = block?.transactions.find(
        ({ from: sender, nonce }) => sameAddress(sender, tx.from) && Number(nonce) === tx.nonce,
      );
      if (other !== undefined) return this.#replaced(tx, other, number);
    }
    this.#searched.set(tx.id, until);
    return until === latest && latest - tx.sentAtBlock > 4 * SEARCH_BLOCKS ? { ...tx, status: 'replaced' } : tx;
  }

  #replaced(tx: TrackedTransaction, other: RpcTransaction, blockNumber: number): Promise<TrackedTransaction> {
    if (other.hash === tx.hash) return this.look(tx);
    const sameCall =
      other.to !== null &&
      sameAddress(other.to, tx.to) &&
      other.input.slice(0, MAX_INPUT_CHARS).toLowerCase() === tx.input;
    if (sameCall) return this.look({ ...tx, hash: other.hash, isSpedUp: true });
    const isEmpty = other.to !== null && sameAddress(other.to, tx.from) && other.input === '0x';
    return Promise.resolve({ ...tx, hash: other.hash, blockNumber, status: isEmpty ? 'cancelled' : 'replaced' });
  }
}
