import { RpcError } from '../errors.ts';
import type { ChainReader } from '../executor.ts';
import type { ChainRead } from '../host/context.ts';
import { checkBlock, checkHeader, checkHex, checkLogs, checkNumbered, checkQuantity, checkReceipt } from './check.ts';
import { RpcRefused } from './endpoint.ts';
import type { RpcPool } from './pool.ts';
import type { Block, Header, Log, Receipt } from './types.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;
/** What clients say when the contract, not the node, ended the call. */
const REVERTED =
  /revert|invalid opcode|out of gas|stack (under|over)flow|bad (jump|instruction)|invalid jump|vm execution error|evm error/i;

/** Contracts and events to ask for; undefined addresses: every contract. */
export interface LogFilter {
  readonly addresses: readonly string[] | undefined;
  readonly topics: readonly string[];
}

/** What the index asks of its chain. Every answer is checked. */
export class Chain implements ChainReader {
  readonly #pool: RpcPool;
  readonly #signal: AbortSignal;

  constructor(pool: RpcPool, signal: AbortSignal) {
    this.#pool = pool;
    this.#signal = signal;
  }

  /** The last answers, each one possible, cannot all be true. */
  distrust(): void {
    this.#pool.distrust();
  }

  head(): Promise<Header> {
    return this.#pool.call('eth_getBlockByNumber', ['latest', false], checkHeader, this.#signal);
  }

  chainId(): Promise<number> {
    return this.#pool.call('eth_chainId', [], (result) => Number(checkQuantity(result)), this.#signal);
  }

  /** Null where the chain is not that long. */
  headers(numbers: readonly number[]): Promise<(Header | null)[]> {
    if (numbers.length === 0) return Promise.resolve([]);
    return this.#pool.batch(
      numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [hex(number), false] })),
      (results) => results.map((result, i) => checkNumbered(result, numbers[i]!)),
      this.#signal,
    );
  }

  async header(number: number): Promise<Header | null> {
    return (await this.headers([number]))[0]!;
  }

  /** With transactions. */
  blocks(hashes: readonly string[]): Promise<Block[]> {
    if (hashes.length === 0) return Promise.resolve([]);
    return this.#pool.batch(
      hashes.map((hash) => ({ method: 'eth_getBlockByHash', params: [hash, true] })),
      (results) => results.map((result, i) => checkBlock(result, hashes[i]!)),
      this.#signal,
    );
  }

  /** @throws RpcRefused when the range holds too much for the endpoint */
  logsIn(from: number, to: number, filter: LogFilter): Promise<Log[]> {
    return this.#logs({ fromBlock: hex(from), toBlock: hex(to) }, from, to, filter);
  }

  logsAt(block: Header, filter: LogFilter): Promise<Log[]> {
    return this.#logs({ blockHash: block.hash }, block.number, block.number, filter);
  }

  #logs(
    range: Readonly<Record<string, string>>,
    from: number,
    to: number,
    { addresses, topics }: LogFilter,
  ): Promise<Log[]> {
    const wanted = addresses === undefined ? undefined : new Set(addresses);
    const query = {
      ...range,
      ...(addresses && { address: addresses }),
      ...(topics.length > 0 && { topics: [topics] }),
    };
    return this.#pool.call(
      'eth_getLogs',
      [query],
      (result) => checkLogs(result, from, to).filter((log) => wanted === undefined || wanted.has(log.address)),
      this.#signal,
    );
  }

  logs(block: Block, addresses: readonly string[]): Promise<readonly Log[]> {
    return this.logsAt(block, { addresses, topics: [] });
  }

  receipt(hash: string, block: Block): Promise<Receipt> {
    return this.#pool.call(
      'eth_getTransactionReceipt',
      [hash],
      (result) => checkReceipt(result, hash, block.hash),
      this.#signal,
    );
  }

  async read(request: ChainRead, block: Block): Promise<string | null> {
    const at = { blockHash: block.hash };
    if (request.kind === 'balance')
      return this.#pool.call('eth_getBalance', [request.address, at], checkQuantity, this.#signal);
    if (request.kind === 'code') return this.#pool.call('eth_getCode', [request.address, at], checkHex, this.#signal);
    try {
      const call = { to: request.to, data: request.data };
      return await this.#pool.call('eth_call', [call, at], checkHex, this.#signal);
    } catch (error) {
      if (error instanceof RpcRefused && (error.rpcCode === 3 || REVERTED.test(error.message))) return null;
      throw error instanceof RpcError ? error : new RpcError(`eth_call failed`, error);
    }
  }
}
