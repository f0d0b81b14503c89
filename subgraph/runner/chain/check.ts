import { RpcError } from '../errors.ts';
import type { Block, Header, Log, Receipt, Transaction } from './types.ts';

/*
 * An endpoint may lie, lag or break: everything it says is checked for shape, size and consistency with what was asked
 * before the index believes it.
 */
type Json = Readonly<Record<string, unknown>>;

const MAX_DATA = 2 * 16 * 2 ** 20;

function objectOf(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(`${what} is not an object`);
  return value as Json;
}

function hexOf(json: Json, field: string, bytes?: number): string {
  const value = json[field];
  const fits =
    typeof value === 'string' &&
    value.length <= MAX_DATA &&
    (bytes === undefined ? value.length % 2 === 0 : value.length === 2 + 2 * bytes) &&
    /^0x[0-9a-fA-F]*$/.test(value);
  if (!fits) throw new RpcError(`${field} is not ${bytes === undefined ? 'hex' : `${bytes} bytes of hex`}`);
  return value.toLowerCase();
}

function bigOf(json: Json, field: string, fallback?: bigint): bigint {
  const value = json[field];
  if ((value === undefined || value === null) && fallback !== undefined) return fallback;
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw new RpcError(`${field} is not a quantity`);
  return BigInt(value);
}

function numberOf(json: Json, field: string): number {
  const value = bigOf(json, field);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RpcError(`${field} is absurdly large`);
  return Number(value);
}

const ZERO_HASH = `0x${'00'.repeat(32)}`;
const ZERO_ADDRESS = `0x${'00'.repeat(20)}`;
const optionalHash = (json: Json, field: string): string =>
  json[field] === undefined || json[field] === null ? ZERO_HASH : hexOf(json, field, 32);

export function checkHeader(value: unknown): Header {
  const json = objectOf(value, 'the block');
  return {
    number: numberOf(json, 'number'),
    hash: hexOf(json, 'hash', 32),
    parentHash: hexOf(json, 'parentHash', 32),
    timestamp: numberOf(json, 'timestamp'),
    logsBloom: hexOf(json, 'logsBloom', 256),
    unclesHash: optionalHash(json, 'sha3Uncles'),
    author: json['miner'] === undefined || json['miner'] === null ? ZERO_ADDRESS : hexOf(json, 'miner', 20),
    stateRoot: optionalHash(json, 'stateRoot'),
    transactionsRoot: optionalHash(json, 'transactionsRoot'),
    receiptsRoot: optionalHash(json, 'receiptsRoot'),
    gasUsed: bigOf(json, 'gasUsed'),
    gasLimit: bigOf(json, 'gasLimit'),
    difficulty: bigOf(json, 'difficulty', 0n),
    totalDifficulty: bigOf(json, 'totalDifficulty', 0n),
    size: json['size'] === undefined || json['size'] === null ? null : bigOf(json, 'size'),
    baseFeePerGas:
      json['baseFeePerGas'] === undefined || json['baseFeePerGas'] === null ? null : bigOf(json, 'baseFeePerGas'),
  };
}

/** The block with this number; null when the chain is not that long. */
export function checkNumbered(value: unknown, number: number): Header | null {
  if (value === null) return null;
  const header = checkHeader(value);
  if (header.number !== number) throw new RpcError(`block ${header.number} came for block ${number}`);
  return header;
}

export function checkBlock(value: unknown, hash: string): Block {
  if (value === null) throw new RpcError(`block ${hash} is gone`);
  const header = checkHeader(value);
  if (header.hash !== hash) throw new RpcError(`block ${header.hash} came for block ${hash}`);
  const list = objectOf(value, 'the block')['transactions'];
  if (!Array.isArray(list)) throw new RpcError('transactions is not a list');
  const transactions = list.map((item) => checkTransaction(objectOf(item, 'a transaction')));
  return { ...header, transactions: new Map(transactions.map((one) => [one.hash, one])) };
}

function checkTransaction(json: Json): Transaction {
  return {
    hash: hexOf(json, 'hash', 32),
    index: numberOf(json, 'transactionIndex'),
    from: hexOf(json, 'from', 20),
    to: json['to'] === null || json['to'] === undefined ? null : hexOf(json, 'to', 20),
    value: bigOf(json, 'value'),
    gasLimit: bigOf(json, 'gas'),
    gasPrice: bigOf(json, 'gasPrice', 0n),
    input: hexOf(json, 'input'),
    nonce: bigOf(json, 'nonce'),
  };
}

function checkLog(value: unknown): Log {
  const json = objectOf(value, 'a log');
  const topics = json['topics'];
  if (!Array.isArray(topics) || topics.length > 4) throw new RpcError('topics is not a list of at most four');
  if (json['removed'] === true) throw new RpcError('a removed log came');
  return {
    address: hexOf(json, 'address', 20),
    topics: topics.map((topic) => hexOf({ topic }, 'topic', 32)),
    data: hexOf(json, 'data'),
    blockNumber: numberOf(json, 'blockNumber'),
    blockHash: hexOf(json, 'blockHash', 32),
    transactionHash: hexOf(json, 'transactionHash', 32),
    transactionIndex: numberOf(json, 'transactionIndex'),
    logIndex: numberOf(json, 'logIndex'),
  };
}

/** Logs of a range, in the order of the chain; one block has one hash, and no log comes twice. */
export function checkLogs(value: unknown, from: number, to: number): Log[] {
  if (!Array.isArray(value)) throw new RpcError('the logs are not a list');
  const logs = value.map(checkLog).sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  for (const [i, log] of logs.entries()) {
    if (log.blockNumber < from || log.blockNumber > to)
      throw new RpcError(`a log of block ${log.blockNumber} came for blocks ${from} to ${to}`);
    const last = logs[i - 1];
    if (last === undefined || last.blockNumber !== log.blockNumber) continue;
    if (last.blockHash !== log.blockHash) throw new RpcError(`block ${log.blockNumber} has logs with two hashes`);
    if (last.logIndex === log.logIndex)
      throw new RpcError(`log ${log.logIndex} of block ${log.blockNumber} came twice`);
  }
  return logs;
}

export function checkReceipt(value: unknown, hash: string, blockHash: string): Receipt {
  const json = objectOf(value, 'the receipt');
  const receipt: Receipt = {
    transactionHash: hexOf(json, 'transactionHash', 32),
    transactionIndex: numberOf(json, 'transactionIndex'),
    blockHash: hexOf(json, 'blockHash', 32),
    blockNumber: numberOf(json, 'blockNumber'),
    cumulativeGasUsed: bigOf(json, 'cumulativeGasUsed'),
    gasUsed: bigOf(json, 'gasUsed'),
    contractAddress: typeof json['contractAddress'] === 'string' ? hexOf(json, 'contractAddress', 20) : null,
    status: bigOf(json, 'status', 1n),
    logsBloom: hexOf(json, 'logsBloom', 256),
    logs: Array.isArray(json['logs']) ? json['logs'].map(checkLog) : [],
  };
  if (receipt.transactionHash !== hash || receipt.blockHash !== blockHash)
    throw new RpcError(`the receipt of ${receipt.transactionHash} came for ${hash}`);
  return receipt;
}

export function checkHex(value: unknown): string {
  return hexOf({ answer: value }, 'answer');
}

export function checkQuantity(value: unknown): string {
  return `0x${bigOf({ answer: value }, 'answer').toString(16)}`;
}
