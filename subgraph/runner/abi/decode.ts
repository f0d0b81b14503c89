import { type AbiType, type AbiValue, headSize, isDynamic } from './type.ts';

/** The bytes are not an encoding of the type. */
export class AbiMalformed extends Error {
  constructor(why: string) {
    super(`not an ABI encoding: ${why}`);
    this.name = 'AbiMalformed';
  }
}

/** Values of one encoding together; a short encoding can name the same bytes again and again. */
const MAX_VALUES = 200_000;

/**
 * Decodes a sequence of values as ethabi does: offsets are checked against the data, dirty padding is tolerated.
 * @throws AbiMalformed
 */
export function decodeAbi(types: readonly AbiType[], data: Buffer): AbiValue[] {
  return new Decoder(data).sequence(types, 0);
}

class Decoder {
  readonly #data: Buffer;
  #values = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  sequence(types: readonly AbiType[], base: number): AbiValue[] {
    let head = base;
    return types.map((type) => {
      const at = isDynamic(type) ? base + this.#length(head) : head;
      head += headSize(type);
      return this.#value(type, at);
    });
  }

  #value(type: AbiType, at: number): AbiValue {
    this.#values += 1;
    if (this.#values > MAX_VALUES) throw new AbiMalformed('too many values');
    switch (type.kind) {
      case 'address':
        return `0x${this.#data.toString('hex', this.#need(at, 32) + 12, at + 32)}`;
      case 'bool':
        return this.#data[this.#need(at, 32) + 31] !== 0;
      case 'fixedBytes':
        return `0x${this.#data.toString('hex', this.#need(at, 32), at + type.size)}`;
      case 'uint':
        return this.#word(at);
      case 'int':
        return BigInt.asIntN(256, this.#word(at));
      case 'bytes':
        return `0x${this.#tail(at).toString('hex')}`;
      case 'string':
        return this.#tail(at).toString('utf8');
      case 'array': {
        const length = this.#length(at);
        return this.#items(type.item, length, at + 32);
      }
      case 'fixedArray':
        return this.#items(type.item, type.length, at);
      case 'tuple':
        return this.sequence(type.items, at);
    }
  }

  #items(item: AbiType, length: number, base: number): AbiValue[] {
    const size = headSize(item);
    if (size > 0) this.#need(base, length * size);
    if (length > MAX_VALUES) throw new AbiMalformed('too many values');
    return this.sequence(new Array<AbiType>(length).fill(item), base);
  }

  #tail(at: number): Buffer {
    const length = this.#length(at);
    const from = this.#need(at + 32, length);
    return this.#data.subarray(from, from + length);
  }

  #need(at: number, size: number): number {
    if (at + size > this.#data.length) throw new AbiMalformed(`${at + size} bytes wanted, ${this.#data.length} there`);
    return at;
  }

  #word(at: number): bigint {
    this.#need(at, 32);
    if (this.#data.readUIntBE(at, 6) === 0 && isZero(this.#data, at + 6, at + 26))
      return BigInt(this.#data.readUIntBE(at + 26, 6));
    return BigInt(`0x${this.#data.toString('hex', at, at + 32)}`);
  }

  /** An offset or a count. */
  #length(at: number): number {
    this.#need(at, 32);
    if (!isZero(this.#data, at, at + 28)) throw new AbiMalformed('an offset or length beyond the data');
    return this.#data.readUInt32BE(at + 28);
  }
}

function isZero(data: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (data[i] !== 0) return false;
  return true;
}
