import { toHex } from '../../node/core/codec/hex.ts';
import { commitTensor, encodeHeader, LAYOUTS, type Layout } from '../../node/core/merkle/tensorCommitment.ts';
import { DTYPES, type DType, elementCount, type Tensor, tensorBytes } from '../../node/core/tensor/tensor.ts';
import { bytesOf } from './random.ts';

function tensorOf(dtype: DType, dims: readonly number[]): Tensor {
  const data = DTYPES[dtype].make(elementCount(dims));
  new Uint8Array(data.buffer).set(bytesOf(`tensor ${dtype} ${dims.join(' ')} `, data.byteLength));
  return { dtype, dims, data };
}

const CASES: readonly (readonly [DType, readonly number[], Layout, 256 | 1024])[] = [
  ['uint8', [1], 'rowMajor', 1024],
  ['uint8', [1, 64], 'rowMajor', 1024],
  ['uint8', [1, 8, 8], 'rowMajor', 1024],
  ['uint8', [64, 1], 'rowMajor', 256],
  ['uint8', [2, 512], 'rowMajor', 1024],
  ['uint8', [5, 41, 5], 'rowMajor', 1024],
  ['int8', [10, 32], 'outputMajor', 1024],
  ['int8', [3, 1000], 'outputMajor', 256],
  ['int32', [1, 10], 'rowMajor', 1024],
  ['int32', [7, 2, 3, 11], 'rowMajor', 256],
  ['int64', [10, 2], 'channelPairs', 1024],
  ['int64', [130, 2], 'channelPairs', 1024],
  ['float32', [4, 4], 'rowMajor', 1024],
  ['float64', [30, 2], 'channelPairs', 1024],
];

export const tensorVectors = (): unknown => ({
  description:
    'T = sha256(0x03 || header). header, 59 bytes: dtype (1, ONNX TensorProto.DataType), layout (1), rank (1), dims (4 x uint32 BE, unused ones 0), leafBytes (uint32 BE), leaves (uint32 BE), root (32). data: elements little-endian.',
  layouts: LAYOUTS,
  tensors: CASES.map(([dtype, dims, layout, leafBytes]) => {
    const t = tensorOf(dtype, dims);
    const { header, digest } = commitTensor(t, { layout, leafBytes });
    return {
      dtype,
      dims,
      layout,
      leafBytes,
      data: toHex(tensorBytes(t)),
      leaves: header.leaves,
      root: toHex(header.root),
      header: toHex(encodeHeader(header)),
      T: digest,
    };
  }),
});
