import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtocolError } from '../../../../node/core/errors.ts';
import { DTYPES, type DType, type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import {
  bytesFrame,
  type Frame,
  FrameBuffer,
  FrameMalformed,
  FrameReader,
  HEADER_BYTES,
  KINDS,
  tensorsFrameBytes,
  writeTensors,
} from '../../../../node/runtime/onnxruntime/wire.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(21);
const DTYPE_NAMES = Object.keys(DTYPES) as DType[];

function anyTensor(): Tensor {
  const dtype = random.pick(DTYPE_NAMES);
  const dims = Array.from({ length: random.int(0, 4) }, () => random.int(0, 5));
  const data = DTYPES[dtype].make(dims.reduce((a, b) => a * b, 1));
  new Uint8Array(data.buffer).set(random.bytes(data.byteLength));
  return { dtype, dims, data };
}

function frameOf(tensors: readonly Tensor[], id = 7): Uint8Array {
  const frame = new FrameBuffer(tensorsFrameBytes(tensors));
  assert.equal(writeTensors(frame, 0, KINDS.run, id, tensors), frame.bytes.length);
  return frame.bytes;
}

const read = (...chunks: readonly Uint8Array[]): Frame[] => {
  const reader = new FrameReader(2 ** 20);
  return chunks.flatMap((chunk) => reader.push(chunk));
};

const bits = ({ dtype, dims, data }: Tensor): unknown => ({
  dtype,
  dims,
  bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
});

describe('frames of tensors', () => {
  it('come out as they went in, however the stream is cut', () => {
    for (let round = 0; round < 200; round++) {
      const lists = Array.from({ length: random.int(1, 4) }, () => Array.from({ length: random.int(0, 4) }, anyTensor));
      const stream = Buffer.concat(lists.map((list, index) => frameOf(list, index)));
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; ) {
        const size = random.pick([1, 2, 3, 5, 8, 40, 1000]);
        chunks.push(stream.subarray(at, at + size));
        at += size;
      }
      const frames = read(...chunks);
      assert.deepEqual(
        frames.map((frame) => frame.id),
        lists.map((_, index) => index),
      );
      assert.deepEqual(
        frames.map((frame) => frame.tensors().map(bits)),
        lists.map((list) => list.map(bits)),
      );
    }
  });

  it('are written behind one another in one buffer', () => {
    const [a, b] = [[anyTensor()], [anyTensor(), anyTensor()]];
    const both = new FrameBuffer(tensorsFrameBytes(a) + tensorsFrameBytes(b));
    writeTensors(both, writeTensors(both, 0, KINDS.result, 1, a), KINDS.result, 2, b);
    assert.deepEqual(
      read(both.bytes).map((frame) => frame.tensors().map(bits)),
      [a.map(bits), b.map(bits)],
    );
  });

  it('error: FrameMalformed or TensorMalformed, and nothing else, on any damage', () => {
    let refused = 0;
    for (let round = 0; round < 5000; round++) {
      const bytes = frameOf(Array.from({ length: random.int(1, 3) }, anyTensor)).slice();
      for (let flips = random.int(1, 3); flips > 0; flips--) {
        bytes[random.int(0, bytes.length - 1)] = random.pick([0, 1, 7, 127, 128, 255, random.int(0, 255)]);
      }
      try {
        for (const frame of read(bytes)) frame.tensors();
      } catch (error) {
        assert(error instanceof ProtocolError, String(error));
        refused++;
      }
    }
    assert.ok(refused > 1000, `${refused}`);
  });
});

describe('frames of byte strings', () => {
  it('come out as they went in', () => {
    const parts = [0, 1, 7, 8, 9, 1000].map((length) => random.bytes(length));
    const [frame] = read(bytesFrame(KINDS.load, 3, parts));
    assert.equal(frame!.kind, KINDS.load);
    assert.deepEqual(frame!.byteStrings().map(Buffer.from), parts.map(Buffer.from));
  });

  it('error: FrameMalformed on lengths that lie', () => {
    for (const length of [-1, 0.5, 1e18, Number.NaN, Number.POSITIVE_INFINITY, 17]) {
      const frame = new FrameBuffer(HEADER_BYTES + 16);
      frame.words.set([HEADER_BYTES + 16, KINDS.load, 0, 1]);
      frame.numbers[2] = length;
      assert.throws(() => read(frame.bytes)[0]!.byteStrings(), FrameMalformed);
    }
  });
});

describe('FrameReader', () => {
  it('error: FrameMalformed before allocating on a size that is too small, odd or beyond the limit', () => {
    for (const size of [0, 8, 15, 17, 2 ** 20 + 8, 2 ** 32 - 8]) {
      const head = new Uint8Array(Uint32Array.of(size).buffer);
      assert.throws(() => read(head), FrameMalformed, `${size}`);
    }
  });

  it('waits for what is missing', () => {
    const bytes = frameOf([tensor('int8', [3], Int8Array.of(1, 2, 3))]);
    assert.deepEqual(read(bytes.subarray(0, -1)), []);
    assert.deepEqual(read(), []);
  });
});
