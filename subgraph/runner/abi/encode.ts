import { DeterministicError } from '../errors.ts';
import { type AbiType, type AbiValue, headSize, isDynamic } from './type.ts';

function word(value: bigint): Buffer {
  if (value >= 1n << 256n || value < -(1n << 255n)) throw new DeterministicError('the integer does not fit 256 bits');
  return Buffer.from(BigInt.asUintN(256, value).toString(16).padStart(64, '0'), 'hex');
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
const hexBytes = (hex: string): Buffer => Buffer.from(hex.slice(2), 'hex');

function encodeOne(type: AbiType, value: AbiValue): Buffer {
  switch (type.kind) {
    case 'address':
      return word(BigInt(value as string));
    case 'bool':
      return word(value === true ? 1n : 0n);
    case 'int':
    case 'uint':
      return word(value as bigint);
    case 'fixedBytes':
      return padded(hexBytes(value as string));
    case 'bytes':
    case 'string': {
      const bytes = type.kind === 'bytes' ? hexBytes(value as string) : Buffer.from(value as string, 'utf8');
      return Buffer.concat([word(BigInt(bytes.length)), padded(bytes)]);
    }
    case 'tuple':
      return encodeAbi(type.items, value as readonly AbiValue[]);
    case 'fixedArray':
      return encodeItems(type.item, value as readonly AbiValue[]);
    case 'array': {
      const items = value as readonly AbiValue[];
      return Buffer.concat([word(BigInt(items.length)), encodeItems(type.item, items)]);
    }
  }
}

const encodeItems = (item: AbiType, values: readonly AbiValue[]): Buffer =>
  encodeAbi(
    values.map(() => item),
    values,
  );

/** Heads, then tails. The number of values must be that of types. */
export function encodeAbi(types: readonly AbiType[], values: readonly AbiValue[]): Buffer {
  if (types.length !== values.length)
    throw new DeterministicError(`${types.length} values to encode, ${values.length} given`);
  let offset = types.reduce((sum, type) => sum + headSize(type), 0);
  const heads: Buffer[] = [];
  const tails: Buffer[] = [];
  for (const [i, type] of types.entries()) {
    const bytes = encodeOne(type, values[i]!);
    if (isDynamic(type)) {
      heads.push(word(BigInt(offset)));
      offset += bytes.length;
      tails.push(bytes);
    } else heads.push(bytes);
  }
  return Buffer.concat([...heads, ...tails]);
}
