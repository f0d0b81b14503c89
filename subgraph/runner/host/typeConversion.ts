import { DeterministicError } from '../errors.ts';
import { base58 } from '../number/base58.ts';
import type { HostNamespace } from './context.ts';

function bigIntToHex(value: bigint): string {
  return `0x${(value < 0n ? -value : value).toString(16)}`;
}

function parseAddress(text: string): string {
  const hex = text.replace(/^0x/, '');
  if (!/^[0-9a-fA-F]{40}$/.test(hex))
    throw new DeterministicError(`${JSON.stringify(text.slice(0, 80))} is not an address`);
  return `0x${hex.toLowerCase()}`;
}

/** `typeConversion.*`. */
export const typeConversionHost: HostNamespace = (context) => ({
  // Solidity pads short strings with zeros.
  'typeConversion.bytesToString': (bytes: number) =>
    context.heap.newString(Buffer.from(context.heap.bytes(bytes)).toString('utf8').replace(/\0+$/, '')),
  'typeConversion.bytesToHex': (bytes: number) => context.heap.newString(context.heap.hex(bytes)),
  'typeConversion.bigIntToString': (value: number) => context.heap.newString(context.heap.bigInt(value).toString()),
  'typeConversion.bigIntToHex': (value: number) => context.heap.newString(bigIntToHex(context.heap.bigInt(value))),
  'typeConversion.stringToH160': (text: number) => context.heap.newHex(parseAddress(context.heap.string(text))),
  'typeConversion.bytesToBase58': (bytes: number) => context.heap.newString(base58(context.heap.bytes(bytes))),
});
