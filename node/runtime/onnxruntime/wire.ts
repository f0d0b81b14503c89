import { ProtocolError } from '../../core/errors.ts';
import { DTYPES, type DType, type DTypeArrays, elementCount, type Tensor } from '../../core/tensor/tensor.ts';

/**
 * What parent and child say to each other: frames over one socket, little-endian, every part padded to 8 bytes so that
 * each tensor is a view of its frame. Both sides are this program on this machine; the layout has no versions.
 *
 *     frame   u32 size (all of it), u32 kind, u32 id of the run, u32 count, then the body
 *     tensors count times: u32 element type (ONNX number), u32 rank, f64 per dim, then the elements
 *     bytes   f64 length, then the bytes
 */
export const KINDS = { load: 1, loaded: 2, run: 3, result: 4, failed: 5 } as const;
export type Kind = (typeof KINDS)[keyof typeof KINDS];

export const HEADER_BYTES = 16;
/** No frame is longer: its size is a u32, and a typed array of this length still exists everywhere. */
export const MAX_FRAME_BYTES = 2 ** 31;
/** No operator that we serve makes more; ONNX sets no limit. */
const MAX_RANK = 64;

/** A frame that breaks the layout: the other side is broken or hostile. */
export class FrameMalformed extends ProtocolError {
  override readonly code = 'RUNTIME_FRAME_MALFORMED';
  constructor(why: string) {
    super({
      what: 'Broken message between the node and its runtime process',
      why,
      fix: 'The process is killed and replaced; report the model if this repeats.',
    });
  }
}

interface ViewConstructor<Array> {
  new (buffer: ArrayBuffer, offset: number, length: number): Array;
}
const VIEWS: { readonly [D in DType]: ViewConstructor<DTypeArrays[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  bool: Uint8Array,
};
const BY_NUMBER: readonly (DType | undefined)[] = Object.entries(DTYPES).reduce<(DType | undefined)[]>(
  (all, [dtype, { onnx }]) => {
    all[onnx] = dtype as DType;
    return all;
  },
  [],
);

const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** Size of a frame with these tensors. */
export const tensorsFrameBytes = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, { dims, data }) => sum + 8 + 8 * dims.length + padded(data.byteLength), HEADER_BYTES);

/** One buffer as 32-bit words, 64-bit floats and bytes. */
export class FrameBuffer {
  readonly buffer: ArrayBuffer;
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** @param capacity rounded up to a multiple of 8 */
  constructor(capacity: number) {
    this.buffer = new ArrayBuffer(padded(capacity));
    this.words = new Uint32Array(this.buffer);
    this.numbers = new Float64Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
  }
}

/** Writes a frame of tensors at byte `at` (a multiple of 8) and answers the offset behind it. The caller made room. */
export function writeTensors(
  into: FrameBuffer,
  at: number,
  kind: Kind,
  id: number,
  tensors: readonly Tensor[],
): number {
  const { words, numbers, bytes } = into;
  let offset = at + HEADER_BYTES;
  for (const { dtype, dims, data } of tensors) {
    words[offset >>> 2] = DTYPES[dtype].onnx;
    words[(offset >>> 2) + 1] = dims.length;
    offset += 8;
    for (const dim of dims) {
      numbers[offset / 8] = dim;
      offset += 8;
    }
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += padded(data.byteLength);
  }
  const head = at >>> 2;
  words[head] = offset - at;
  words[head + 1] = kind;
  words[head + 2] = id;
  words[head + 3] = tensors.length;
  return offset;
}

/** A frame whose body is several byte strings. */
export function bytesFrame(kind: Kind, id: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + 8 + padded(part.length), HEADER_BYTES);
  if (size > MAX_FRAME_BYTES) throw new FrameMalformed(`it would have ${size} bytes, the limit is ${MAX_FRAME_BYTES}`);
  const frame = new FrameBuffer(size);
  frame.words.set([size, kind, id, parts.length]);
  let offset = HEADER_BYTES;
  for (const part of parts) {
    frame.numbers[offset / 8] = part.length;
    frame.bytes.set(part, offset + 8);
    offset += 8 + padded(part.length);
  }
  return frame.bytes;
}

/** @throws {FrameMalformed} */
export function expectFrame(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new FrameMalformed(otherwise);
}

/** A frame that has arrived. Its tensors and byte strings are views of its buffer. */
export class Frame {
  readonly #of: FrameBuffer;
  constructor(of: FrameBuffer) {
    this.#of = of;
  }
  get kind(): number {
    return this.#of.words[1]!;
  }
  get id(): number {
    return this.#of.words[2]!;
  }
  get #count(): number {
    return this.#of.words[3]!;
  }

  /** @throws {FrameMalformed} */
  tensors(): Tensor[] {
    const { words, numbers, bytes, buffer } = this.#of;
    const tensors: Tensor[] = [];
    let offset = HEADER_BYTES;
    for (let index = 0; index < this.#count; index++) {
      expectFrame(offset + 8 <= bytes.length, 'a tensor begins behind the end');
      const dtype = BY_NUMBER[words[offset >>> 2]!];
      const rank = words[(offset >>> 2) + 1]!;
      expectFrame(dtype !== undefined, `element type ${words[offset >>> 2]} is unknown`);
      expectFrame(rank <= MAX_RANK, `rank ${rank} exceeds ${MAX_RANK}`);
      offset += 8;
      expectFrame(offset + 8 * rank <= bytes.length, 'the dims end behind the end');
      const dims = Array.from(numbers.subarray(offset / 8, offset / 8 + rank));
      const length = elementCount(dims);
      const size = length * DTYPES[dtype].bytes;
      offset += 8 * rank;
      expectFrame(offset + padded(size) <= bytes.length, 'the elements end behind the end');
      tensors.push({ dtype: dtype, dims, data: new VIEWS[dtype](buffer, offset, length) });
      offset += padded(size);
    }
    return tensors;
  }

  /** @throws {FrameMalformed} */
  byteStrings(): Uint8Array<ArrayBuffer>[] {
    const { numbers, bytes, buffer } = this.#of;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let offset = HEADER_BYTES;
    for (let index = 0; index < this.#count; index++) {
      const length = numbers[offset / 8] ?? -1;
      expectFrame(Number.isSafeInteger(length) && length >= 0, `length ${length} is none`);
      expectFrame(offset + 8 + length <= bytes.length, 'a byte string ends behind the end');
      parts.push(new Uint8Array(buffer, offset + 8, length));
      offset += 8 + padded(length);
    }
    return parts;
  }
}

/** Cuts a stream of chunks into frames, each in a buffer of its own. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #head = new Uint8Array(4);
  #headFilled = 0;
  #frame: FrameBuffer | undefined;
  #filled = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The frames that `chunk` completes. The chunk is copied. @throws {FrameMalformed} */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#frame === undefined) at += this.#begin(chunk, at);
      if (this.#frame === undefined) break;
      const part = chunk.subarray(at, at + this.#frame.bytes.length - this.#filled);
      this.#frame.bytes.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < this.#frame.bytes.length) break;
      frames.push(new Frame(this.#frame));
      this.#frame = undefined;
    }
    return frames;
  }

  /** Reads the size, of which a chunk may hold only a part; answers how many bytes it took. */
  #begin(chunk: Uint8Array, at: number): number {
    const part = chunk.subarray(at, at + 4 - this.#headFilled);
    this.#head.set(part, this.#headFilled);
    this.#headFilled += part.length;
    if (this.#headFilled === 4) {
      const [a, b, c, d] = this.#head;
      const size = (a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0;
      expectFrame(size >= HEADER_BYTES && size % 8 === 0, `a frame of ${size} bytes is none`);
      expectFrame(size <= this.#maxBytes, `a frame of ${size} bytes exceeds ${this.#maxBytes}`);
      this.#frame = new FrameBuffer(size);
      this.#frame.bytes.set(this.#head);
      this.#filled = 4;
      this.#headFilled = 0;
    }
    return part.length;
  }
}
