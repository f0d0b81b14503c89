import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeAbiParameters, encodeEventTopics, type Hex, parseAbi, toFunctionSelector } from 'viem';
import { AbiMalformed, decodeAbi } from '../../../subgraph/runner/abi/decode.ts';
import { encodeAbi } from '../../../subgraph/runner/abi/encode.ts';
import { decodeEvent, findEvent } from '../../../subgraph/runner/abi/event.ts';
import { keccakHex } from '../../../subgraph/runner/abi/keccak.ts';
import { type AbiType, type AbiValue, parseType } from '../../../subgraph/runner/abi/type.ts';
import { Seeded } from '../../helpers/seeded.ts';

interface Parameter {
  type: string;
  components?: Parameter[];
}

/** A random type in viem's words. */
function randomType(random: Seeded, depth = 0): Parameter {
  const simple = ['address', 'bool', 'bytes', 'string', 'uint256', 'int256', 'uint8', 'int24', 'bytes32', 'bytes4'];
  const kind = depth > 2 ? 0 : random.int(0, 5);
  if (kind <= 2) return { type: random.pick(simple) };
  if (kind === 3) {
    return { type: 'tuple', components: Array.from({ length: random.int(1, 3) }, () => randomType(random, depth + 1)) };
  }
  const item = randomType(random, depth + 1);
  return { ...item, type: `${item.type}[${kind === 4 ? '' : random.int(1, 3)}]` };
}

const spelled = ({ type, components }: Parameter): string =>
  components === undefined ? type : `(${components.map(spelled).join(',')})${type.slice(5)}`;

function randomValue(random: Seeded, type: AbiType): AbiValue {
  const bytes = (length: number): string => `0x${Buffer.from(random.bytes(length)).toString('hex')}`;
  switch (type.kind) {
    case 'address':
      return bytes(20);
    case 'bool':
      return random.int(0, 1) === 1;
    case 'bytes':
      return bytes(random.int(0, 70));
    case 'string':
      return random.pick(['', 'a', 'é𝄞', 'x'.repeat(70)]);
    case 'fixedBytes':
      return bytes(type.size);
    case 'uint':
      return random.uint(type.bits);
    case 'int':
      return BigInt.asIntN(type.bits, random.uint(type.bits));
    case 'array':
      return Array.from({ length: random.int(0, 3) }, () => randomValue(random, type.item));
    case 'fixedArray':
      return Array.from({ length: type.length }, () => randomValue(random, type.item));
    case 'tuple':
      return type.items.map((item) => randomValue(random, item));
  }
}

/** viem wants small integers as numbers. */
function forViem(type: AbiType, value: AbiValue): unknown {
  if ((type.kind === 'int' || type.kind === 'uint') && type.bits <= 48) return Number(value);
  if (type.kind === 'array' || type.kind === 'fixedArray')
    return (value as AbiValue[]).map((one) => forViem(type.item, one));
  if (type.kind === 'tuple') return (value as AbiValue[]).map((one, i) => forViem(type.items[i]!, one));
  return value;
}

/** viem reads structs without names as arrays only when the names are empty. */
const named = (parameter: Parameter): unknown => ({
  ...parameter,
  name: '',
  ...(parameter.components && { components: parameter.components.map(named) }),
});

describe('the ABI codec', () => {
  it('encodes as viem does and decodes what it encodes, for random types', () => {
    const random = new Seeded(7);
    for (let i = 0; i < 400; i++) {
      const parameters = Array.from({ length: random.int(1, 3) }, () => randomType(random));
      const types = parameters.map((parameter) => parseType(spelled(parameter)));
      const values = types.map((type) => randomValue(random, type));
      const expected = encodeAbiParameters(
        parameters.map(named) as never,
        values.map((value, j) => forViem(types[j]!, value)) as never,
      );
      assert.equal(`0x${encodeAbi(types, values).toString('hex')}`, expected, parameters.map(spelled).join());
      assert.deepEqual(decodeAbi(types, Buffer.from(expected.slice(2), 'hex')), values);
    }
  });

  it('refuses truncated data and offsets beyond it, whatever is cut', () => {
    const types = [parseType('(uint256,string)[]'), parseType('bytes'), parseType('uint8[2]')];
    const bytes = encodeAbi(types, [
      [
        [1n, 'one'],
        [2n, 'two'],
      ],
      '0x010203',
      [1n, 2n],
    ]);
    for (let end = 0; end < bytes.length - 32; end += 7)
      assert.throws(() => decodeAbi(types, bytes.subarray(0, end)), AbiMalformed);
    const far = Buffer.from(bytes);
    far.fill(0xff, 0, 32);
    assert.throws(() => decodeAbi(types, far), AbiMalformed);
  });

  it('does not allocate what a length only claims', () => {
    const word = (value: number): string => value.toString(16).padStart(64, '0');
    const claim = Buffer.from(word(32) + word(0xffffffff), 'hex');
    assert.throws(() => decodeAbi([parseType('uint256[]')], claim), AbiMalformed);
    // Items without bytes of their own.
    assert.throws(() => decodeAbi([parseType('uint256[0][]')], claim), AbiMalformed);
    // Arrays whose items all point at the same bytes.
    const level = word(900) + word(900 * 32).repeat(900);
    const shared = word(32) + level + level + word(900) + word(1).repeat(900);
    assert.throws(() => decodeAbi([parseType('uint256[][][]')], Buffer.from(shared, 'hex')), AbiMalformed);
  });

  it('refuses types that do not exist', () => {
    for (const type of ['uint7', 'uint264', 'bytes33', 'bytes0', 'float', '', 'address[', 'function', 'uint256[-1]'])
      assert.throws(() => parseType(type));
    assert.throws(() => parseType('uint8'.concat('[]'.repeat(40))), /nested too deeply/);
  });

  it('finds events and decodes their logs, indexed dynamic values as hashes', () => {
    const abi = parseAbi(['event Named(string indexed what, address indexed who, (uint256 a, string b)[] parts)']);
    const event = findEvent(abi as never, 'Named(indexed string,indexed address,(uint256,string)[])');
    const who = `0x${'12'.repeat(20)}` as Hex;
    const topics = encodeEventTopics({ abi, eventName: 'Named', args: { what: 'it', who } }) as Hex[];
    assert.equal(event.topic0, topics[0]);
    const data = `0x${encodeAbi([parseType('(uint256,string)[]')], [[[5n, 'five']]]).toString('hex')}`;
    assert.deepEqual(decodeEvent(event, topics, data), [keccakHex(Buffer.from('it')), who, [[5n, 'five']]]);
    assert.equal(decodeEvent(event, topics.slice(0, 2), data), undefined);
    assert.equal(decodeEvent(event, topics, '0x01'), undefined);
    assert.throws(() => findEvent(abi as never, 'Named(string,indexed address,(uint256,string)[])'), /has no event/);
    assert.equal(keccakHex(Buffer.from('f(uint256)')).slice(0, 10), toFunctionSelector('f(uint256)'));
  });
});
