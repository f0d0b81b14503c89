import type { AbiType, AbiValue } from '../abi/type.ts';
import { DeterministicError } from '../errors.ts';
import type { AscHeap } from './heap.ts';

/** `ethereum.ValueKind` of graph-ts (chain/ethereum.ts). */
const KIND = {
  address: 0,
  fixedBytes: 1,
  bytes: 2,
  int: 3,
  uint: 4,
  bool: 5,
  string: 6,
  fixedArray: 7,
  array: 8,
  tuple: 9,
};
const MAX_DEPTH = 16;

export function newEthereumValue(heap: AscHeap, type: AbiType, value: AbiValue): number {
  return heap.newTagged('EthereumValue', KIND[type.kind], newPayload(heap, type, value));
}

function newPayload(heap: AscHeap, type: AbiType, value: AbiValue): number {
  switch (type.kind) {
    case 'address':
    case 'fixedBytes':
    case 'bytes':
      return heap.newHex(value as string);
    case 'int':
    case 'uint':
      return heap.newBigInt(value as bigint);
    case 'bool':
      return value === true ? 1 : 0;
    case 'string':
      return heap.newString(value as string);
    case 'array':
    case 'fixedArray':
      return newValues(
        heap,
        (value as readonly AbiValue[]).map((item) => [type.item, item]),
      );
    case 'tuple':
      return newValues(
        heap,
        (value as readonly AbiValue[]).map((item, i) => [type.items[i]!, item]),
      );
  }
}

export const newValues = (heap: AscHeap, values: readonly (readonly [AbiType, AbiValue])[]): number =>
  heap.newArray(
    'ArrayEthereumValue',
    values.map(([type, value]) => newEthereumValue(heap, type, value)),
  );

/** A value with the type that its tags imply: what ethabi calls a token. */
export interface Token {
  readonly type: AbiType;
  readonly value: AbiValue;
}

export function readEthereumValue(heap: AscHeap, pointer: number, depth = 0): Token {
  if (depth > MAX_DEPTH) throw new DeterministicError('the mapping made a value nested too deeply');
  const data = heap.u32(pointer + 8);
  const kind = heap.i32(pointer);
  const items = (): Token[] => heap.pointers(data).map((item) => readEthereumValue(heap, item, depth + 1));
  switch (kind) {
    case KIND.address:
      return { type: { kind: 'address' }, value: heap.hex(data) };
    case KIND.fixedBytes: {
      const value = heap.hex(data);
      return { type: { kind: 'fixedBytes', size: (value.length - 2) / 2 }, value };
    }
    case KIND.bytes:
      return { type: { kind: 'bytes' }, value: heap.hex(data) };
    case KIND.int:
      return { type: { kind: 'int', bits: 256 }, value: heap.bigInt(data) };
    case KIND.uint:
      return { type: { kind: 'uint', bits: 256 }, value: heap.bigInt(data) };
    case KIND.bool:
      return { type: { kind: 'bool' }, value: data !== 0 };
    case KIND.string:
      return { type: { kind: 'string' }, value: heap.string(data) };
    case KIND.fixedArray:
    case KIND.array: {
      const tokens = items();
      const item = tokens[0]?.type ?? { kind: 'bytes' };
      const value = tokens.map((token) => token.value);
      return kind === KIND.array
        ? { type: { kind: 'array', item }, value }
        : { type: { kind: 'fixedArray', item, length: value.length }, value };
    }
    case KIND.tuple: {
      const tokens = items();
      return {
        type: { kind: 'tuple', items: tokens.map((token) => token.type) },
        value: tokens.map((token) => token.value),
      };
    }
    default:
      throw new DeterministicError(`the mapping made an Ethereum value of unknown kind ${kind}`);
  }
}
