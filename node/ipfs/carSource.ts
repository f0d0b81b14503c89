import { readBlockHead, readHeader } from '@ipld/car/decoder';
import type { CID } from 'multiformats/cid';
import { ProtocolError } from '../core/errors.ts';
import { MAX_BLOCK_BYTES, type Tally } from './budget.ts';
import { isHashOf, refusalOf, textOf } from './cid.ts';
import { StoreCarMalformed } from './errors.ts';

const MAX_HEADER_BYTES = 4096;

export interface Block {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

/**
 * Reads a CARv1 from a stream in constant memory: every length is checked before anything is allocated for it
 * (GHSA-9x4h-8wgm-8xfg), every block is hashed.
 */
export class CarSource {
  readonly #bytes: BoundedBytes;

  /** `maxBytes` bounds the whole stream, repeated blocks and framing included. */
  constructor(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#bytes = new BoundedBytes(source, maxBytes);
  }

  /** The roots; call once, first. @throws {StoreCarMalformed} */
  async roots(): Promise<readonly CID[]> {
    this.#bytes.limit = MAX_HEADER_BYTES;
    return this.#parse('its header is not that of a CARv1', async () => (await readHeader(this.#bytes, 1)).roots);
  }

  /** The next block, hashed, or undefined at the end. @throws {StoreCarMalformed} truncated, oversized, or not what its CID names */
  async next(): Promise<Block | undefined> {
    this.#bytes.limit = MAX_BLOCK_BYTES;
    const block = await this.#parse('one of its sections cannot be read', async () => {
      if ((await this.#bytes.upTo(1)).length === 0) return undefined;
      const { cid, blockLength } = await readBlockHead(this.#bytes);
      const refusal = refusalOf(cid);
      if (refusal !== undefined)
        throw new StoreCarMalformed(`it holds the block ${String(cid).slice(0, 80)}: ${refusal}`);
      return { cid, bytes: await this.#bytes.exactly(blockLength, true) };
    });
    if (block !== undefined && !isHashOf(block.cid, block.bytes))
      throw new StoreCarMalformed(`the bytes it gives for ${block.cid} hash to something else`);
    return block;
  }

  /**
   * The bytes of the block that a depth-first walk needs next. Blocks that it has met already are skipped.
   * @throws {StoreCarMalformed} with `meta.truncated` or `meta.outOfOrder` when one of these is the cause
   */
  async take(wanted: CID, tally: Tally): Promise<Uint8Array> {
    for (let block = await this.next(); block !== undefined; block = await this.next()) {
      if (block.cid.equals(wanted)) return block.bytes;
      if (!tally.has(block.cid)) throw outOfOrder(block.cid, textOf(wanted));
    }
    throw new StoreCarMalformed(`it is truncated: it ends before the block ${textOf(wanted)}`, undefined, {
      truncated: true,
    });
  }

  /** Reads to the end, which must come without another new block. @throws {StoreCarMalformed} */
  async end(tally: Tally): Promise<void> {
    for (let block = await this.next(); block !== undefined; block = await this.next())
      if (!tally.has(block.cid)) throw outOfOrder(block.cid, 'the end');
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#bytes.close();
  }

  async #parse<T>(why: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (cause) {
      if (cause instanceof ProtocolError) throw cause;
      throw new StoreCarMalformed(`${why} (${cause instanceof Error ? cause.message : cause})`, cause);
    }
  }
}

const outOfOrder = (given: CID, wanted: string): StoreCarMalformed =>
  new StoreCarMalformed(`it gives the block ${textOf(given)} where ${wanted} is next in depth-first order`, undefined, {
    outOfOrder: true,
  });

/** The reader that `@ipld/car` wants, with a bound on what may be asked of it at once. */
class BoundedBytes {
  limit = 0;
  pos = 0;
  #received = 0;
  #held: Uint8Array = new Uint8Array(0);
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #maxBytes: number;

  constructor(source: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxBytes = maxBytes;
  }

  async upTo(length: number): Promise<Uint8Array> {
    await this.#gather(length);
    return this.#held.subarray(0, length);
  }

  async exactly(length: number, seek = false): Promise<Uint8Array> {
    if (!(length >= 0 && length <= this.limit))
      throw new StoreCarMalformed(`it announces ${length} bytes at once and the limit is ${this.limit}`);
    await this.#gather(length);
    if (this.#held.length < length)
      throw new StoreCarMalformed(`it ends after ${this.#received} bytes in the middle of a section`, undefined, {
        truncated: true,
      });
    const bytes = this.#held.subarray(0, length);
    if (seek) this.seek(length);
    return bytes;
  }

  seek(length: number): void {
    this.#held = this.#held.subarray(length);
    this.pos += length;
    if (this.pos > this.#maxBytes)
      throw new StoreCarMalformed(`it goes on after ${this.#maxBytes} bytes, more than its DAG may need`);
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #gather(length: number): Promise<void> {
    if (this.#held.length >= length) return;
    const chunks = [this.#held];
    let held = this.#held.length;
    while (held < length) {
      const { done, value } = await this.#source.next();
      if (done === true) break;
      chunks.push(value);
      held += value.length;
      this.#received += value.length;
    }
    this.#held = Buffer.concat(chunks, held);
  }
}
