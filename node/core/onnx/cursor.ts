import { Reader, util } from 'protobufjs/minimal.js';
import type { ModelBudget } from './budget.ts';
import { OnnxBudgetExceeded, OnnxFieldUnsupported, OnnxIntegerTooLarge, OnnxMalformed, quote } from './errors.ts';

/** Wire types of protobuf; 3 and 4 are groups, which no ONNX message uses. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;
const widthOf = (wire: number): number => (wire === FIXED32 ? 4 : 8);

/** How one field of a message is read into its draft. */
export interface Field<T> {
  readonly name: string;
  readonly wires: readonly number[];
  /** A singular field; its second occurrence is refused, because readers disagree about which one counts. */
  readonly once: boolean;
  readonly read: (cursor: Cursor, draft: T, wire: number) => void;
}
/** The fields of one message by number. */
export type Fields<T> = ReadonlyMap<number, Field<T>>;

const part = (draft: object, key: 'name' | 'op'): string => {
  const value: unknown = Object.entries(draft).find(([name]) => name === key)?.[1];
  return typeof value === 'string' && value !== '' ? quote(value) : '';
};
/** What a draft tells of itself so far. */
function label(draft: object): string {
  const [name, op] = [part(draft, 'name'), part(draft, 'op')];
  return `${name && ` ${name}`}${op && ` (${op.slice(1, -1)})`}`;
}

/**
 * Strict reading of protobuf: what protobufjs tolerates (overlong varints, lengths cut to 32 bits, repeated singular
 * fields, groups, unknown fields) is refused, so that no two readers can see different models in the same bytes.
 * Keeps the account of the budget and the path to the current place.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly budget: ModelBudget;
  readonly #reader: Reader;
  readonly #spent = new Map<keyof ModelBudget, number>();
  #low = 0;
  #middle = 0;
  #high = 0;
  readonly #path: { field: string; index: number | undefined; draft: object }[] = [];

  constructor(bytes: Uint8Array, budget: ModelBudget) {
    this.bytes = bytes;
    this.budget = budget;
    this.#reader = new Reader(bytes);
  }

  /** The current place, or `field` of it, e.g. `graph.node[3] "conv1" (Conv).attribute[0]`. */
  where(field?: string): string {
    const steps = this.#path.map(
      (step) => `${step.field}${step.index === undefined ? '' : `[${step.index}]`}${label(step.draft)}`,
    );
    if (field !== undefined) steps.push(field);
    return steps.length === 0 ? 'the model' : steps.join('.');
  }

  /** @throws {OnnxBudgetExceeded} when `amount` more would pass the bound on the sum. */
  spend(budget: keyof ModelBudget, amount = 1): void {
    const total = (this.#spent.get(budget) ?? 0) + amount;
    this.limit(budget, total);
    this.#spent.set(budget, total);
  }

  /** @throws {OnnxBudgetExceeded} when `amount` passes the bound on one thing. */
  limit(budget: keyof ModelBudget, amount: number): void {
    const bound = this.budget[budget];
    if (amount > bound) throw new OnnxBudgetExceeded(budget, this.where(), amount, bound);
  }

  /** Reads the fields of the model itself: all bytes. */
  root<T extends object>(fields: Fields<T>, draft: T): T {
    this.#fields(fields, draft, this.bytes.length);
    return draft;
  }

  /**
   * Reads a message behind its length and answers with what `finish` makes of the draft and of the start and
   * end of the message's bytes. `field` and `index` describe the place in complaints.
   */
  message<T extends object, R>(
    fields: Fields<T>,
    draft: T,
    field: string,
    index: number | undefined,
    finish: (draft: T, start: number, end: number) => R,
  ): R {
    const end = this.#end();
    const start = this.#reader.pos;
    this.#path.push({ field, index, draft });
    const outer = this.#reader.len;
    this.#reader.len = end;
    this.#fields(fields, draft, end);
    this.#reader.len = outer;
    const result = finish(draft, start, end);
    this.#path.pop();
    return result;
  }

  /** Reads the bytes from `start` to `end`, which were passed over before, as fields of a message. */
  again<T>(fields: Fields<T>, draft: T, start: number, end: number): void {
    const { pos, len } = this.#reader;
    this.#reader.pos = start;
    this.#reader.len = end;
    this.#fields(fields, draft, end);
    this.#reader.pos = pos;
    this.#reader.len = len;
  }

  /** Start and end of the bytes behind a length; nothing is copied. */
  span(): readonly [number, number] {
    const end = this.#end();
    const start = this.#reader.pos;
    this.#reader.pos = end;
    return [start, end];
  }

  /** A UTF-8 string of at most `budget` bytes. @throws {OnnxMalformed} when it is not UTF-8. */
  text(budget: keyof ModelBudget): string {
    const [start, end] = this.span();
    this.limit(budget, end - start);
    try {
      return util.utf8.readStrict(this.bytes, start, end);
    } catch (cause) {
      throw this.#malformed('holds bytes that are not UTF-8', cause);
    }
  }

  /** An int64 as a number. @throws {OnnxIntegerTooLarge} beyond 2^53. */
  integer(field: string): number {
    this.#varint();
    if (this.#high === 0 && this.#middle < 2 ** 25) return this.#low + this.#middle * 2 ** 28;
    const value = Number(this.#signed());
    if (!Number.isSafeInteger(value)) throw new OnnxIntegerTooLarge(this.where(field), this.#signed());
    return value;
  }

  int64(): bigint {
    this.#varint();
    return this.#middle === 0 && this.#high === 0 ? BigInt(this.#low) : this.#signed();
  }

  uint64(): bigint {
    return BigInt.asUintN(64, this.int64());
  }

  float(): number {
    this.fixed(FIXED32);
    this.#reader.pos -= 4;
    return this.#reader.float();
  }

  /** Elements of a repeated number: one by one, or packed behind a length. */
  each(wire: number, read: () => void): void {
    if (wire !== BYTES) {
      read();
      return;
    }
    const end = this.#end();
    const outer = this.#reader.len;
    this.#reader.len = end;
    while (this.#reader.pos < end) read();
    this.#reader.len = outer;
  }

  /** Passes over a value of a checked wire type. */
  skip(wire: number): void {
    if (wire === VARINT) this.#varint();
    else if (wire === BYTES) this.span();
    else this.fixed(wire);
  }

  /** Start and end of one fixed-width value. */
  fixed(wire: number): readonly [number, number] {
    const start = this.#reader.pos;
    const end = start + widthOf(wire);
    if (end > this.#reader.len) throw this.#malformed('ends inside a number');
    this.#reader.pos = end;
    return [start, end];
  }

  /**
   * Passes over elements of a repeated number whose single form has wire type `wire`, and answers how many they are.
   * @throws {OnnxMalformed} when packed elements end inside one
   */
  count(actual: number, wire: number): number {
    if (actual !== BYTES) {
      this.skip(actual);
      return 1;
    }
    const [start, end] = this.span();
    if (wire !== VARINT) {
      const count = (end - start) / widthOf(wire);
      if (!Number.isInteger(count)) throw this.#malformed('ends inside a packed number');
      return count;
    }
    let count = 0;
    for (let at = start; at < end; at++) if (this.bytes[at]! < 128) count++;
    if (end > start && this.bytes[end - 1]! >= 128) throw this.#malformed('ends inside a packed number');
    return count;
  }

  #fields<T>(fields: Fields<T>, draft: T, end: number): void {
    let seen = 0;
    while (this.#reader.pos < end) {
      const tag = this.#tag();
      const number = tag >>> 3;
      const wire = tag & 7;
      const field = fields.get(number);
      if (wire > 5 || wire === 3 || wire === 4 || number === 0) {
        throw this.#malformed(`field ${number} has wire type ${wire}, which does not exist in ONNX`);
      }
      if (field === undefined) throw new OnnxFieldUnsupported(this.where(`field ${number}`), 'is not known here');
      if (!field.wires.includes(wire)) throw this.#malformed(`${field.name} has wire type ${wire}`);
      if (field.once && (seen & (1 << number)) !== 0) throw this.#malformed(`${field.name} occurs twice`);
      seen |= 1 << number;
      field.read(this, draft, wire);
    }
  }

  /** Reads a length and answers where what it measures ends. */
  #end(): number {
    const start = this.#reader.pos;
    let length: number;
    try {
      length = this.#reader.size();
    } catch (cause) {
      throw this.#malformed('ends inside a length, or holds one that is too long', cause);
    }
    this.#shortest(start);
    const end = this.#reader.pos + length;
    if (end > this.#reader.len) {
      throw this.#malformed(`announces ${length} bytes where ${this.#reader.len - this.#reader.pos} are left`);
    }
    return end;
  }

  /** Reads a varint into three limbs of 28, 28 and 8 bits. */
  #varint(): void {
    const { bytes } = this;
    const start = this.#reader.pos;
    let at = start;
    this.#low = this.#middle = this.#high = 0;
    for (let shift = 0; ; shift += 7) {
      if (at >= this.#reader.len) throw this.#malformed('ends inside a number');
      if (shift === 70) throw this.#malformed('holds a number of more than ten bytes');
      const byte = bytes[at++]!;
      if (shift < 28) this.#low |= (byte & 127) << shift;
      else if (shift < 56) this.#middle |= (byte & 127) << (shift - 28);
      else this.#high |= (byte & 127) << (shift - 56);
      if (byte < 128) break;
    }
    this.#reader.pos = at;
    this.#shortest(start);
    if (this.#high > 255) throw this.#malformed('holds a number of more than 64 bits');
  }

  #signed(): bigint {
    return BigInt.asIntN(64, BigInt(this.#low) | (BigInt(this.#middle) << 28n) | (BigInt(this.#high) << 56n));
  }

  /** Refuses a varint, from `start` to the current position, that ends in zero bits it does not need. */
  #shortest(start: number): void {
    if (this.#reader.pos - start > 1 && this.bytes[this.#reader.pos - 1] === 0) {
      throw this.#malformed('writes a number in more bytes than it needs');
    }
  }

  #tag(): number {
    const start = this.#reader.pos;
    let tag: number;
    try {
      tag = this.#reader.tag();
    } catch (cause) {
      throw this.#malformed('ends inside a tag, or holds one that is too long', cause);
    }
    this.#shortest(start);
    return tag;
  }

  #malformed(why: string, cause?: unknown): OnnxMalformed {
    return new OnnxMalformed(this.where(), `${why} (at byte ${this.#reader.pos})`, cause);
  }
}
