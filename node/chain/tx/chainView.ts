import type { Address, Digest, Hex } from '../../core/codec/hex.ts';
import type { Rpc } from '../rpc/rpc.ts';

export interface View {
  readonly number: number;
  readonly hash: Digest;
  readonly baseFeePerGas: bigint;
  /** Transactions of the account that are in blocks = its next nonce on chain. */
  readonly nonce: number;
}

export interface Receipt {
  readonly hash: Digest;
  readonly blockNumber: number;
  readonly blockHash: Digest;
  readonly gasUsed: bigint;
  readonly succeeded: boolean;
}

interface RawBlock {
  readonly number: Hex;
  readonly hash: Digest;
  readonly baseFeePerGas?: Hex;
  readonly transactions: readonly { readonly from: Address; readonly nonce: Hex; readonly hash: Digest }[];
}

interface RawReceipt {
  readonly transactionHash: Digest;
  readonly blockNumber: Hex | null;
  readonly blockHash: Digest;
  readonly gasUsed: Hex;
  readonly status: Hex;
}

export const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** What a queue asks the chain about one account. */
export class ChainView {
  readonly #rpc: Rpc;
  readonly #account: Address;

  constructor(rpc: Rpc, account: Address) {
    this.#rpc = rpc;
    this.#account = account;
  }

  /** Head and nonce from one endpoint, so that they fit together. */
  look(): Promise<View> {
    return this.#rpc.pinned(async (request) => {
      // The nonce is read first: then every transaction it counts is in the head that follows, or in an older one.
      const nonce = Number(await request('eth_getTransactionCount', [this.#account, 'latest']));
      const head = (await request('eth_getBlockByNumber', ['latest', false])) as RawBlock;
      const { number, hash, baseFeePerGas = '0x0' } = head;
      return { number: Number(number), hash, baseFeePerGas: BigInt(baseFeePerGas), nonce };
    });
  }

  /** Next nonce with everything in the pool counted. */
  async pendingNonce(): Promise<number> {
    return Number(await this.#rpc.request('eth_getTransactionCount', [this.#account, 'pending']));
  }

  async balance(): Promise<bigint> {
    return BigInt((await this.#rpc.request('eth_getBalance', [this.#account, 'latest'])) as Hex);
  }

  async priorityFee(): Promise<bigint> {
    return BigInt((await this.#rpc.request('eth_maxPriorityFeePerGas')) as Hex);
  }

  async receipt(hash: Digest): Promise<Receipt | undefined> {
    const raw = (await this.#rpc.request('eth_getTransactionReceipt', [hash])) as RawReceipt | null;
    if (raw === null || raw.blockNumber === null) return undefined;
    return {
      hash: raw.transactionHash,
      blockNumber: Number(raw.blockNumber),
      blockHash: raw.blockHash,
      gasUsed: BigInt(raw.gasUsed),
      succeeded: raw.status === '0x1',
    };
  }

  /** True when the endpoint has the transaction, in its pool or in a block. */
  async knows(hash: Digest): Promise<boolean> {
    return (await this.#rpc.request('eth_getTransactionByHash', [hash])) !== null;
  }

  async blockHash(number: number): Promise<Digest | undefined> {
    const block = (await this.#rpc.request('eth_getBlockByNumber', [quantity(number), false])) as RawBlock | null;
    return block?.hash;
  }

  /** The transaction of the account with this nonce in one block. */
  async withNonce(nonce: number, block: number): Promise<Digest | undefined> {
    const raw = (await this.#rpc.request('eth_getBlockByNumber', [quantity(block), true])) as RawBlock | null;
    return raw?.transactions.find(
      (tx) => tx.from.toLowerCase() === this.#account.toLowerCase() && Number(tx.nonce) === nonce,
    )?.hash;
  }
}
