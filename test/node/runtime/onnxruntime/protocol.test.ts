import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Tensor, tensor } from '../../../../node/core/tensor/tensor.ts';
import {
  checkAnswer,
  isOutOfMemory,
  printable,
  readFailure,
  readLoaded,
} from '../../../../node/runtime/onnxruntime/protocol.ts';
import {
  bytesFrame,
  type Frame,
  FrameBuffer,
  FrameMalformed,
  FrameReader,
  KINDS,
  type Kind,
  tensorsFrameBytes,
  writeTensors,
} from '../../../../node/runtime/onnxruntime/wire.ts';

const only = (bytes: Uint8Array): Frame => new FrameReader(2 ** 20).push(bytes)[0]!;
const text = (kind: Kind, said: string): Frame => only(bytesFrame(kind, 0, [Buffer.from(said)]));
const json = (kind: Kind, value: unknown): Frame => text(kind, JSON.stringify(value));

function answer(kind: Kind, tensors: readonly Tensor[]): Frame {
  const frame = new FrameBuffer(tensorsFrameBytes(tensors));
  writeTensors(frame, 0, kind, 0, tensors);
  return only(frame.bytes);
}

const INFO = { name: 'x', dtype: 'float32', dims: ['N', 3, null] } as const;
const SIGNATURE = { inputs: [INFO], outputs: [{ name: 'y', dtype: 'int64', dims: null }] } as const;

describe('what a process says, which a hostile model may have taken over', () => {
  it('default: a signature, a failure, an answer', () => {
    assert.deepEqual(readLoaded(json(KINDS.loaded, SIGNATURE)), SIGNATURE);
    const failure = { message: 'no', outOfMemory: true };
    assert.deepEqual(readFailure(json(KINDS.failed, failure)), failure);
    const y = tensor('int64', [1], BigInt64Array.of(5n));
    assert.deepEqual(checkAnswer(answer(KINDS.result, [y]), SIGNATURE.outputs), [y]);
  });

  it('error: FrameMalformed on what is no signature', () => {
    const wrong: unknown[] = [
      null,
      [],
      {},
      { inputs: [] },
      { ...SIGNATURE, inputs: 3 },
      { ...SIGNATURE, inputs: [null] },
      { ...SIGNATURE, inputs: [{ ...INFO, name: 5 }] },
      { ...SIGNATURE, inputs: [{ ...INFO, dtype: 'float16' }] },
      { ...SIGNATURE, inputs: [{ ...INFO, dtype: 'toString' }] },
      { ...SIGNATURE, outputs: [{ ...INFO, dims: 'N' }] },
      { ...SIGNATURE, outputs: [{ ...INFO, dims: [1.5] }] },
      { ...SIGNATURE, outputs: [{ ...INFO, dims: [{}] }] },
    ];
    for (const value of wrong) assert.throws(() => readLoaded(json(KINDS.loaded, value)), FrameMalformed);
    assert.throws(() => readLoaded(text(KINDS.loaded, '{')), FrameMalformed);
    assert.throws(() => readLoaded(json(KINDS.result, SIGNATURE)), FrameMalformed);
  });

  it('error: FrameMalformed on what is no failure', () => {
    for (const value of [null, 'no', {}, { message: 4 }]) {
      assert.throws(() => readFailure(json(KINDS.failed, value)), FrameMalformed);
    }
  });

  it('error: FrameMalformed on answers of another kind, number or type', () => {
    const y = tensor('int64', [1], BigInt64Array.of(5n));
    const x = tensor('float32', [1], Float32Array.of(5));
    for (const frame of [
      answer(KINDS.run, [y]),
      answer(KINDS.result, []),
      answer(KINDS.result, [y, y]),
      answer(KINDS.result, [x]),
    ]) {
      assert.throws(() => checkAnswer(frame, SIGNATURE.outputs), FrameMalformed);
    }
  });
});

describe('isOutOfMemory', () => {
  it('knows the words of onnxruntime, C++ and V8', () => {
    for (const said of [
      'std::bad_alloc',
      'Failed to allocate memory for requested buffer of size 8589934592',
      'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      'Array buffer allocation failed',
    ]) {
      assert.ok(isOutOfMemory(said), said);
    }
    assert.ok(!isOutOfMemory('This is an invalid model'));
  });
});

describe('printable', () => {
  it('is short and moves no cursor', () => {
    assert.equal(printable('a\u001b[2Jb\nc'), 'a [2Jb c');
    assert.equal(printable('x'.repeat(10_000)).length, 600);
  });
});
