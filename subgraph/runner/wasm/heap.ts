import { DeterministicError } from '../errors.ts';
import { bigIntFromBytes, bigIntToBytes } from '../number/bigInt.ts';

/** Of graph-ts `TypeId` (global/global.ts), which graph-node shares: what an allocation is for. */
export const TYPE = {
  String: 0,
  ArrayBuffer: 1,
  Uint8Array: 6,
  BigDecimal: 12,
  ArrayEthereumValue: 15,
  ArrayStoreValue: 16,
  ArrayJsonValue: 17,
  ArrayString: 18,
  ArrayEventParam: 19,
  ArrayTypedMapEntryStringJsonValue: 20,
  ArrayTypedMapEntryStringStoreValue: 21,
  EventParam: 23,
  EthereumTransaction: 24,
  EthereumBlock: 25,
  WrappedBool: 28,
  WrappedJsonValue: 29,
  EthereumValue: 30,
  StoreValue: 31,
  JsonValue: 32,
  EthereumEvent: 33,
  TypedMapEntryStringStoreValue: 34,
  TypedMapEntryStringJsonValue: 35,
  TypedMapStringStoreValue: 36,
  TypedMapStringJsonValue: 37,
  ResultJsonValueBool: 40,
  TransactionReceipt: 1000,
  Log: 1001,
  ArrayLog: 1003,
} as const;
export type TypeName = keyof typeof TYPE;

export interface AscExports {
  readonly memory: WebAssembly.Memory;
  __new(size: number, classId: number): number;
  id_of_type(type: number): number;
}

/** A mapping may not make the host copy more than this in one piece. */
const MAX_BYTES = 64 * 2 ** 20;

/** Values in the linear memory of an AssemblyScript module: every pointer that comes out of it is checked here. */
export class AscHeap {
  readonly #exports: AscExports;
  readonly #ids = new Map<TypeName, number>();
  /** Strings that were there before the first handler, by where they lie: no string ever changes, and none is freed. */
  readonly #literals = new Map<number, string>();
  readonly #literalsEnd: number;
  readonly #constants = new Map<string, number>();
  #buffer: ArrayBuffer;
  #view: DataView;
  #bytes: Buffer;

  /** @param literalsEnd where the allocations of handlers begin; 0 when it is not known */
  constructor(exports: AscExports, literalsEnd = 0) {
    this.#exports = exports;
    this.#buffer = exports.memory.buffer as ArrayBuffer;
    this.#view = new DataView(this.#buffer);
    this.#bytes = Buffer.from(this.#buffer);
    this.#literalsEnd = literalsEnd;
  }

  get size(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Memory that grew has a new buffer. */
  #fresh(): DataView {
    // A buffer that was left behind by growing has no bytes any more.
    if (this.#buffer.byteLength === 0) {
      this.#buffer = this.#exports.memory.buffer as ArrayBuffer;
      this.#view = new DataView(this.#buffer);
      this.#bytes = Buffer.from(this.#buffer);
    }
    return this.#view;
  }

  #check(pointer: number, length: number): void {
    if (length > MAX_BYTES || pointer < 0 || pointer + length > this.#buffer.byteLength)
      throw new DeterministicError('the mapping handed over a pointer outside its memory');
  }

  allocate(size: number, type: TypeName): number {
    let id = this.#ids.get(type);
    if (id === undefined) {
      id = this.#exports.id_of_type(TYPE[type]);
      this.#ids.set(type, id);
    }
    return this.#exports.__new(size, id) >>> 0;
  }

  u32(pointer: number): number {
    const view = this.#fresh();
    this.#check(pointer >>> 0, 4);
    return view.getUint32(pointer >>> 0, true);
  }

  i32(pointer: number): number {
    return this.u32(pointer) | 0;
  }

  u64(pointer: number): bigint {
    const view = this.#fresh();
    this.#check(pointer >>> 0, 8);
    return view.getBigUint64(pointer >>> 0, true);
  }

  setU32(pointer: number, value: number): void {
    this.#fresh().setUint32(pointer, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#fresh().setBigUint64(pointer, BigInt.asUintN(64, value), true);
  }

  /** UTF-16LE, its length in bytes right before it. */
  string(pointer: number): string {
    const at = pointer >>> 0;
    if (at >= this.#literalsEnd) return this.#string(at);
    let literal = this.#literals.get(at);
    if (literal === undefined) {
      literal = this.#string(at);
      this.#literals.set(at, literal);
    }
    return literal;
  }

  #string(at: number): string {
    const length = this.u32(at - 4);
    this.#check(at, length);
    const text = this.#bytes.toString('utf16le', at, at + length);
    // As graph-node does (runtime/wasm/src/to_from): half a character, which cutting a string can leave, is an error, and
    // zeros are dropped, because Postgres keeps none.
    if (!text.isWellFormed()) throw new DeterministicError('the mapping handed over a string that is not valid UTF-16');
    return text.includes('\0') ? text.replaceAll('\0', '') : text;
  }

  /** A copy of a typed array `{ buffer, dataStart, byteLength }`. */
  bytes(pointer: number): Uint8Array {
    const start = this.u32(pointer + 4);
    const length = this.u32(pointer + 8);
    this.#check(start, length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  /** `0x` and lower-case hex. */
  hex(pointer: number): string {
    const start = this.u32(pointer + 4);
    const length = this.u32(pointer + 8);
    this.#check(start, length);
    return `0x${this.#bytes.toString('hex', start, start + length)}`;
  }

  bigInt(pointer: number): bigint {
    const start = this.u32(pointer + 4);
    const length = this.u32(pointer + 8);
    this.#check(start, length);
    return bigIntFromBytes(this.#bytes.subarray(start, start + length));
  }

  /** Pointers of an `Array<class>`: `{ buffer, dataStart, byteLength, length }`. */
  pointers(pointer: number): number[] {
    const start = this.u32(pointer + 4);
    const length = this.u32(pointer + 12);
    this.#check(start, 4 * length);
    return Array.from({ length }, (_, i) => this.#view.getUint32(start + 4 * i, true));
  }

  newString(text: string): number {
    const length = 2 * text.length;
    const pointer = this.allocate(length, 'String');
    this.#fresh();
    this.#bytes.write(text, pointer, length, 'utf16le');
    return pointer;
  }

  /** A string that is handed over again and again, such as the name of a field: strings of a mapping never change. */
  constant(text: string): number {
    let pointer = this.#constants.get(text);
    if (pointer === undefined) {
      pointer = this.newString(text);
      this.#constants.set(text, pointer);
    }
    return pointer;
  }

  newBytes(bytes: Uint8Array): number {
    const buffer = this.allocate(bytes.length, 'ArrayBuffer');
    this.#fresh();
    this.#bytes.set(bytes, buffer);
    return this.#newView(buffer, bytes.length);
  }

  /** @param hex with `0x` and an even number of digits */
  newHex(hex: string): number {
    const length = (hex.length - 2) / 2;
    const buffer = this.allocate(length, 'ArrayBuffer');
    this.#fresh();
    this.#bytes.write(hex.slice(2), buffer, length, 'hex');
    return this.#newView(buffer, length);
  }

  #newView(buffer: number, length: number): number {
    const pointer = this.allocate(12, 'Uint8Array');
    const view = this.#fresh();
    view.setUint32(pointer, buffer, true);
    view.setUint32(pointer + 4, buffer, true);
    view.setUint32(pointer + 8, length, true);
    return pointer;
  }

  newBigInt(value: bigint): number {
    return this.newBytes(bigIntToBytes(value));
  }

  /** An object whose fields are all pointers. */
  newObject(type: TypeName, pointers: readonly number[]): number {
    const pointer = this.allocate(4 * pointers.length, type);
    const view = this.#fresh();
    for (let i = 0; i < pointers.length; i++) view.setUint32(pointer + 4 * i, pointers[i]!, true);
    return pointer;
  }

  newArray(type: TypeName, pointers: readonly number[]): number {
    const size = 4 * pointers.length;
    const buffer = this.newObject('ArrayBuffer', pointers);
    const pointer = this.allocate(16, type);
    const view = this.#fresh();
    view.setUint32(pointer, buffer, true);
    view.setUint32(pointer + 4, buffer, true);
    view.setUint32(pointer + 8, size, true);
    view.setUint32(pointer + 12, pointers.length, true);
    return pointer;
  }

  /** A tagged value: `{ kind: i32, (4 bytes of padding), data: u64 }`. */
  newTagged(type: TypeName, kind: number, data: bigint | number): number {
    const pointer = this.allocate(16, type);
    const view = this.#fresh();
    view.setInt32(pointer, kind, true);
    view.setBigUint64(pointer + 8, BigInt.asUintN(64, BigInt(data)), true);
    return pointer;
  }
}
