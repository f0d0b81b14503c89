import { keccakHex } from '../abi/keccak.ts';
import type { HostNamespace } from './context.ts';

/** `crypto.*`. */
export const cryptoHost: HostNamespace = (context) => ({
  'crypto.keccak256': (input: number) => context.heap.newHex(keccakHex(context.heap.bytes(input))),
});
