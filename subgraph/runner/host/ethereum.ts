import { decodeAbi } from '../abi/decode.ts';
import { encodeAbi } from '../abi/encode.ts';
import { keccakHex } from '../abi/keccak.ts';
import { parseType, splitTypes } from '../abi/type.ts';
import { DeterministicError, ManifestError } from '../errors.ts';
import { newEthereumValue, newValues, readEthereumValue } from '../wasm/ethereumValue.ts';
import type { HostContext, HostNamespace } from './context.ts';

/** `balanceOf(address):(uint256)`, as graph-cli writes it into generated classes. */
function parseSignature(signature: string) {
  const at = signature.lastIndexOf('):(');
  const open = signature.indexOf('(');
  if (at === -1 || open === -1) throw new DeterministicError(`${signature.slice(0, 200)} is not a function signature`);
  const inputs = splitTypes(signature.slice(open + 1, at)).map((type) => parseType(type));
  const outputs = splitTypes(signature.slice(at + 3, -1)).map((type) => parseType(type));
  return { canonical: signature.slice(0, at + 1), inputs, outputs };
}

/** Null to the mapping when the call reverts or its answer is not an encoding of the declared outputs. */
function call(context: HostContext, pointer: number): number {
  const { heap } = context;
  const to = heap.hex(heap.u32(pointer + 4));
  const { canonical, inputs, outputs } = parseSignature(heap.string(heap.u32(pointer + 12)));
  const values = heap.pointers(heap.u32(pointer + 16)).map((item) => readEthereumValue(heap, item).value);
  const selector = keccakHex(Buffer.from(canonical)).slice(0, 10);
  const answer = context.read({ kind: 'call', to, data: selector + encodeAbi(inputs, values).toString('hex') });
  if (answer === null || (answer === '0x' && outputs.length > 0)) return 0;
  const decoded = decodeAbi(outputs, Buffer.from(answer.slice(2), 'hex'));
  return newValues(
    heap,
    outputs.map((type, i) => [type, decoded[i]!]),
  );
}

/** Null to the mapping instead of an error, as graph-node does. */
function orNull(body: () => number): number {
  try {
    return body();
  } catch (error) {
    if (error instanceof DeterministicError) throw error;
    if (error instanceof ManifestError || (error as Error).name === 'AbiMalformed') return 0;
    throw error;
  }
}

/** `ethereum.*`: reads of the chain are at the block at hand. */
export const ethereumHost: HostNamespace = (context) => ({
  'ethereum.call': (pointer: number) => orNull(() => call(context, pointer)),
  'ethereum.getBalance': (address: number) =>
    context.heap.newBigInt(BigInt(context.read({ kind: 'balance', address: context.heap.hex(address) }) ?? '0x0')),
  'ethereum.hasCode': (address: number) => {
    const code = context.read({ kind: 'code', address: context.heap.hex(address) }) ?? '0x';
    return context.heap.newObject('WrappedBool', [code === '0x' ? 0 : 1]);
  },
  'ethereum.encode': (value: number) => {
    const token = readEthereumValue(context.heap, value);
    return context.heap.newBytes(encodeAbi([token.type], [token.value]));
  },
  'ethereum.decode': (types: number, data: number) =>
    orNull(() => {
      const type = parseType(context.heap.string(types));
      const [value] = decodeAbi([type], Buffer.from(context.heap.bytes(data)));
      return newEthereumValue(context.heap, type, value!);
    }),
});
