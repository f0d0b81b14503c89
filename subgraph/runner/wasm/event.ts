import type { AbiEvent } from '../abi/event.ts';
import { topicType } from '../abi/event.ts';
import type { AbiValue } from '../abi/type.ts';
import type { Block, Log, Receipt, Transaction } from '../chain/types.ts';
import { newEthereumValue } from './ethereumValue.ts';
import type { AscHeap } from './heap.ts';

export interface Trigger {
  readonly block: Block;
  readonly transaction: Transaction;
  readonly log: Log;
  readonly event: AbiEvent;
  readonly values: readonly AbiValue[];
  /** When the handler declares `receipt: true`. */
  readonly receipt?: Receipt;
}

const ZERO_ADDRESS = `0x${'00'.repeat(20)}`;
const ZERO_HASH = `0x${'00'.repeat(32)}`;

/** `ethereum.Event` of graph-ts; every field in its order of declaration. */
export function newEvent(heap: AscHeap, trigger: Trigger): number {
  const { log, event, values, receipt } = trigger;
  const parameters = event.inputs.map((input, i) => {
    const type = input.indexed ? topicType(input.type) : input.type;
    return heap.newObject('EventParam', [heap.constant(input.name), newEthereumValue(heap, type, values[i]!)]);
  });
  return heap.newObject('EthereumEvent', [
    heap.newHex(log.address),
    heap.newBigInt(BigInt(log.logIndex)),
    heap.newBigInt(BigInt(log.logIndex)),
    0,
    newBlock(heap, trigger.block),
    newTransaction(heap, trigger.transaction),
    heap.newArray('ArrayEventParam', parameters),
    receipt === undefined ? 0 : newReceipt(heap, receipt),
  ]);
}

export function newBlock(heap: AscHeap, block: Block): number {
  return heap.newObject('EthereumBlock', [
    heap.newHex(block.hash),
    heap.newHex(block.parentHash),
    heap.newHex(block.unclesHash),
    heap.newHex(block.author),
    heap.newHex(block.stateRoot),
    heap.newHex(block.transactionsRoot),
    heap.newHex(block.receiptsRoot),
    heap.newBigInt(BigInt(block.number)),
    heap.newBigInt(block.gasUsed),
    heap.newBigInt(block.gasLimit),
    heap.newBigInt(BigInt(block.timestamp)),
    heap.newBigInt(block.difficulty),
    heap.newBigInt(block.totalDifficulty),
    block.size === null ? 0 : heap.newBigInt(block.size),
    block.baseFeePerGas === null ? 0 : heap.newBigInt(block.baseFeePerGas),
  ]);
}

function newTransaction(heap: AscHeap, transaction: Transaction): number {
  return heap.newObject('EthereumTransaction', [
    heap.newHex(transaction.hash),
    heap.newBigInt(BigInt(transaction.index)),
    heap.newHex(transaction.from),
    transaction.to === null ? 0 : heap.newHex(transaction.to),
    heap.newBigInt(transaction.value),
    heap.newBigInt(transaction.gasLimit),
    heap.newBigInt(transaction.gasPrice),
    heap.newHex(transaction.input),
    heap.newBigInt(transaction.nonce),
  ]);
}

function newReceipt(heap: AscHeap, receipt: Receipt): number {
  return heap.newObject('TransactionReceipt', [
    heap.newHex(receipt.transactionHash),
    heap.newBigInt(BigInt(receipt.transactionIndex)),
    heap.newHex(receipt.blockHash),
    heap.newBigInt(BigInt(receipt.blockNumber)),
    heap.newBigInt(receipt.cumulativeGasUsed),
    heap.newBigInt(receipt.gasUsed),
    heap.newHex(receipt.contractAddress ?? ZERO_ADDRESS),
    heap.newArray(
      'ArrayLog',
      receipt.logs.map((log) => newLog(heap, log)),
    ),
    heap.newBigInt(receipt.status),
    heap.newHex(ZERO_HASH),
    heap.newHex(receipt.logsBloom),
  ]);
}

function newLog(heap: AscHeap, log: Log): number {
  return heap.newObject('Log', [
    heap.newHex(log.address),
    heap.newArray(
      'ArrayBuffer',
      log.topics.map((topic) => heap.newHex(topic)),
    ),
    heap.newHex(log.data),
    heap.newHex(log.blockHash),
    heap.newHex(`0x${log.blockNumber.toString(16).padStart(64, '0')}`),
    heap.newHex(log.transactionHash),
    heap.newBigInt(BigInt(log.transactionIndex)),
    heap.newBigInt(BigInt(log.logIndex)),
    heap.newBigInt(BigInt(log.logIndex)),
    heap.newString('mined'),
    0,
  ]);
}
