import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex } from '../../../../node/core/codec/hex.ts';
import {
  CommitmentRefused,
  commitTensor,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  headerDigest,
  tensorCommitment,
} from '../../../../node/core/merkle/tensorCommitment.ts';
import {
  DTYPES,
  type DType,
  type DTypeArrays,
  type Tensor,
  tensor,
  zeros,
} from '../../../../node/core/tensor/tensor.ts';
import { Seeded } from '../../../helpers/seeded.ts';

const random = new Seeded(12);
const sha = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** T written out by hand for tensors of at most one leaf. */
function byHand(t: Tensor, layout: number, leafBytes: number): string {
  const padded = new Uint8Array(1 + leafBytes);
  padded.set(new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength), 1);
  const message = Buffer.alloc(60);
  message[0] = 3;
  message[1] = DTYPES[t.dtype].onnx;
  message[2] = layout;
  message[3] = t.dims.length;
  t.dims.forEach((dim, axis) => {
    message.writeUInt32BE(dim, 4 + 4 * axis);
  });
  message.writeUInt32BE(leafBytes, 20);
  message.writeUInt32BE(1, 24);
  sha(padded).copy(message, 28);
  return `0x${sha(message).toString('hex')}`;
}

describe('tensorCommitment', () => {
  it('is the digest written out by hand, for every element type', () => {
    for (const dtype of Object.keys(DTYPES) as DType[]) {
      const bytes = random.bytes(DTYPES[dtype].bytes * 24);
      const data = DTYPES[dtype].make(24);
      new Uint8Array(data.buffer).set(bytes);
      const t = tensor(dtype, [2, 3, 4], data as DTypeArrays[DType]);
      assert.equal(tensorCommitment(t), byHand(t, 0, 1024));
      assert.equal(tensorCommitment(t, { layout: 'outputMajor', leafBytes: 256 }), byHand(t, 1, 256));
    }
  });

  it('tells apart what has equal bytes: element type, shape, rank, layout, leaf size', () => {
    const data = random.bytes(64);
    const all = [
      tensorCommitment(tensor('uint8', [64], data)),
      tensorCommitment(tensor('uint8', [1, 64], data)),
      tensorCommitment(tensor('uint8', [64, 1], data)),
      tensorCommitment(tensor('uint8', [8, 8], data)),
      tensorCommitment(tensor('int8', [8, 8], new Int8Array(data.buffer))),
      tensorCommitment(tensor('uint8', [8, 8], data), { layout: 'outputMajor' }),
      tensorCommitment(tensor('uint8', [8, 8], data), { leafBytes: 256 }),
      tensorCommitment(tensor('uint8', [8, 9], Uint8Array.of(...data, 0, 0, 0, 0, 0, 0, 0, 0))),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it('commits to a view, not to the buffer behind it', () => {
    const big = random.bytes(300);
    const view = tensor('uint8', [100], big.subarray(100, 200));
    assert.equal(tensorCommitment(view), tensorCommitment(tensor('uint8', [100], big.slice(100, 200))));
  });

  it('error: CommitmentRefused for a scalar, rank 5 and an empty tensor', () => {
    for (const dims of [[], [1, 1, 1, 1, 1], [0], [3, 0]]) {
      assert.throws(() => tensorCommitment(zeros('uint8', dims)), CommitmentRefused);
    }
  });
});

describe('decodeHeader', () => {
  const { header, digest } = commitTensor(zeros('int32', [3, 500]), { layout: 'channelPairs' });
  const bytes = encodeHeader(header);

  it('reads back what encodeHeader wrote', () => {
    assert.equal(bytes.length, HEADER_BYTES);
    assert.deepEqual(decodeHeader(bytes), header);
    assert.equal(headerDigest(decodeHeader(bytes)), digest);
  });

  it('error: CommitmentRefused for every non-canonical header', () => {
    const changed = (offset: number, value: number): Uint8Array => bytes.with(offset, value);
    const refused: Record<string, Uint8Array> = {
      short: bytes.slice(1),
      long: Uint8Array.of(...bytes, 0),
      'unknown element type': changed(0, 8),
      'unknown layout': changed(1, 3),
      'rank 0': changed(2, 0),
      'rank 5': changed(2, 5),
      'a rank below its dimensions': changed(2, 1),
      'a rank above its dimensions': changed(2, 3),
      'another leaf size': changed(22, 5),
      'another number of leaves': changed(26, 7),
      'another shape': changed(6, 200),
    };
    for (const [name, wrong] of Object.entries(refused))
      assert.throws(() => decodeHeader(wrong), CommitmentRefused, name);
    const huge = bytes.slice();
    huge.fill(255, 3, 11);
    assert.throws(() => decodeHeader(huge), { code: 'COMMITMENT_REFUSED' });
  });

  it('accepts only headers that encode to the same bytes (5,000 random mutations)', () => {
    for (let i = 0; i < 5000; i++) {
      const mutated = bytes.with(random.int(0, HEADER_BYTES - 1), random.int(0, 255));
      try {
        assert.equal(toHex(encodeHeader(decodeHeader(mutated))), toHex(mutated));
      } catch (error) {
        assert.ok(error instanceof CommitmentRefused);
      }
    }
  });
});
