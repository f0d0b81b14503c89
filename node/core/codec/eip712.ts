import { utf8ToBytes } from '@noble/hashes/utils.js';
import { invariant } from '../errors.ts';
import { concatBytes, intBytes, uintBytes } from './bytes.ts';
import { type Address, fromHex, type Hex } from './hex.ts';
import { keccak256 } from './keccak256.ts';

/** EIP-712 domain of one of our contracts; `name` and `version` are what its `eip712Domain()` (ERC-5267) returns. */
export interface TypedDomain {
  readonly name: string;
  readonly version: string;
  readonly chainId: bigint;
  readonly verifyingContract: Address;
}

/** Atomic member types of EIP-712 (no arrays, no nested structs: no message of this project needs them). */
export type TypedKind = 'address' | 'bool' | 'string' | 'bytes' | `bytes${number}` | `uint${number}` | `int${number}`;
export interface TypedField {
  readonly name: string;
  readonly type: TypedKind;
}
export interface TypedStruct {
  readonly name: string;
  readonly fields: readonly TypedField[];
}
export type TypedValue = Hex | string | bigint | boolean;
export type TypedMessage = Readonly<Record<string, TypedValue>>;

/** A message with all that its digest depends on: what a signer in another process needs to see. */
export interface TypedData {
  readonly domain: TypedDomain;
  readonly struct: TypedStruct;
  readonly message: TypedMessage;
}

/** The type of every domain here. */
export const DOMAIN: TypedStruct = {
  name: 'EIP712Domain',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'version', type: 'string' },
    { name: 'chainId', type: 'uint256' },
    { name: 'verifyingContract', type: 'address' },
  ],
};

/** `encodeType` of EIP-712, e.g. `Mail(address to,string contents)`. */
export const encodeType = (struct: TypedStruct): string =>
  `${struct.name}(${struct.fields.map((field) => `${field.type} ${field.name}`).join(',')})`;

export const typeHash = (struct: TypedStruct): Uint8Array => keccak256(utf8ToBytes(encodeType(struct)));

/**
 * `hashStruct` of EIP-712. Values are ours, already checked: one that does not fit its type is a bug.
 * @throws {InvariantBroken} {@link HexMalformed}
 */
export function hashStruct(struct: TypedStruct, message: TypedMessage): Uint8Array {
  return hashWords(struct, typeHash(struct), message);
}

const hashWords = (struct: TypedStruct, type: Uint8Array, message: TypedMessage): Uint8Array =>
  keccak256(concatBytes(type, ...encodeWords(struct, message)));

/** `encodeData` of EIP-712, one 32-byte word per member; for static members it is also their `abi.encode`. */
export function encodeWords(struct: TypedStruct, message: TypedMessage): Uint8Array[] {
  return struct.fields.map((field) => {
    const value = message[field.name];
    invariant(value !== undefined, `${struct.name}.${field.name} is given`);
    return encodeWord(field.type, value);
  });
}

export const domainSeparator = (domain: TypedDomain): Uint8Array =>
  hashStruct(DOMAIN, {
    name: domain.name,
    version: domain.version,
    chainId: domain.chainId,
    verifyingContract: domain.verifyingContract,
  });

/** The 32 bytes that are signed: `keccak256(0x1901 || domainSeparator || hashStruct(message))` (EIP-712). */
export const typedDataDigest = (domain: TypedDomain, struct: TypedStruct, message: TypedMessage): Uint8Array =>
  typedDataHasher(domain, struct)(message);

/** {@link typedDataDigest} for many messages: what depends on the domain and the type alone is hashed once. */
export function typedDataHasher(domain: TypedDomain, struct: TypedStruct): (message: TypedMessage) => Uint8Array {
  const prefix = concatBytes(Uint8Array.of(0x19, 0x01), domainSeparator(domain));
  const type = typeHash(struct);
  return (message) => keccak256(concatBytes(prefix, hashWords(struct, type, message)));
}

function encodeWord(type: TypedKind, value: TypedValue): Uint8Array {
  if (type === 'string') return keccak256(utf8ToBytes(text(value)));
  if (type === 'bytes') return keccak256(fromHex(text(value)));
  if (type === 'bool') return uintBytes(value === true ? 1n : 0n, 32);
  if (type === 'address') return concatBytes(new Uint8Array(12), fromHex(text(value), 20));
  const [, family, size] = /^(bytes|uint|int)(\d+)$/.exec(type) ?? [];
  invariant(size !== undefined, `${type} is an atomic EIP-712 type`);
  if (family === 'bytes') return concatBytes(fromHex(text(value), Number(size)), new Uint8Array(32 - Number(size)));
  invariant(typeof value === 'bigint', `a value of ${type} is a bigint`);
  if (family === 'int') {
    invariant(BigInt.asIntN(Number(size), value) === value, `${value} fits ${type}`);
    return intBytes(value, 32);
  }
  invariant(BigInt.asUintN(Number(size), value) === value, `${value} fits ${type}`);
  return uintBytes(value, 32);
}

function text(value: TypedValue): string {
  invariant(typeof value === 'string', 'a value of a string, bytes or address member is a string');
  return value;
}
