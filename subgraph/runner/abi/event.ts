import { ManifestError } from '../errors.ts';
import { AbiMalformed, decodeAbi } from './decode.ts';
import { keccakHex } from './keccak.ts';
import { type AbiType, type AbiValue, parseType, splitTypes } from './type.ts';

export interface AbiParameter {
  readonly name: string;
  readonly type: string;
  readonly indexed?: boolean;
  readonly components?: readonly AbiParameter[];
}

export interface AbiEntry {
  readonly type: string;
  readonly name?: string;
  readonly inputs?: readonly AbiParameter[];
  readonly anonymous?: boolean;
}

export interface EventInput {
  readonly name: string;
  readonly type: AbiType;
  readonly indexed: boolean;
}

export interface AbiEvent {
  /** As the manifest spells it: `Transfer(indexed address,indexed address,uint256)`. */
  readonly signature: string;
  readonly topic0: string;
  readonly inputs: readonly EventInput[];
}

/** `(uint256,address)[]` for a tuple array. */
export const canonicalType = ({ type, components }: AbiParameter): string =>
  type.startsWith('tuple') ? `(${(components ?? []).map(canonicalType).join(',')})${type.slice(5)}` : type;

/**
 * Finds the event that a handler of the manifest names.
 * @throws ManifestError when the ABI has none with this signature
 */
export function findEvent(abi: readonly AbiEntry[], signature: string): AbiEvent {
  const [, name = '', list = ''] = /^\s*(\w+)\s*\((.*)\)\s*$/s.exec(signature) ?? [];
  const wanted = splitTypes(list).map((part) => part.trim().replace(/\s+/g, ' '));
  const entry = abi.find(
    (candidate) =>
      candidate.type === 'event' &&
      candidate.name === name &&
      (candidate.inputs ?? []).length === wanted.length &&
      (candidate.inputs ?? []).every((input, i) => {
        const spelled = wanted[i]!;
        return spelled === `${input.indexed === true ? 'indexed ' : ''}${canonicalType(input)}`;
      }),
  );
  if (entry === undefined) throw new ManifestError(`the ABI has no event ${signature}`);
  const inputs = (entry.inputs ?? []).map((input, i) => ({
    name: input.name === '' ? `param${i}` : input.name,
    type: parseType(canonicalType(input)),
    indexed: input.indexed === true,
  }));
  const canonical = `${name}(${(entry.inputs ?? []).map(canonicalType).join(',')})`;
  return { signature, topic0: keccakHex(Buffer.from(canonical)), inputs };
}

/** What an indexed parameter of this type leaves in a topic: a hash, unless it fits one word. */
export const topicType = (type: AbiType): AbiType =>
  ['bytes', 'string', 'array', 'fixedArray', 'tuple'].includes(type.kind) ? { kind: 'fixedBytes', size: 32 } : type;

/** Values in the order of declaration; undefined when topics or data do not match (another event with this name). */
export function decodeEvent(event: AbiEvent, topics: readonly string[], data: string): AbiValue[] | undefined {
  const indexed = event.inputs.filter((input) => input.indexed);
  if (topics.length !== indexed.length + 1) return undefined;
  try {
    const plain = decodeAbi(
      event.inputs.filter((input) => !input.indexed).map((input) => input.type),
      Buffer.from(data.slice(2), 'hex'),
    );
    let topic = 1;
    let next = 0;
    return event.inputs.map((input) =>
      input.indexed
        ? decodeAbi([topicType(input.type)], Buffer.from(topics[topic++]!.slice(2), 'hex'))[0]!
        : plain[next++]!,
    );
  } catch (error) {
    if (error instanceof AbiMalformed) return undefined;
    throw error;
  }
}
